"""The hourly counts a report is made of: those that were folded, and for days touched since, the rows themselves.

``report_events`` and ``report_waits`` in ``18_reports.sql`` are the one definition of every count. One statement reads
both, so it sees one moment: nothing is counted twice and nothing is missed, whatever is being written meanwhile.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.checks import Check
from core.reports.scope import Scope

_OPEN = """
state as materialized (select until_xid from report_state),
open_day as materialized (
  select d.day from state, report_open_days(state.until_xid, '18446744073709551615') d (day)
   where state.until_xid is not null and d.day between :first and :until),
span as materialized (
  select first, last, report_day_began(first) as began, report_day_ended(last) as ended from (
    select day as first, day as last from open_day
    union all select cast(:first as date), cast(:until as date) from state where until_xid is null) days)"""
_COUNTED = """
{name} as (
  select c.* from {table} c, state
   where state.until_xid is not null and c.day between :first and :until
     and not exists (select from open_day o where o.day = c.day){only}
  union all
  select c.* from span, lateral {events}(span.began, span.ended) c
   where c.day between span.first and span.last{only})"""


def counted(scope: Scope, *, first: date | None = None) -> tuple[str, dict[str, Any]]:
    """``with`` expressions that end in ``counted``, the rows of ``report_hour`` from ``first`` on, and their parameters."""
    return _read(scope, first, name="counted", table="report_hour", events="report_events")


def waited(scope: Scope, *, first: date | None = None) -> tuple[str, dict[str, Any]]:
    """Likewise ``waited``, the rows of ``report_wait``."""
    return _read(scope, first, name="waited", table="report_wait", events="report_waits")


def fold(session: Session, *, now: datetime) -> int:
    """Count anew the days that were touched since the last time; returns how many. Everything the first time."""
    return int(session.execute(text("select report_fold(:now)"), {"now": now}).scalar_one())


def verify(session: Session) -> list[Check]:
    """Do the counts that reports read agree with the rows themselves? Days touched since the last fold are left out."""
    return [
        _agree(session, "report counts", "report_hour", "report_events"),
        _agree(session, "report waits", "report_wait", "report_waits"),
    ]


def _read(scope: Scope, first: date | None, *, name: str, table: str, events: str) -> tuple[str, dict[str, Any]]:
    only = " and c.market_id = :market" if scope.market_id else ""
    only += " and c.niche_id = :niche" if scope.niche_id else ""
    part = _COUNTED.format(name=name, table=table, events=events, only=only)
    return f"{_OPEN},{part}", scope.values | {"first": first or scope.since}


def _agree(session: Session, name: str, table: str, events: str) -> Check:
    row = session.execute(
        text(f"""with state as materialized (select until_xid from report_state),
                 open_day as materialized (
                   select d.day from state, report_open_days(state.until_xid, '18446744073709551615') d (day)),
                 fresh as (select * from {events}('-infinity', 'infinity')),
                 wrong as (
                   (select * from fresh except select * from {table})
                   union all (select * from {table} except select * from fresh))
                 select min(day) as day, count(distinct day) as days from wrong
                  where day not in (select day from open_day) and (select until_xid from state) is not null""")  # noqa: S608
    ).one()
    if row.days:
        return Check(name, False, f"{row.days} days were counted wrongly, the first is {row.day}.")
    return Check(name, True, "What reports read is what happened.")
