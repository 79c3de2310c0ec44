"""Bodies of handled events are forgotten in time; that they came, and what became of them, stays (SPEC 13.6)."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

_OLD = """select id from payment_event
           where sealed is not null and handled_at < :before and id < oldest_id(:before) order by id limit :most"""


def count_event_bodies(session: Session, *, before: datetime, most: int) -> int:
    """How many bodies of events handled before a moment are still kept, counted up to ``most``."""
    counted = text(f"select count(*) from ({_OLD}) found")  # noqa: S608 -- constants
    return int(session.execute(counted, {"before": before, "most": most}).scalar_one())


def forget_event_bodies(session: Session, *, before: datetime, most: int) -> int:
    """Empty up to ``most`` of them, oldest first; returns how many."""
    emptied = text(f"update payment_event set sealed = null where id in ({_OLD} for update skip locked) returning 1")  # noqa: S608
    return len(session.execute(emptied, {"before": before, "most": most}).all())
