"""One probe of ``/health/ready`` a minute, kept: what the uptime figure is made of (SPEC 12.2)."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit import outbox
from core.kit.config import settings

KIND = "health.probe"
LATE = timedelta(seconds=90)
LONGEST_DETAIL = 300


def request_probe(session: Session, *, now: datetime) -> None:
    """Have this minute's probe made by a job; it is tried once, since a later answer tells of a later minute."""
    minute = now.replace(second=0, microsecond=0)
    outbox.enqueue(
        session, KIND, key=minute.isoformat(), now=now, payload={"minute": minute.isoformat()}, priority=1, max_attempts=1
    )


def probe_address() -> str:
    """What is asked: ``HOTLEADS_PROBE_URL``, by default ``/health/ready`` at the instance's own address."""
    if settings().probe_url:
        return settings().probe_url
    if settings().public_url:
        return f"{settings().base_url}/health/ready"
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings().host, settings().host)
    return f"http://{host}:{settings().port}/health/ready"


def record_probe(session: Session, *, minute: datetime, ok: bool, ms: int, detail: str | None, now: datetime) -> bool:
    """Keep one minute's answer, once; ``False`` when it came too late to tell of that minute."""
    if now - minute > LATE:
        return False
    session.execute(
        text("insert into health_probe (at, ok, ms, detail) values (:at, :ok, :ms, :detail) on conflict do nothing"),
        {"at": minute, "ok": ok, "ms": ms, "detail": detail[:LONGEST_DETAIL] if detail else None},
    )
    return True
