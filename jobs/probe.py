"""Ask the instance whether it is ready, as a balancer would, and keep the answer (SPEC 12.2)."""

import time
from dataclasses import dataclass
from datetime import datetime

import httpx
from sqlalchemy.orm import Session

from core import ops
from core.kit.outbox import Job

PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What one probe got, and for which minute."""

    minute: datetime
    ok: bool
    ms: int
    detail: str | None


def minute_of(_session: Session, job: Job, _now: datetime) -> datetime:
    """The minute that the probe is for."""
    return datetime.fromisoformat(job.payload["minute"])


def ask(minute: datetime, _now: datetime) -> Answer:
    """One request without retries; no answer is an answer, too."""
    began = time.monotonic()
    try:
        reply = httpx.get(ops.probe_address(), timeout=PATIENCE_S, trust_env=False)
        ok, detail = reply.status_code == 200, _down(reply)
    except httpx.HTTPError as error:
        ok, detail = False, f"No answer ({type(error).__name__})."
    return Answer(minute, ok, round((time.monotonic() - began) * 1000), detail)


def keep(session: Session, _job: Job, answer: Answer, now: datetime) -> None:
    """Write it down."""
    ops.record_probe(session, minute=answer.minute, ok=answer.ok, ms=answer.ms, detail=answer.detail, now=now)


def _down(reply: httpx.Response) -> str | None:
    """Which parts were down, as the answer names them."""
    if reply.status_code == 200:
        return None
    try:
        return f"Status {reply.status_code}: {', '.join(reply.json()['down'])} down."
    except (ValueError, KeyError, TypeError):
        return f"Status {reply.status_code}."
