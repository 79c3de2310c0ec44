"""When a person may be called: by the clock of their market, within the hours of the day's policy (47 CFR 64.1200 (c)(1))."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from core.kit import clock
from core.policies.in_force import InForce

CALL_FROM, CALL_UNTIL = 8 * 60, 21 * 60  # minutes after midnight, where no policy says otherwise


@dataclass(frozen=True, slots=True)
class Calling:
    """Whether now is a time to call; ``opens_at`` is when it next will be, ``None`` while it is."""

    allowed: bool
    call_from: str
    call_until: str
    timezone: str
    opens_at: datetime | None


def calling(rules: InForce, *, timezone: str, at: datetime) -> Calling:
    """The verdict for a moment in a market's zone (IANA name)."""
    first = CALL_FROM if rules.call_from is None else rules.call_from
    last = CALL_UNTIL if rules.call_until is None else rules.call_until
    there = clock.in_zone(at, timezone)
    minute = there.hour * 60 + there.minute
    allowed = first <= minute < last
    return Calling(allowed, _words(first), _words(last), timezone, None if allowed else _next(there, first, minute))


def _next(there: datetime, first: int, minute: int) -> datetime:
    day = there.date() + timedelta(days=int(minute >= first))
    return datetime.combine(day, time(first // 60, first % 60), tzinfo=there.tzinfo)


def _words(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
