"""A door in front of somebody else's server: shut, nobody gets through, and who was inside is thrown out."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any


class Door:
    """Passes bytes on to a loopback port while it is open; a closed one hangs up on whoever comes."""

    def __init__(self, port: int) -> None:
        self.target, self.port, self.refused = port, 0, 0
        self._open = True
        self._inside: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()

    def shut(self) -> None:
        """From now on nobody gets through."""
        self._run(self._set(False))

    def open(self) -> None:
        """As before."""
        self._run(self._set(True))

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _set(self, is_open: bool) -> None:
        self._open = is_open
        for writer in () if is_open else tuple(self._inside):
            writer.transport.abort()

    async def _come_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._open:
            self.refused += 1
            writer.transport.abort()
            return
        with suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
            self._inside |= {writer, back}
            await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))
            self._inside -= {writer, back}

    async def _serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._come_in, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        with suppress(asyncio.CancelledError):
            await server.serve_forever()

    def serve(self, ready: threading.Event) -> None:
        """In a thread of its own, until the loop is stopped."""
        asyncio.set_event_loop(self._loop)
        task = self._loop.create_task(self._serve(ready))
        self._loop.run_forever()
        task.cancel()
        for each in (left := asyncio.all_tasks(self._loop)):
            each.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    def stop(self) -> None:
        self.shut()
        self._loop.call_soon_threadsafe(self._loop.stop)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    with suppress(OSError):
        writer.close()


@contextmanager
def door_to(port: int) -> Iterator[Door]:
    """A door to a loopback port, on a port of its own."""
    door, ready = Door(port), threading.Event()
    thread = threading.Thread(target=door.serve, args=(ready,), daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield door
    finally:
        door.stop()
        thread.join(10)
