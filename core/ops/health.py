"""Is this instance able to work: database, Redis, queue (SPEC 13.3)."""

from datetime import datetime, timedelta

from redis import RedisError
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.checks import Check
from core.kit.errors import Unavailable
from core.kit.redis import redis
from core.ops.queues import queue_depths
from core.ops.thresholds import threshold


def check_database(session: Session) -> Check:
    """The database answers and is migrated; an unreachable one raises in the caller's transaction."""
    if session.execute(text("select to_regclass('alembic_version')")).scalar_one() is None:
        return Check("database", False, "The database has no tables yet. Run `hotleads migrate`.")
    version = session.execute(text("select version_num from alembic_version")).scalar_one()
    return Check("database", True, f"revision {version}")


def check_redis() -> Check:
    """Redis answers a ping."""
    try:
        redis().ping()
    except (RedisError, Unavailable) as error:
        return Check("redis", False, f"Redis does not answer ({type(error).__name__}). Check REDIS_URL and the server.")
    return Check("redis", True, "answers")


def check_queue(session: Session, *, now: datetime) -> Check:
    """Due jobs are being taken: none has waited longer than the threshold."""
    depths = queue_depths(session, now=now)
    waiting = [depth.oldest_due_at for depth in depths if depth.oldest_due_at]
    due = sum(depth.due for depth in depths)
    oldest = now - min(waiting) if waiting else timedelta(0)
    if oldest > timedelta(minutes=threshold(session, "queue_alarm_minutes")):
        minutes = int(oldest.total_seconds() // 60)
        return Check("queue", False, f"{due} jobs are due, the oldest for {minutes} minutes. Is a worker running?")
    return Check("queue", True, f"{due:,} {'job' if due == 1 else 'jobs'} due")
