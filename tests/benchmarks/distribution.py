"""``hotleads bench distribution``: leads sold per second by real workers, beside what the server can commit at all."""

import multiprocessing as mp
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text

from core.kit.local.places import find_program
from tests.benchmarks.ground import machine, own_database, percentile

HERE = Path(__file__).parent
LIMIT_TABLES = """
  create table limit_wallet (id int primary key, balance bigint not null check (balance >= 0));
  insert into limit_wallet select n, 1000000000 from generate_series(0, 1000) n;
  create table limit_transfer (id bigserial primary key, debit int, credit int, amount bigint, at timestamptz);
  create table limit_assignment (id bigserial primary key, lead int, provider int, at timestamptz);
  create table limit_subscription (id int primary key, last_received_at timestamptz);
  insert into limit_subscription select n, now() from generate_series(0, 1000) n;"""
# The mails of the sales wait in the same table; they are not what is measured.
DUE = text("""select id from outbox where kind = 'distribution.run' and state in ('ready', 'taken') and run_at <= :now
               and (state = 'ready' or lease_until < :now) order by run_at, id limit :most""")
SECONDS = 10


def run(
    *,
    progress: Callable[[str], None],
    scale: int = 2000,
    providers: int = 1000,
    workers: int = 4,
    limit: str = "transaction",
    **_: Any,
) -> dict[str, Any]:
    """Distribute ``scale`` leads to ``providers`` subscribed providers with ``workers`` processes (SPEC 5)."""
    with own_database("distribution") as url:
        progress(f"building {providers} providers and {scale} leads ...")
        _build(url, providers, scale)
        progress(f"{workers} workers distribute ...")
        before = _commits(url)
        seconds = _distribute(url, workers)
        commits = _commits(url) - before
        sold, runs = _outcome(url)
        progress(f"pgbench, {SECONDS} s ...")
        rate, command = _limit(url, workers, limit)
        return {
            "name": "distribution",
            "scale": scale,
            "providers": providers,
            "workers": workers,
            "machine": machine(url),
            "leads_per_s": round(len(runs) / seconds, 1),
            "assignments_per_s": round(sold / seconds, 1),
            "p50_ms": percentile(runs, 0.5),
            "p95_ms": percentile(runs, 0.95),
            "commits_per_lead": round(commits / max(1, len(runs)), 2),
            "limit_assignments_per_s": round(rate, 1),
            "limit": command,
            "ratio": round(sold / seconds / rate, 3),
            "ratio_of": "assignments per second, ours / limit (higher is better)",
        }


def _build(url: str, providers: int, leads: int) -> None:
    script = (HERE / "distribution_world.sql").read_text().replace(":providers", str(providers)).replace(":leads", str(leads))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(script)  # type: ignore[call-overload]
        connection.execute("analyze")


def _distribute(url: str, workers: int) -> float:
    """Seconds from the moment all workers are ready until the last job is done."""
    context = mp.get_context("spawn")
    ready, go = context.Barrier(workers + 1), context.Event()
    processes = [context.Process(target=_worker, args=(url, number, workers, ready, go)) for number in range(workers)]
    for process in processes:
        process.start()
    ready.wait(timeout=120)
    began = time.perf_counter()
    go.set()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise RuntimeError("a worker failed; its words are above")
    return time.perf_counter() - began


def _worker(url: str, number: int, workers: int, ready: Any, go: Any) -> None:
    """What a worker process of the product does, minus the broker: the due rows, through the jobs' own door."""
    os.environ["DATABASE_URL"] = url
    import core.tables  # noqa: F401
    from core.kit.clock import utc_now
    from core.kit.db import transaction
    from jobs.work import work

    def due() -> Iterable[Any]:
        with transaction() as session:
            return session.scalars(DUE, {"now": utc_now(), "most": 64 * workers}).all()

    rows = list(due())
    ready.wait(timeout=120)
    go.wait()
    while rows:
        # Each begins elsewhere in the list: two workers seldom ask for the same row.
        for row in rows[number * len(rows) // workers :] + rows[: number * len(rows) // workers]:
            work(str(row))
        rows = list(due())


def _commits(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select pg_stat_force_next_flush()")
        found = connection.execute("select xact_commit from pg_stat_database where datname = current_database()").fetchone()
    return int(found[0]) if found else 0


def _outcome(url: str) -> tuple[int, list[float]]:
    """Assignments made, and the duration of each finished run in ms, sorted."""
    with psycopg.connect(url) as connection:
        sold = connection.execute("select count(*) from assignment").fetchone()
        rows = connection.execute(
            "select duration_ms from distribution_run where state = 'finished' order by duration_ms"
        ).fetchall()
    return int(sold[0]) if sold else 0, [float(row[0]) for row in rows]


def _limit(url: str, clients: int, kind: str) -> tuple[float, str]:
    """Assignments per second of pgbench on the same server: one per transaction."""
    if kind != "transaction":
        raise ValueError("--limit statement comes with the set-based engine; use --limit transaction")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(LIMIT_TABLES)
    pgbench = find_program("pgbench", fix="It comes with PostgreSQL's server package.")
    command = [
        pgbench,
        "-n",
        "-M",
        "prepared",
        "-c",
        str(clients),
        "-j",
        "2",
        "-T",
        str(SECONDS),
        "-f",
        str(HERE / "distribution_limit.sql"),
    ]
    done = subprocess.run([*command, url], capture_output=True, text=True, check=True)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if found is None:
        raise RuntimeError(f"pgbench said: {done.stdout} {done.stderr}")
    return float(found.group(1)), " ".join(["pgbench", *command[1:-1], "distribution_limit.sql"])
