"""``hotleads bench webhooks``: gateways' events over real HTTP, in any order, twice, forged; the books must end to the cent.

The server is the one of production; workers handle what it takes in meanwhile. Beside it, pgbench inserts the rows of
one delivery per transaction. PayPal's certificate and API are the stub's, on loopback.
"""

import base64
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text

import core.tables  # noqa: F401
from core.kit import config, db
from core.kit.db import transaction
from demo.gateways.keys import environment, fresh_keys
from demo.gateways.serve import running
from tests.benchmarks.ground import ROOT, machine, own_database, percentile, transactions_per_s
from tests.benchmarks.intake import serving
from tests.benchmarks.webhooks_books import Plan, compare, prepare

Progress = Callable[[str], None]
WORKERS, DRAINED_WITHIN_S, WARM_UP = 2, 600, 200
GENUINE, FORGED = 0.65, 0.15  # shares of the deliveries; the rest repeats genuine ones


def run(
    *, scale: int = 10_000, progress: Progress, connections: str = "8", seconds: int = 10, seed: int = 7, **_: Any
) -> dict[str, Any]:
    """Send ``scale`` deliveries over ``connections`` keep-alive connections; figures as in the contracts."""
    keys = fresh_keys()
    with own_database("webhooks") as url, running(keys) as (gateways, base), _settings(url, environment(keys, base)):
        progress("preparing deposits and their events")
        plan = prepare(gateways, events=round(scale * GENUINE))
        sending = _deliveries(plan, scale, random.Random(seed))
        with _workers(), serving(url) as port:
            _send(plan.warm_up(WARM_UP), port, int(connections))
            progress(f"sending {len(sending)} deliveries over {connections} connections")
            measured = _send(sending, port, int(connections))
            progress("waiting for the workers")
            drained = _drain(time.monotonic() - measured["seconds"])
        found = compare(plan)
        progress(f"pgbench for {seconds} s: the rows of a delivery, one transaction each")
        limit, command = transactions_per_s("webhooks_limit.sql", url, int(connections), seconds)
        about = machine(url)
    times = sorted(measured["ms"])
    rate = len(sending) / measured["seconds"]
    return {
        "name": "webhooks",
        "scale": scale,
        "machine": about,
        "connections": int(connections),
        "deliveries_per_s": round(rate, 1),
        "p50_ms": round(percentile(times, 0.5), 2),
        "p95_ms": round(percentile(times, 0.95), 2),
        "p99_ms": round(percentile(times, 0.99), 2),
        "handled_s": round(drained, 1),
        "deliveries": plan.sent,
        "statuses": dict(Counter(map(str, measured["statuses"]))),
        "ledger_ok": not found,
        "differences": found[:5],
        "limit": {"transactions_per_s": round(limit, 1), "command": command},
        "ratio": round(rate / limit, 3),
        "ratio_of": "deliveries_per_s to pgbench transactions_per_s that insert the rows of a delivery; higher is better",
    }


def _deliveries(plan: Plan, scale: int, chance: random.Random) -> list[dict[str, Any]]:
    """Every genuine event once, then forgeries and repetitions up to the scale, all in a random order."""
    genuine = plan.resigned()
    forged = [_forged(chance.choice(genuine), chance) for _ in range(round(scale * FORGED))]
    again = [chance.choice(genuine) for _ in range(max(0, scale - len(genuine) - len(forged)))]
    plan.sent = {"genuine": len(genuine), "repeated": len(again), "forged": len(forged)}
    mixed = [*genuine, *forged, *again]
    chance.shuffle(mixed)
    return mixed


def _forged(delivery: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The same with another body, another signature, or none."""
    body, headers = base64.b64decode(delivery["body"]), dict(delivery["headers"])
    name = "Stripe-Signature" if delivery["gateway"] == "stripe" else "Paypal-Transmission-Sig"
    how = chance.randrange(3)
    if how == 0:
        body = body.replace(b"10000", b"90000").replace(b"100.00", b"900.00") + b" "
    elif how == 1:
        headers[name] = headers[name][:-8] + "AAAAAAAA"
    else:
        del headers[name]
    return {"gateway": delivery["gateway"], "headers": headers, "body": base64.b64encode(body).decode()}


@contextmanager
def _settings(url: str, gateways: dict[str, str]) -> Iterator[None]:
    """This process and its children work on the benchmark's database, its gateways and a Redis database of its own."""
    mine = {"DATABASE_URL": url, "REDIS_URL": re.sub(r"/\d*$", "/14", os.environ.get("REDIS_URL", ""))} | gateways
    before = {name: os.environ.get(name) for name in mine}
    os.environ |= mine
    _forget()
    try:
        yield
    finally:
        db.engine().dispose()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        _forget()


def _forget() -> None:
    config.settings.cache_clear()
    db.engine.cache_clear()


@contextmanager
def _workers() -> Iterator[None]:
    command = [sys.executable, "-m", "tests.benchmarks.webhooks_worker"]
    with tempfile.TemporaryFile() as log:
        workers = [subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log) for _ in range(WORKERS)]
        try:
            yield
        finally:
            for worker in workers:
                worker.terminate()
                worker.wait(20)


def _send(sending: list[dict[str, Any]], port: int, connections: int) -> dict[str, Any]:
    plan = {"host": "127.0.0.1", "port": port, "connections": connections, "deliveries": sending}
    command = [sys.executable, "-m", "tests.benchmarks.webhooks_client"]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(plan), capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _drain(began: float) -> float:
    """Seconds from the first delivery until nothing of payments is left to do."""
    open_jobs = text("select count(*) from outbox where kind like 'payment.%' and state in ('ready', 'taken')")
    until = time.monotonic() + DRAINED_WITHIN_S
    while time.monotonic() < until:
        with transaction() as session:
            if session.execute(open_jobs).scalar_one() == 0:
                return time.monotonic() - began
        time.sleep(0.1)
    raise RuntimeError("the workers did not come to an end")
