"""Make vectors of new listings: words are read, a model (perhaps an endpoint) is asked, vectors are kept."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.kit import outbox
from core.kit.outbox import Job
from ml import recommend

KIND = "listing.embed"


def ask(session: Session, now: datetime) -> object:
    """Add the job; one stands at a time."""
    return outbox.enqueue(session, KIND, key="all", now=now, priority=6)


def first(session: Session, _job: Job, _now: datetime) -> Any:
    """The words of leads that the model in force has not read yet, and the model."""
    return recommend.unread(session)


def outside(told: Any, _now: datetime) -> Any:
    """Their vectors."""
    return recommend.read(told)


def inside(session: Session, _job: Job, made: Any, now: datetime) -> None:
    """Keep them, and go on at once while there is more."""
    if recommend.keep(session, made, now=now):
        outbox.enqueue(session, KIND, key="more", now=now, priority=7)
