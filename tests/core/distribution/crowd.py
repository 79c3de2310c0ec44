"""Workers that distribute side by side, on real connections."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from core import distribution
from core.distribution import RunView
from core.kit.actor import SYSTEM
from core.kit.db import transaction
from tests.at_once import together

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


def dealt_out(pool: ThreadPoolExecutor, leads: Sequence[UUID], now: datetime, workers: int = WORKERS) -> list[RunView]:
    """Distribute the leads, dealt out to workers like cards."""

    def work_of(number: int) -> Callable[[], list[RunView]]:
        return lambda: [distribute(lead, now) for lead in leads[number::workers]]

    return [run for runs in together(pool, [work_of(number) for number in range(workers)]) for run in runs]


def sales() -> Counter[UUID]:
    """How many leads each provider has."""
    with transaction() as session:
        return Counter(session.scalars(text("select provider_id from assignment")))
