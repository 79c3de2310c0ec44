"""Train a model on the exchange's history: read inside one transaction, learned outside any, entered in another (SPEC 10.6)."""

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from core import advice
from core.kit.actor import SYSTEM
from core.kit.outbox import Job
from jobs.pulse import Pulse
from ml import progress, registry
from ml.errors import TooFewRows

KIND = advice.TRAINING
_log = structlog.get_logger(__name__)


def ask(session: Session, *, model: str, now: datetime) -> object:
    """Add the job; one stands per model."""
    return advice.ask_training(session, actor=SYSTEM, model=model, now=now)


def ask_all(session: Session, now: datetime) -> object:
    """Every week: each model is trained anew and becomes a challenger, which is listened to; promotion is for people."""
    return [ask(session, model=model, now=now) for model in registry.MODELS]


def first(session: Session, job: Job, now: datetime) -> Any:
    """The history up to now."""
    return job, registry.gather(session, actor=SYSTEM, model=job.payload["model"], until=now), now


def outside(asked: Any, _now: datetime) -> Any:
    """The model and its figures, logged, each step told; ``None`` when there is too little to learn from, which is no failure."""
    job, train, until = asked
    try:
        with Pulse(job) as pulse, progress.following(lambda step, share: pulse.tell({"step": step, "share": share})):
            return train(0), until
    except TooFewRows as error:
        _log.info("model_not_trained", model=job.payload["model"], why=error.message)
        return None


def inside(session: Session, _job: Job, made: Any, now: datetime) -> None:
    """Make it the challenger; its cut-off is the moment its history was read, not the one its training ended."""
    if made is not None:
        trained, until = made
        registry.enter(session, actor=SYSTEM, trained=trained, cut_off=until, now=now)
