"""``hotleads bench distribution``: leads sold by real workers, beside what the server can commit at all.

The workers do what those of the product do (``jobs.work``), with a queue in memory in the broker's place. The limit
is measured half before and half after them, on the same server with as many clients.
"""

import random
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from core import inventory, ledger, providers
from core.kit.db import make_engine, transaction
from core.kit.local.places import find_program
from tests.benchmarks.distribution_worker import Work, distribute
from tests.benchmarks.ground import machine, own_database, percentile

Progress = Callable[[str], None]
HERE = Path(__file__).parent
LIMIT_SECONDS = 5
PER_LEAD = {"transaction": 1, "statement": 9}
RULES: list[Callable[[random.Random], dict[str, Any]]] = [
    lambda dice: {"field": "property_type", "operator": "in", "value": dice.sample(["house", "condo", "land"], 2)},
    lambda dice: {"field": "bedrooms", "operator": "gte", "value": dice.choice([1, 2, 3])},
    lambda dice: {"field": "quality", "operator": "gte", "value": dice.choice([30, 40, 50])},
    lambda dice: {"field": "budget", "operator": "between", "value": [dice.choice([100_000, 250_000]), 900_000]},
    lambda dice: {"field": "zip", "operator": "not_in", "value": [f"891{dice.randrange(60):02}" for _ in range(5)]},
]


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of the workers over one world."""

    work: Work
    assigned: int
    candidates: float
    sound: bool

    @property
    def figures(self) -> dict[str, Any]:
        """What the run tells, by the contracts' names."""
        return {
            "leads_per_s": round(self.work.leads / self.work.seconds, 1),
            "assignments_per_s": round(self.assigned / self.work.seconds, 1),
            "p50_ms": round(percentile(self.work.latencies_ms, 0.5), 2),
            "p95_ms": round(percentile(self.work.latencies_ms, 0.95), 2),
            "commits_per_lead": round(self.work.commits / self.work.leads, 3),
            "assignments_per_lead": round(self.assigned / self.work.leads, 2),
            "candidates_per_lead": round(self.candidates, 1),
            "sound": self.sound,
        }


def run(
    *,
    progress: Progress,
    scale: int = 2000,
    providers: int | None = None,
    workers: int = 4,
    niches: int = 1,
    limit: str = "transaction",
    **_: Any,
) -> dict[str, Any]:
    """Distribute ``scale`` leads to 100, then 1,000 subscribed providers (or to ``providers``) with ``workers`` processes.

    The leads are those of so many ``niches`` in turn, to all of which every provider subscribes.
    Latencies are from taking a lead off the queue to its committed sale. ``sound``: every check of ledger and
    inventory held afterwards. ``limit``: pgbench with one assignment per transaction, or one lead per statement.
    """
    if limit not in PER_LEAD:
        raise ValueError("--limit is transaction or statement")
    crowd = providers or 1000
    beside = None if providers else _measured(100, niches, scale, workers, progress).figures
    with own_database("distribution") as url:
        before, command = _limit(url, crowd, workers, limit, progress)
        main = _sell(url, crowd, niches, scale, workers, progress)
        after, _command = _limit(url, crowd, workers, limit, progress)
        about = machine(url)
    rate = (before + after) / 2
    return {
        "name": "distribution",
        "scale": scale,
        "providers": crowd,
        "niches": niches,
        "workers": workers,
        "machine": about,
        **main.figures,
        "limit_assignments_per_s": round(rate, 1),
        "limit": {"kind": limit, "command": command, "before": round(before, 1), "after": round(after, 1)},
        "ratio": round(main.assigned / main.work.seconds / rate, 3),
        "ratio_of": "assignments_per_s to limit_assignments_per_s; higher is better",
        **({"with_100_providers": beside} if beside else {}),
    }


def _measured(crowd: int, niches: int, scale: int, workers: int, progress: Progress) -> Measured:
    with own_database("distribution") as url:
        return _sell(url, crowd, niches, scale, workers, progress)


def _sell(url: str, crowd: int, niches: int, scale: int, workers: int, progress: Progress) -> Measured:
    """Build the world, let the workers loose on it, and look at what they did."""
    progress(f"building {crowd} providers and {scale} leads")
    jobs = _build(url, crowd, scale, niches=niches)
    progress(f"{workers} workers distribute {scale} leads")
    work = distribute(url, jobs, workers)
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select sum(assigned), avg(candidates) from distribution_run where started_at >= to_timestamp(%s)", [work.began]
        ).fetchone()
    engine = make_engine(url)
    with transaction(engine) as session:
        sound = all(check.ok for check in (*ledger.verify(session), *inventory.verify(session)))
    engine.dispose()
    assert row is not None
    return Measured(work, int(row[0]), float(row[1]), sound)


def _build(url: str, crowd: int, leads: int, *, niches: int = 1) -> list[str]:
    """The world, the same for the same size; returns the ids of the queued jobs, oldest lead first."""
    script = (HERE / "distribution_world.sql").read_text()
    for word, number in {":providers": crowd, ":niches": niches, ":leads": leads}.items():
        script = script.replace(word, str(number))
    dice = random.Random(4)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create temp table wish (n int, rules jsonb, compiled text)")
        for number in range(240):
            rules = {"all": [make(dice) for make in dice.sample(RULES, number % 4)]}
            compiled = providers.compile_filter(rules) if rules["all"] else None
            connection.execute("insert into wish values (%s, %s, %s)", [number, Jsonb(rules), compiled])
        connection.execute("select setseed(0.4)")
        connection.execute(script)  # type: ignore[call-overload]
        connection.execute("vacuum analyze")
        return [str(row[0]) for row in connection.execute("select id from outbox where kind = 'distribution.run' order by key")]


def _limit(url: str, crowd: int, clients: int, kind: str, progress: Progress) -> tuple[float, str]:
    """Assignments per second that pgbench commits on the same server."""
    progress(f"pgbench for {LIMIT_SECONDS} s")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((HERE / "distribution_limit_tables.sql").read_text().replace(":providers", str(crowd)))  # type: ignore[call-overload]
    script = f"distribution_limit_{kind}.sql"
    pgbench = find_program("pgbench", fix="It comes with PostgreSQL's server package.")
    options = ["-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(LIMIT_SECONDS), "-D", f"providers={crowd}", "-f"]
    done = subprocess.run([pgbench, *options, HERE / script, url], capture_output=True, text=True, check=True)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if found is None:
        raise RuntimeError(f"pgbench said: {done.stdout} {done.stderr}")
    return float(found.group(1)) * PER_LEAD[kind], " ".join(["pgbench", *options, script])
