"""Time: UTC inside, the market's zone for people."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def utc_now() -> datetime:
    """The current time, timezone-aware UTC. Called at the edges only; core takes ``now`` as an argument."""
    return datetime.now(UTC)


def in_zone(moment: datetime, zone: str) -> datetime:
    """The same moment on the wall clock of an IANA zone such as ``America/Phoenix``."""
    return moment.astimezone(ZoneInfo(zone))
