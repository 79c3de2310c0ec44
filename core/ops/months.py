"""Tables that only grow, by the month: months are made ahead, old ones taken off (docs/adr/0032)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import SYSTEM
from core.ops.thresholds import threshold

MONTH = timedelta(days=30.44)


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a table: in it, or taken off and kept until somebody exports and drops it."""

    name: str
    of_table: str
    attached: bool
    bytes: int


def keep_months(session: Session, *, now: datetime) -> list[str]:
    """Make the months to come, take off those older than the threshold ``keep_months``; returns the names of the latter."""
    session.execute(text("select months_ahead()"))
    before = now - threshold(session, "keep_months") * MONTH
    gone: list[str] = session.execute(text("select months_detach(:before)"), {"before": before}).scalar_one()
    for name in gone:
        audit.record(session, SYSTEM, "month.detached", entity_type="month", entity_id=None, now=now, after={"name": name})
    return gone


def months(session: Session) -> list[Month]:
    """Every month there is, by name; bytes with indexes."""
    return [Month(*row) for row in session.execute(text("select name, of_table, attached, bytes from months_known()"))]
