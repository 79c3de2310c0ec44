"""Carry out what one endpoint is owed: prepare, call, write down (SPEC 7.7)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core import delivery
from core.delivery import Errand, Sent
from core.kit.outbox import Job

Carried = tuple[Errand | None, list[Sent]]


def begin(session: Session, job: Job, now: datetime) -> Errand | None:
    """What to send; ``None`` when another job calls this endpoint, or nobody should."""
    return delivery.begin(session, endpoint_id=UUID(job.payload["endpoint_id"]), now=now)


def send(errand: Errand | None, now: datetime) -> Carried:
    """The calls; whatever a receiver does is an answer, so the job itself does not fail by it."""
    return errand, delivery.send_all(errand, now)


def conclude(session: Session, job: Job, carried: Carried, now: datetime) -> None:
    """Write the answers down and ask for the next job."""
    errand, sent = carried
    delivery.conclude(session, endpoint_id=UUID(job.payload["endpoint_id"]), errand=errand, sent=sent, now=now)
