"""The hourly counts a report is made of: those that were folded, and for hours touched since, the rows themselves; how long
steps took is kept by the day.

``report_events`` and ``report_waits`` in ``18_reports.sql`` are the one definition of every count. One statement reads
both, so it sees one moment: nothing is counted twice and nothing is missed, whatever is being written meanwhile.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.checks import Check
from core.reports.scope import Scope

_STATE = """
state as materialized (select until_xid from report_state)"""
_ALL = "'18446744073709551615'"
_COUNTED = f"""{_STATE},
open_hour as materialized (
  select h.at from state, report_open_hours(state.until_xid, {_ALL}) h (at)
   where state.until_xid is not null and h.at >= report_day_began(:first) and h.at < report_day_ended(:until)),
counted as (
  select c.* from report_hour c
   where (select until_xid is not null from state) and c.day between :first and :until
     and c.at <> all (array(select at from open_hour)){{only}}
  union all
  select c.* from report_events_of(array(select at from open_hour)) c where c.day between :first and :until{{only}}
  union all
  select c.* from state, lateral report_events(report_day_began(:first), report_day_ended(:until)) c
   where state.until_xid is null and c.day between :first and :until{{only}})"""  # noqa: S608
_WAITED = f"""{_STATE},
open_day as materialized (
  select d.day from state, report_open_days(state.until_xid, {_ALL}) d (day)
   where state.until_xid is not null and d.day between :first and :until),
span as materialized (
  select first, last, report_day_began(first) as began, report_day_ended(last) as ended from (
    select day as first, day as last from open_day
    union all select cast(:first as date), cast(:until as date) from state where until_xid is null) days),
waited as (
  select c.* from report_wait c
   where (select until_xid is not null from state) and c.day between :first and :until
     and c.day <> all (array(select day from open_day)){{only}}
  union all
  select c.* from span, lateral report_waits(span.began, span.ended) c
   where c.day between span.first and span.last{{only}})"""  # noqa: S608


def counted(scope: Scope, *, first: date | None = None) -> tuple[str, dict[str, Any]]:
    """``with`` expressions that end in ``counted``, the rows of ``report_hour`` from ``first`` on, and their parameters."""
    return _read(_COUNTED, scope, first)


def waited(scope: Scope, *, first: date | None = None) -> tuple[str, dict[str, Any]]:
    """Likewise ``waited``, the rows of ``report_wait``."""
    return _read(_WAITED, scope, first)


def fold(session: Session, *, now: datetime) -> int:
    """Count anew what was touched since the last time; returns how many days that were. Everything the first time."""
    return int(session.execute(text("select report_fold(:now)"), {"now": now}).scalar_one())


def verify(session: Session) -> list[Check]:
    """Do the counts that reports read agree with the rows themselves? Days touched since the last fold are left out."""
    return [
        _agree(session, "report counts", "report_hour", "report_events"),
        _agree(session, "report waits", "report_wait", "report_waits"),
    ]


def _read(expressions: str, scope: Scope, first: date | None) -> tuple[str, dict[str, Any]]:
    only = " and c.market_id = :market" if scope.market_id else ""
    only += " and c.niche_id = :niche" if scope.niche_id else ""
    return expressions.format(only=only), scope.values | {"first": first or scope.since}


def _agree(session: Session, name: str, table: str, events: str) -> Check:
    row = session.execute(
        text(f"""with state as materialized (select until_xid from report_state),
                 open_day as materialized (
                   select d.day from state, report_open_days(state.until_xid, {_ALL}) d (day)),
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
