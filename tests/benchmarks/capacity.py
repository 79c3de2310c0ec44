"""``hotleads bench capacity``: what a lead, a sale, a search and an inbox page cost, beside what the capacity model believes.

Processor time of this process, which plays web server and worker, and of its connections' servers; bytes on the disk. Through the
routes and the jobs, without the socket.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from flask.testing import FlaskClient
from sqlalchemy import text

import core.tables  # noqa: F401
from core import ops
from core.accounts.sessions import open_session
from core.accounts.users import User
from core.kit import clock, config, db, limits
from core.kit.db import transaction
from intake_api.app import create_app
from jobs.work import work
from tests import builders
from tests.benchmarks import distribution, intake, intake_client, search
from tests.benchmarks.ground import machine, own_database

Progress = Callable[[str], None]
SETTLED = 4  # the first of so many parts warms up: caches, plans, connections, pages of indexes


@dataclass(frozen=True)
class Spent:
    """Per piece of work: milliseconds of processor time, bytes on the disk and in the log, times on the clock."""

    python_ms: float
    database_ms: float
    bytes: int
    log_bytes: int
    clock_ms: float


def run(*, progress: Progress, scale: int = 2_000, **_: Any) -> dict[str, Any]:
    """Do ``scale`` pieces of each kind; ``ratio`` is the day's processor time as measured to that of the model."""
    limits.RULES["user"] = "1000000/minute"
    progress(f"{scale} leads by the form's route")
    with _database("capacity") as url:
        lead = _intake(url, scale)
        about = machine(url)
    progress(f"{scale} leads sold by the worker's door, then inbox pages")
    with _database("capacity") as url:
        sale, inbox = _sales(url, scale)
    progress(f"{scale} searches among {10 * scale} listings")
    with _database("capacity") as url:
        looked = _searches(url, scale)
    spent = {"lead": lead, "sale": sale, "search": looked, "inbox": inbox}
    day = ops.Day(leads=1).counts()
    ours = sum(count * (spent[kind].python_ms + spent[kind].database_ms) for kind, count in day.items())
    model = sum(ops.cpu_ms(day, part) for part in ("web_ms", "worker_ms", "database_ms"))
    disk = sum(count * spent[kind].bytes for kind, count in day.items()) / sum(
        c * ops.COSTS[kind].bytes for kind, c in day.items()
    )
    return {
        "name": "capacity", "scale": scale, "machine": about, "load": round(os.getloadavg()[0], 1),
        **{kind: asdict(each) for kind, each in spent.items()}, "model": {kind: asdict(each) for kind, each in ops.COSTS.items()},
        "cpu_ms_per_lead": round(ours, 2), "disk_ratio": round(disk, 2),
        "limit": {"cpu_ms_per_lead": round(model, 2), "command": "core/ops/capacity.py"},
        "ratio": round(ours / model, 3), "ratio_of": "processor time of a day's lead to the model's; lower is better",
    }  # fmt: skip


@contextmanager
def _database(name: str) -> Iterator[str]:
    with own_database(name) as url:
        own = {"DATABASE_URL": url, "HOTLEADS_TRUSTED_PROXIES": "1", "HOTLEADS_DEMO": "true"}
        before = {key: os.environ.get(key) for key in own}
        os.environ |= own
        _forget()
        try:
            yield url
        finally:
            db.engine().dispose()
            for key, value in before.items():
                os.environ.pop(key) if value is None else os.environ.__setitem__(key, value)
            _forget()


def _forget() -> None:
    config.settings.cache_clear()
    db.engine.cache_clear()


def _spent(url: str, pieces: Iterable[Callable[[], object]]) -> Spent:
    """Per piece, without the first part of them."""
    todo = list(pieces)
    warm, rest = todo[: len(todo) // SETTLED], todo[len(todo) // SETTLED :]
    for piece in warm:
        piece()
    disk, log, began = _disk(url), _log(url), time.perf_counter()
    python, server = time.process_time(), _server_cpu_s()
    for piece in rest:
        piece()
    python, server, took = time.process_time() - python, _server_cpu_s() - server, time.perf_counter() - began
    count = max(len(rest), 1)
    return Spent(
        round(1e3 * python / count, 3),
        round(1e3 * server / count, 3),
        (_disk(url) - disk) // count,
        (_log(url) - log) // count,
        round(1e3 * took / count, 2),
    )


def _intake(url: str, leads: int) -> Spent:
    plan = intake._prepare(url)
    client = create_app().test_client()

    def send(number: int) -> None:
        payload = intake_client.body(number, plan["niche"], plan["form"], plan["zips"], plan["consent"])
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        answer = client.post("/api/v1/leads", data=payload, content_type="application/json", headers={"X-Forwarded-For": address})
        if answer.status_code != 201:
            raise RuntimeError(answer.text)

    return _spent(url, [lambda n=n: send(n) for n in range(leads)])  # type: ignore[misc]


def _sales(url: str, leads: int) -> tuple[Spent, Spent]:
    """Of one sale, of one page of an inbox with them."""
    jobs = distribution._build(url, 100, leads)
    run = _spent(url, [lambda job=job: work(job) for job in jobs])  # type: ignore[misc]
    with transaction() as session:
        sold = session.execute(text("select count(*) from assignment")).scalar_one()
        company = session.execute(
            text("select provider_id from assignment group by 1 order by count(*) desc limit 1")
        ).scalar_one()
    each = leads / max(int(sold), 1)
    sale = Spent(
        *(type(value)(value * each) if isinstance(value, int) else round(value * each, 3) for value in asdict(run).values())
    )
    return sale, _spent(url, _reads(company, "/api/v1/provider/inbox", min(leads, 400)))


def _searches(url: str, calls: int) -> Spent:
    with search.engine_of(url) as engine:
        actor = search.load(engine, url, 10 * calls)
    wishes = search._wishes(url, min(calls, 400))
    paths = [
        f"/api/v1/marketplace/listings?niche_ids={wish['niche']}&lon={wish['lon']}&lat={wish['lat']}&radius_m=10000&sort=distance"
        for wish in wishes
    ]
    assert actor.provider_id is not None
    client, headers = _signed_in(actor.provider_id)
    return _spent(url, [lambda path=path: _got(client, path, headers) for path in paths])  # type: ignore[misc]


def _reads(company: Any, path: str, calls: int) -> list[Callable[[], object]]:
    client, headers = _signed_in(company)
    return [lambda: _got(client, path, headers) for _ in range(calls)]


def _signed_in(company: Any) -> tuple[FlaskClient, dict[str, str]]:
    now = clock.utc_now()
    with transaction() as session:
        user = builders.a_user(session, now, role="provider", provider_id=company, email="capacity@example.com")
        token = open_session(session, user=session.get_one(User, user.id), ip=None, user_agent="bench", now=now).token
    return create_app().test_client(), {"Authorization": f"Bearer {token}"}


def _got(client: FlaskClient, path: str, headers: dict[str, str]) -> None:
    answer = client.get(path, headers=headers)
    if answer.status_code != 200:
        raise RuntimeError(answer.text)


def _disk(url: str) -> int:
    """Bytes of tables and indexes, with what waits to be written."""
    with psycopg.connect(url, autocommit=True) as connection:
        ours = "relkind = 'r' and relnamespace = 'public'::regnamespace"
        row = connection.execute(f"select sum(pg_total_relation_size(oid)) from pg_class where {ours}").fetchone()
    assert row is not None
    return int(row[0])


def _log(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("select (pg_current_wal_insert_lsn() - '0/0')::bigint").fetchone()
    assert row is not None
    return int(row[0])


def _server_cpu_s() -> float:
    """Processor time of this database's connections so far; 0 where the server is another machine."""
    with transaction() as session:
        pids = session.execute(text("select pid from pg_stat_activity where datname = current_database()")).scalars().all()
    seen = [path.read_text().rpartition(")")[2].split() for pid in pids if (path := Path(f"/proc/{pid}/stat")).exists()]
    return sum(int(one[11]) + int(one[12]) for one in seen) / os.sysconf("SC_CLK_TCK")
