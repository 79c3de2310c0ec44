"""``hotleads bench intake``: POST /api/v1/leads over real HTTP, beside pgbench inserting the same rows.

The server is the one of production: gunicorn as ``intake_api.gunicorn_settings`` has it, behind one trusted proxy. The
client plays that proxy: each request names another client address in ``X-Forwarded-For`` and another mailbox, so
that the rate limits are counted but never reached.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import urlopen

from sqlalchemy import text

import core.tables  # noqa: F401
from core import markets, niches
from core.kit import clock
from core.kit.db import make_engine, transaction
from core.kit.local.places import free_port
from tests.benchmarks.ground import ROOT, machine, own_database, percentile, transactions_per_s

Progress = Callable[[str], None]
SERVER = ("gunicorn", "--config", "python:intake_api.gunicorn_settings", "cli.wsgi:app")
WARM_UP = 400
FORM = {"roof_type": "Tile", "details": ""}


def run(*, scale: int = 10_000, progress: Progress, connections: str = "8", seconds: int = 10, **_: Any) -> dict[str, Any]:
    """Send ``scale`` requests over ``connections`` keep-alive connections; figures as in the contracts."""
    with own_database("intake") as url:
        plan = _prepare(url) | {"connections": int(connections)}
        with serving(url) as port:
            plan |= {"host": "127.0.0.1", "port": port}
            warm = min(WARM_UP, scale)
            progress(f"warming up with {warm} requests")
            _load(plan | {"first": 0, "requests": warm})
            progress(f"sending {scale} requests over {connections} connections")
            measured = _load(plan | {"first": warm, "requests": scale})
        stored = _stored(url)
        progress(f"pgbench for {seconds} s: the same rows, one transaction each")
        limit, command = transactions_per_s("intake_limit.sql", url, int(connections), seconds)
        about = machine(url)
    times = sorted(measured["ms"])
    rate = scale / measured["seconds"]
    return {
        "name": "intake",
        "scale": scale,
        "machine": about,
        "connections": int(connections),
        "requests_per_s": round(rate, 1),
        "p50_ms": round(percentile(times, 0.5), 2),
        "p95_ms": round(percentile(times, 0.95), 2),
        "p99_ms": round(percentile(times, 0.99), 2),
        "errors": sum(status != 201 for status in measured["statuses"]),
        "statuses": dict(Counter(map(str, measured["statuses"]))),
        "stored": stored,
        "limit": {"transactions_per_s": round(limit, 1), "command": command},
        "ratio": round(rate / limit, 3),
        "ratio_of": "requests_per_s to pgbench transactions_per_s that insert the same rows; higher is better",
    }


def _prepare(url: str) -> dict[str, Any]:
    """Launch markets and niches, and what a request for roofing looks like."""
    engine = make_engine(url)
    now = clock.utc_now()
    with transaction(engine) as session:
        markets.seed_launch_markets(session, now=now)
        niches.seed_launch_niches(session, now=now)
    with transaction(engine) as session:
        niche = niches.get_niche(session, "roofing")
        fields = niches.current_schema(session, niche.id)["fields"]
        zips = session.execute(text("select zip from market_zip order by md5(zip) limit 200")).scalars().all()
    engine.dispose()
    form = {f["key"]: _answer(f) for f in fields if f.get("required") or f["type"] == "textarea"}
    return {"niche": "roofing", "form": form, "zips": list(zips), "consent": f"2026-11.{niche.max_providers}"}


def _answer(field: dict[str, Any]) -> Any:
    kind = field["type"]
    if kind in ("select", "radio"):
        return field["options"][0]
    if kind == "multiselect":
        return field["options"][:2]
    return {"number": 12, "checkbox": True, "date": "2026-11-01"}.get(kind, "Some tiles slid off in the last storm.")


@contextmanager
def serving(url: str) -> Iterator[int]:
    """The production server on a free port; stopped at the end."""
    port = free_port()
    environment = os.environ | {
        "DATABASE_URL": url,
        "HOTLEADS_ENV": "development",
        "HOTLEADS_DEMO": "true",
        "HOTLEADS_PORT": str(port),
        "HOTLEADS_TRUSTED_PROXIES": "1",
        "HOTLEADS_LOG_LEVEL": "WARNING",
    }
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen([sys.executable, "-m", *SERVER], cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait(server, port)
            yield port
        finally:
            server.terminate()
            server.wait(60)


def _wait(server: subprocess.Popen[bytes], port: int, seconds: float = 180) -> None:
    until = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < until:
        try:
            urlopen(f"http://127.0.0.1:{port}/api/v1/niches", timeout=30).read()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the intake server did not start")


def _load(plan: dict[str, Any]) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.intake_client"]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(plan), capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _stored(url: str) -> dict[str, int]:
    engine = make_engine(url)
    with transaction(engine) as session:
        rows = session.execute(text("select status, count(*) from lead group by 1"))
        found = {row[0]: row[1] for row in rows}
    engine.dispose()
    return found
