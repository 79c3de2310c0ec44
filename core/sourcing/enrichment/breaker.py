"""Leave a service alone that fails: after five failures in a row it is not asked for a while, longer each time (SPEC 8.5).

Read from the answers themselves, so that every worker knows the same and nothing has to be kept beside them. What a clock
that was ahead wrote is not among them, or a service would be left alone until that moment comes.
"""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

FAILURES = 5
LOOKED_AT = 12
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)

_LAST = text("""select at, made_by = 'model' as went from enrichment where latency_ms is not null and at > :since and at <= :now
                order by at desc limit :most""")


def paused_until(session: Session, *, now: datetime) -> datetime | None:
    """The moment from which the service may be asked again; ``None`` when it may be asked now."""
    rows = session.execute(_LAST, {"since": now - 2 * LONGEST_PAUSE, "now": now, "most": LOOKED_AT}).all()
    failures = next((place for place, row in enumerate(rows) if row.went), len(rows))
    if failures < FAILURES:
        return None
    until: datetime = rows[0].at + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - FAILURES))
    return until if until > now else None
