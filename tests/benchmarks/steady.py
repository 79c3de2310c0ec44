"""``hotleads bench steady``: people and programs at 100 requests a second by the clock, while processes are killed.

Open loop: each request has its moment, whether or not the ones before it are answered, and its latency is counted from that
moment. The server is production's, a worker does the jobs, both on the year of an exchange that ``bench api`` uses. Every 30 s
SIGKILL goes to one of the processes that answer requests or, in turn, to one that does jobs. What gets no answer is asked once
more, by POST under the same Idempotency-Key, as any careful client does; errors are counted before and after that.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from core.kit.db import make_engine, transaction
from tests.benchmarks import api, intake
from tests.benchmarks.ground import ROOT, machine, own_database, percentile

Progress = Callable[[str], None]
MIX = {"submit": 25, "inbox": 25, "search": 25, "ping": 25}
EVERY_S, CALM_S, WARM_UP_S = 30.0, 60.0, 5.0
PEOPLE, WORKERS = 120, 2
WORKER = "from jobs.worker import run; run()"


def run(
    *, progress: Progress, scale: int = 20_000, minutes: float = 10, rate: int = 100, every: float = EVERY_S, **_: Any
) -> dict[str, Any]:
    """Ask ``rate`` times a second for so many minutes; figures as in the contracts."""
    with own_database("steady") as url:
        progress(f"loading {scale} requests of a year and as many listings")
        world = api._load(url, scale) | api._callers(url, PEOPLE)
        environment = _environment(url)
        with _worker(environment) as worker, _serving(url) as (port, server):
            _asked(world, port, rate, WARM_UP_S)
            progress(f"{CALM_S:.0f} s of {rate} requests a second without kills, to compare with")
            calm = _asked(world, port, rate, min(CALM_S, minutes * 60))
            progress(f"{minutes:g} minutes of {rate} requests a second, a process killed every {every:g} s")
            with _killing([server, worker], every, progress) as killed:
                told = _asked(world, port, rate, minutes * 60)
        lost = _lost(url, calm["accepted"] + told["accepted"])
        about = machine(url)
    figures, beside = _figures(told), _figures(calm)
    return {
        "name": "steady", "scale": scale, "machine": about, "minutes": minutes, "rate": rate, **figures,
        "kills": dict(killed), "lost": lost["lost"], "twice": lost["twice"],
        "limit": beside | {"command": f"the same mix for {CALM_S:.0f} s before, nobody killed"},
        "ratio": round(figures["p95_ms"] / beside["p95_ms"], 3),
        "ratio_of": "p95_ms with kills to p95_ms without; lower is better",
    }  # fmt: skip


def _asked(world: dict[str, Any], port: int, rate: int, seconds: float) -> dict[str, Any]:
    """Calls of the mix at their moments, sent by a process of its own."""
    chance: random.Random = world["dice"]
    names = chance.choices(list(MIX), list(MIX.values()), k=int(rate * seconds))
    calls = [[name, *api._call(world, name, api._next(world))] for name in names]
    plan = {"port": port, "rate": rate, "first": world["number"], "calls": calls}
    command = [sys.executable, "-m", "tests.benchmarks.steady_client"]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(plan), capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _figures(told: dict[str, Any]) -> dict[str, Any]:
    times = sorted(told["ms"])
    by_kind = {name: sorted(told["ms_of"][name]) for name in told["ms_of"]}
    return {
        "requests": len(times),
        "requests_per_s": round(len(times) / told["seconds"], 1),
        "p50_ms": round(percentile(times, 0.5), 1),
        "p95_ms": round(percentile(times, 0.95), 1),
        "p99_ms": round(percentile(times, 0.99), 1),
        "max_ms": round(times[-1], 1),
        "p95_of": {name: round(percentile(each, 0.95), 1) for name, each in by_kind.items()},
        "errors": told["errors"],
        "asked_again": told["asked_again"],
        "why": told["why"],
    }


def _environment(url: str) -> dict[str, str]:
    more = {"DATABASE_URL": url, "HOTLEADS_ENV": "development", "HOTLEADS_DEMO": "true", "HOTLEADS_LOG_LEVEL": "ERROR"}
    return os.environ | more | {"HOTLEADS_WORKERS": str(WORKERS)}


@contextmanager
def _worker(environment: dict[str, str]) -> Iterator[int]:
    with tempfile.TemporaryDirectory() as home, open(Path(home, "log"), "wb") as log:
        environment |= {"HOTLEADS_SEAL_FILE": str(Path(home, "seals.jsonl"))}  # not that of an instance of this folder
        process = subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(60)


@contextmanager
def _serving(url: str) -> Iterator[tuple[int, int]]:
    """The port and the process id of production's server."""
    before = set(_children(os.getpid()))
    with intake.serving(url) as port:
        (server,) = set(_children(os.getpid())) - before
        yield port, server


@contextmanager
def _killing(parents: list[int], every_s: float, progress: Progress) -> Iterator[dict[str, int]]:
    """Kill one process below each parent in turn; counts them."""
    over, killed, chance = threading.Event(), {"web": 0, "jobs": 0}, random.Random(7)

    def kill_on() -> None:
        number = 0
        while not over.wait(every_s):
            kind = ("web", "jobs")[number % 2]
            below = _children(parents[number % 2])
            victim = chance.choice(below if kind == "web" else below[:WORKERS])
            os.kill(victim, signal.SIGKILL)
            killed[kind] += 1
            number += 1
            progress(f"killed process {victim} ({kind})")

    thread = threading.Thread(target=kill_on, daemon=True)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def _children(pid: int) -> list[int]:
    found = [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
    return sorted(found)


def _lost(url: str, accepted: list[list[str]]) -> dict[str, int]:
    """Requests that were taken in by their answers and have no lead, and those that have several."""
    engine = make_engine(url)
    with transaction(engine) as session:
        rows = session.execute(text("select email, lead.id::text as id from lead join contact on contact.id = contact_id"))
        kept: dict[str, list[str]] = {}
        for row in rows:
            kept.setdefault(row.email, []).append(row.id)
    engine.dispose()
    return {
        "lost": sum(lead not in kept.get(email, []) for email, lead in accepted),
        "twice": sum(len(kept.get(email, [])) > 1 for email, _ in accepted),
    }
