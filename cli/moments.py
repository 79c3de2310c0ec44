"""Days and moments as people write them on the command line; UTC unless they say otherwise."""

import re
from datetime import UTC, date, datetime

from core.kit.errors import Invalid

# Beside ISO 8601, with a blank or a T: the American way, and a month by its name.
_WAYS = ("%m/%d/%Y", "%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y")


def moment(told: str) -> datetime:
    """``2026-11-01``, ``2026-11-01 08:00``, ``2026-11-01T08:00:00-08:00``, ``11/1/2026``, ``1 Nov 2026``; raises ``Invalid``."""
    found = _iso(told.strip()) or _in_words(told)
    if found is None:
        words = f"{told!r} is no moment. Write it as 2026-11-01, 2026-11-01T08:00 (UTC) or 2026-11-01T08:00-08:00."
        raise Invalid("moment.unread", words)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def day(told: str) -> date:
    """``2026-11-28``, ``11/28/2026``, ``28 Nov 2026``; raises ``Invalid``."""
    found = _iso(told.strip()) or _in_words(told)
    if found is None or found.time() != datetime.min.time():
        raise Invalid("day.unread", f"{told!r} is no day. Write it as 2026-11-28.")
    return found.date()


def _iso(told: str) -> datetime | None:
    try:
        return datetime.fromisoformat(told) if re.match(r"\d{4}-", told) else None
    except ValueError:
        return None


def _in_words(told: str) -> datetime | None:
    plain = " ".join(told.replace(",", " ").replace(".", " ").split())
    for way in _WAYS:
        try:
            return datetime.strptime(plain, way)  # noqa: DTZ007  # whoever asks says the zone
        except ValueError:
            continue
    return None
