"""Many people on the marketplace at once, by Streamlit's own protocol against the real web process, without browsers.

Each session opens the page, then sorts it anew every ``THINK_S`` seconds, at moments of its own; and it asks for the live
part of the page as often as the page told it to, as a browser does. A press lasts until the server says the run is over.
"""

import asyncio
import random
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.util import calc_hash
from websockets.asyncio.client import ClientConnection, connect

from core import accounts
from tests.benchmarks.ground import percentile

THINK_S, PRESSES, PAGE = 20.0, 3, "marketplace"
SORTS = ("newest", "recommended", "price", "quality")


class _Session:
    """One open page."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.idle = asyncio.Event()
        self.live: dict[str, asyncio.Task[None]] = {}

    async def listen(self) -> None:
        """Take what the server sends; notice when a run of the page is over, and which parts want to be asked for."""
        async for raw in self.socket:
            told = ForwardMsg.FromString(raw if isinstance(raw, bytes) else raw.encode())
            kind = told.WhichOneof("type")
            if kind == "script_finished" and told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                self.idle.set()
            elif kind == "auto_rerun":
                part = told.auto_rerun.fragment_id
                if part not in self.live:
                    self.live[part] = asyncio.create_task(self._ask(told.auto_rerun.interval, part))

    async def press(self, sort: str) -> float:
        """Run the page with another order; milliseconds until it is whole."""
        self.idle.clear()
        began = time.perf_counter()
        asked = BackMsg()
        asked.rerun_script.query_string, asked.rerun_script.page_script_hash = f"sort={sort}", calc_hash(PAGE)
        await self.socket.send(asked.SerializeToString())
        async with asyncio.timeout(120):
            await self.idle.wait()
        return (time.perf_counter() - began) * 1000

    async def _ask(self, interval_s: float, part: str) -> None:
        while True:
            await asyncio.sleep(interval_s)
            asked = BackMsg()
            asked.rerun_script.fragment_id, asked.rerun_script.is_auto_rerun = part, True
            asked.rerun_script.page_script_hash = calc_hash(PAGE)
            await self.socket.send(asked.SerializeToString())


def measured(address: str, server: int, token: str, *, sessions: int, think_s: float = THINK_S) -> dict[str, Any]:
    """Figures of so many sessions at once; ``session_mb`` is by how much the web process grew for each of them."""
    with ThreadPoolExecutor(1) as own:  # Playwright's loop has the thread that called
        return own.submit(asyncio.run, _all(address, server, token, sessions, think_s)).result()


async def _all(address: str, server: int, token: str, sessions: int, think_s: float) -> dict[str, Any]:
    async with _opened(address, token) as first:  # what the process keeps for all of them
        await _used(first, random.Random(0), 0.0)
    before = _rss_mb(server)
    took = await asyncio.gather(*[_one(address, token, number, think_s, server) for number in range(sessions)])
    presses = sorted(each for waits, _ in took for each in waits)
    return {
        "sessions": sessions, "session_think_s": think_s, "session_presses": len(presses),
        "session_p50_ms": round(percentile(presses, 0.5), 1), "session_p95_ms": round(percentile(presses, 0.95), 1),
        "session_mb": round((max(rss for _, rss in took) - before) / sessions, 2),
    }  # fmt: skip


async def _one(address: str, token: str, number: int, think_s: float, server: int) -> tuple[list[float], float]:
    dice = random.Random(number)
    await asyncio.sleep(dice.uniform(0, think_s))
    async with _opened(address, token) as socket:
        waits = await _used(socket, dice, think_s)
        await asyncio.sleep(dice.uniform(0, think_s))  # still open while the others press
        return waits, _rss_mb(server)


async def _used(socket: ClientConnection, dice: random.Random, think_s: float) -> list[float]:
    session = _Session(socket)
    listening = asyncio.create_task(session.listen())
    try:
        await session.press(SORTS[0])  # opening the page is no press
        waits = []
        for number in range(PRESSES):
            await asyncio.sleep(dice.uniform(0.5, 1.5) * think_s)
            waits.append(await session.press(SORTS[(number + 1) % len(SORTS)]))
        return waits
    finally:
        for task in (*session.live.values(), listening):
            task.cancel()


def _opened(address: str, token: str) -> connect:
    headers: Mapping[str, str] = {"Cookie": f"{accounts.SESSION_COOKIE}={token}"}
    where = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    return connect(where, additional_headers=headers, subprotocols=["streamlit"], max_size=None, origin=address)  # type: ignore[list-item, arg-type]


def _rss_mb(process: int) -> float:
    """What a process holds in memory now."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024
