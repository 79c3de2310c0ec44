"""Tables that only grow, by the month: months are made ahead, old ones taken off (docs/adr/0032)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal
from uuid import UUID

from psycopg.errors import LockNotAvailable
from sqlalchemy import RowMapping, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.kit.errors import Conflict
from core.kit.ids import moment_of
from core.ops.thresholds import threshold

TITLES = {"before": "before the first month", "rest": "after the last month"}
ORDER = ("before", "month", "rest")


class MonthsBusy(Conflict):
    """Somebody uses a table for so long that its months could not be changed."""

    def __init__(self) -> None:
        super().__init__("months.busy", "One of the tables is in use; nothing was taken off. Try again in a minute.")


@dataclass(frozen=True, slots=True)
class Month:
    """A part of a table: one month, or what lies before the first of them or after the last.

    A month is ``attached`` to its table, until the day ``leaves_on``, or was taken off (``taken_off_at``) and is kept until
    somebody exports and drops it. After the last month lies what came when there was none for it, or late for one taken off.
    ``rows``: about how many; ``since``: when the oldest of them is from; ``bytes`` with indexes.
    """

    name: str
    of_table: str
    kind: Literal["before", "month", "rest"]
    title: str
    begins_on: date | None
    attached: bool
    rows: int
    bytes: int
    since: datetime | None
    leaves_on: date | None
    taken_off_at: datetime | None


@dataclass(frozen=True, slots=True)
class MonthsKept:
    """All of it: ``keep_months`` whole months stay beside the running one, so none that began before ``kept_since``.

    ``due``: months that the next run takes off; ``next_on``: the day after which it takes one off.
    """

    keep_months: int
    kept_since: date
    due: list[str]
    next_on: date | None
    items: list[Month]


def keep_months(session: Session, *, actor: Actor, now: datetime) -> list[str]:
    """Make the months to come, take off those older than the threshold ``keep_months``; returns the names of the latter.

    Admins and the system only. Waits two seconds at most for whoever uses a table, then raises ``MonthsBusy``.
    """
    actor.require("admin")
    before = datetime.combine(first_kept(now, threshold(session, "keep_months")), time(), UTC)
    try:
        session.execute(text("set local lock_timeout = '2s'"))
        session.execute(text("select months_ahead()"))
        gone: list[str] = session.execute(text("select months_detach(:before)"), {"before": before}).scalar_one()
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            raise MonthsBusy from error
        raise
    for name in gone:
        audit.record(session, actor, "month.detached", entity_type="month", entity_id=None, now=now, after={"name": name})
    return gone


def months(session: Session, *, actor: Actor, now: datetime) -> MonthsKept:
    """What is kept by the month, by table and time. Admins and analysts."""
    actor.require("admin", "analyst")
    keep = threshold(session, "keep_months")
    taken_off = text("select after ->> 'name', max(at) from audit_entry where action = 'month.detached' group by 1")
    at: dict[str, datetime] = dict(session.execute(taken_off).all())
    found = [_month(row._mapping, keep, at) for row in session.execute(text("select * from months_known()"))]
    items = sorted(found, key=lambda month: (month.of_table, ORDER.index(month.kind), month.name))
    since = first_kept(now, keep)
    leaving = {month.name: month.leaves_on for month in items if month.leaves_on}
    due = [month.name for month in items if month.leaves_on and month.leaves_on <= now.astimezone(UTC).date()]
    return MonthsKept(keep, since, due, min(leaving.values(), default=None), items)


def first_kept(now: datetime, keep: int) -> date:
    """The first day of the oldest month that stays: ``keep`` calendar months before this one, by UTC as the months themselves."""
    return shifted(now.astimezone(UTC).date(), -keep)


def shifted(day: date, months: int) -> date:
    """The first day of the month so many months after (or before) the one of ``day``."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _month(row: RowMapping, keep: int, taken_off: Mapping[str, datetime]) -> Month:
    part: str = row["part"]
    begins = None if part in TITLES else date.fromisoformat(f"{part.replace('_', '-')}-01")
    oldest: UUID | None = row["oldest"]
    return Month(
        name=row["name"],
        of_table=row["of_table"],
        kind="month" if begins else "before" if part == "before" else "rest",
        title=f"{begins:%B %Y}" if begins else TITLES[part],
        begins_on=begins,
        attached=row["attached"],
        rows=row["rows"],
        bytes=row["bytes"],
        since=moment_of(oldest) if oldest else None,
        leaves_on=shifted(begins, keep + 1) if begins and row["attached"] else None,
        taken_off_at=None if row["attached"] else taken_off.get(row["name"]),
    )
