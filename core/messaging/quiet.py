"""Quiet hours: mail that can wait is not sent at night (SPEC 11). It is moved to the morning, never dropped."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from core import ops
from core.kit import outbox
from core.kit.ids import named_uuid7
from core.kit.outbox import Job
from core.messaging.letters import shipped


def waits_until(session: Session, *, template: str, zone: str, now: datetime) -> datetime | None:
    """When mail of this kind may go out, on the clock of the reader's market (IANA ``zone``); ``None``: now."""
    letter = shipped().get(template)
    if letter is None or not letter.waits:
        return None
    return quiet_until(
        now, zone=zone, begin=ops.threshold(session, "quiet_from_hour"), end=ops.threshold(session, "quiet_to_hour")
    )


def quiet_until(now: datetime, *, zone: str, begin: int, end: int) -> datetime | None:
    """The end of the quiet hours that ``now`` lies in, in UTC; ``None`` outside them. They may cross midnight.

    The hours are those on the wall: on the days when the clocks change they are an hour shorter or longer, and an
    hour that a clock skips is taken as the one it skips to.
    """
    there = now.astimezone(ZoneInfo(zone))
    quiet = begin <= there.hour < end if begin < end else begin != end and (there.hour >= begin or there.hour < end)
    if not quiet:
        return None
    day = there.date() + timedelta(days=1 if there.hour >= end else 0)
    return datetime.combine(day, time(end), ZoneInfo(zone)).astimezone(UTC)


def postpone(session: Session, *, job: Job, until: datetime, now: datetime) -> None:
    """Ask for the job's mail again at ``until``; the id follows from the job's, so that repeating it adds nothing."""
    later = named_uuid7(job.id.int >> 80, f"{job.id}:later")
    key = f"{job.key}:later"
    outbox.enqueue(session, "email", key=key, now=now, payload=job.payload, sealed=job.sealed or None, run_at=until, job_id=later)
