"""Workers side by side on real connections, and ways to see them wait."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import TypeVar
from uuid import UUID

from sqlalchemy import text

from core import distribution
from core.distribution import RunView
from core.kit.actor import SYSTEM
from core.kit.db import transaction

T = TypeVar("T")
WORKERS = 4


def claim(lead_id: UUID, now: datetime) -> UUID:
    """The first of a worker's two transactions."""
    with transaction() as session:
        return distribution.claim_turn(session, lead_id=lead_id, actor=SYSTEM, now=now).run_id


def assign(run_id: UUID, now: datetime) -> RunView:
    """The second one."""
    with transaction() as session:
        return distribution.assign(session, run_id=run_id, actor=SYSTEM, now=now)


def distribute(lead_id: UUID, now: datetime) -> RunView:
    return assign(claim(lead_id, now), now)


def together(pool: ThreadPoolExecutor, works: Sequence[Callable[[], T]]) -> list[T]:
    """Let all go at the same moment and return what each returned."""
    start = Barrier(len(works))

    def one(work: Callable[[], T]) -> T:
        start.wait()
        return work()

    return list(pool.map(one, works))


def dealt_out(pool: ThreadPoolExecutor, leads: Sequence[UUID], now: datetime, workers: int = WORKERS) -> list[RunView]:
    """Distribute the leads, dealt out to workers like cards."""

    def work_of(number: int) -> Callable[[], list[RunView]]:
        return lambda: [distribute(lead, now) for lead in leads[number::workers]]

    return [run for runs in together(pool, [work_of(number) for number in range(workers)]) for run in runs]


def sales() -> Counter[UUID]:
    """How many leads each provider has."""
    with transaction() as session:
        return Counter(session.scalars(text("select provider_id from assignment")))


def until_somebody_waits(many: int = 1) -> None:
    """Return when so many connections to this database wait for a lock that another one holds."""
    query = text("""select count(*) from pg_locks l join pg_stat_activity a using (pid)
                     where a.datname = current_database() and not l.granted""")
    for _ in range(20_000):
        with transaction() as session:
            if session.execute(query).scalar_one() >= many:
                return
    raise AssertionError("nobody came to wait")
