"""A real SMTP server for development: takes every mail and keeps it as an .eml file under ``HOTLEADS_HOME``."""

import asyncio
import signal
import sys
import time
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

from core.kit.config import settings
from core.kit.local.places import free_port

KEEP = 2000


class Keeper:
    """Writes each letter to a file of its own, the oldest making room."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Keep the letter; the name sorts by time."""
        (self.folder / f"{time.time_ns()}.eml").write_bytes(envelope.content)
        for old in sorted(self.folder.glob("*.eml"))[:-KEEP]:
            old.unlink(missing_ok=True)
        return "250 OK"


def serve(port: int, host: str = "127.0.0.1") -> None:
    """Listen until SIGTERM or Ctrl-C; on loopback unless told otherwise."""
    asyncio.run(_serve(port or free_port(), host))


async def _serve(port: int, host: str) -> None:
    folder = (settings().home / "mail").resolve()
    keeper = Keeper(folder)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stopped.set)
    server = await loop.create_server(lambda: SMTP(keeper, hostname="localhost", enable_SMTPUTF8=True), host, port)
    print(f"Taking mail at smtp://{host}:{port}, kept in {folder}.", file=sys.stderr, flush=True)
    async with server:
        await stopped.wait()
