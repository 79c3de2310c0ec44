"""Carry a replay out beside everything else: one transaction reads and copies, others tell how far it is (SPEC 5.8)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import distribution
from core.distribution import Replay, ReplayRequest
from core.kit import outbox
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.errors import HotleadsError
from core.kit.outbox import Job

LOST = "Something went wrong on our side. Please ask for it again."


@dataclass(frozen=True, slots=True)
class Work:
    """What is asked, and the job whose lease its progress renews."""

    job: Job
    asked: ReplayRequest


def begin(session: Session, job: Job, _now: datetime) -> Work:
    """Read what is asked."""
    return Work(job, distribution.get_replay(session, actor=SYSTEM, request_id=UUID(job.payload["request_id"])))


def carry_out(work: Work, _now: datetime) -> tuple[Work, Replay]:
    """Replay in transactions that keep nothing, one for each pass."""
    asked = work.asked

    def tell(done: int, of: int) -> None:
        with transaction() as beside:
            outbox.renew(beside, work.job, now=utc_now(), progress={"done": done, "of": of})
            distribution.note_replay(beside, request_id=asked.id, done=done, of=of)

    with transaction() as session, transaction() as other:
        told = distribution.replay(
            session, actor=SYSTEM, niche_id=asked.niche_id, since=asked.since, until=asked.until, changes=asked.changes,
            beside=other, tell=tell,
        )  # fmt: skip
    return work, told


def keep(session: Session, _job: Job, result: tuple[Work, Replay], now: datetime) -> None:
    """Keep what came of it."""
    work, told = result
    distribution.finish_replay(session, request_id=work.asked.id, result=told, now=now)


def note_failure(session: Session, job: Job, error: Any, final: bool, now: datetime) -> None:
    """After the last try, tell who asked."""
    if final:
        sentence = error.message if isinstance(error, HotleadsError) else LOST
        distribution.finish_replay(session, request_id=UUID(job.payload["request_id"]), error=sentence, now=now)
