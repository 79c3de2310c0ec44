"""What Prometheus asks of queue and health, in few cheap statements (SPEC 13.3)."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.checks import Check
from core.kit.metrics import (
    DEAD_LETTERS,
    HEALTH,
    QUEUE_DEPTH,
    QUEUE_OLDEST,
    RELAY_QUIET,
    SCHEDULE_FAILING,
    VERIFY_FAILED,
    Reading,
)
from core.ops.queues import QueueDepth, queue_depths, schedules

# Told of at zero, too, so that an empty queue is a figure and not a gap.
ALWAYS = ("distribution.run", "email", "lead.score")

_RELAY = text(
    "select max(created_at) from (select created_at from outbox where kind = 'schedule.seal' order by id desc limit 1) newest"
)
_VERIFIED = text("""
    select (select count(*) from jsonb_array_elements(checks) c where not (c->>'ok')::boolean)
    from verification where finished_at is not null order by id desc limit 1""")


def gauges(session: Session, *, now: datetime) -> list[Reading]:
    """Queue, schedule and the latest verification as Prometheus reads them; seconds and counts."""
    readings = []
    depths = {kind: QueueDepth(kind, 0, 0, 0, 0, 0, None) for kind in ALWAYS}
    for depth in (depths | {depth.kind: depth for depth in queue_depths(session, now=now)}).values():
        labels = (depth.kind,)
        waited = (now - depth.oldest_due_at).total_seconds() if depth.oldest_due_at else 0.0
        readings += [Reading(QUEUE_DEPTH, depth.due, labels), Reading(QUEUE_OLDEST, max(waited, 0.0), labels)]
        readings.append(Reading(DEAD_LETTERS, depth.dead, labels))
    for entry in schedules(session, now=now):
        readings.append(Reading(SCHEDULE_FAILING, entry.result == "failed", (entry.name,)))
    added = session.execute(_RELAY).scalar_one()
    if added is not None:
        readings.append(Reading(RELAY_QUIET, max((now - added).total_seconds(), 0.0)))
    broken = session.execute(_VERIFIED).scalar_one_or_none()
    if broken is not None:
        readings.append(Reading(VERIFY_FAILED, broken))
    return readings


def health_gauges(checks: list[Check]) -> list[Reading]:
    """Each health check as 1 or 0."""
    return [Reading(HEALTH, check.ok, (check.name,)) for check in checks]
