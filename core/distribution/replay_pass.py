"""One pass of a replay: a niche's past once more on temporary copies of how things stood (SPEC 5.8, docs/adr/0022).

The engine's own functions choose; its savepoint takes the copies away again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.distribution.fairness import jain

AT_A_TIME = 200  # events between two tidyings of the copies
TOLD_EVERY = 10
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the period: leads handed out, how many found nobody, sales, revenue in cents, Jain's index of sales
    among the level's subscriptions (mean over levels, by sales), purchases that no longer fitted and their cents."""

    leads: int
    unsold: int
    sales: int
    revenue_cents: int
    jain: float | None
    lost_purchases: int
    lost_cents: int


@dataclass(frozen=True, slots=True)
class Pass:
    """Its outcome, its sales, how many runs it played and how many of them came out as they did then."""

    sales: list[Any]  # company, level, subscription, leads, cents
    outcome: Outcome
    runs: int
    agreed: int


_OPEN = text("select replay_open(:niche, :since, :until, cast(:changes as jsonb))")
_PLAY = text("select replay_play(:first, :last, :fixed)")
_SALES = text("""
    select a.provider_id, a.level_id, a.subscription_id, count(*)::integer as leads, sum(a.price_cents)::bigint as cents
      from pg_temp.assignment a where a.replayed group by 1, 2, 3""")
_LINES = text("select id, level_id from pg_temp.subscription where status = 'active'")
_WHOLE = text("""
    select count(distinct r.lead_id)::integer as leads,
           count(distinct r.lead_id) filter (where not exists (
             select from pg_temp.assignment a where a.lead_id = r.lead_id and a.channel = 'distribution'))::integer as unsold,
           (select count(*) from replay_lost)::integer as lost,
           (select coalesce(sum(cents), 0) from replay_lost)::bigint as lost_cents
      from replay_event e join public.distribution_run r on r.id = e.row_id where e.kind = 'run'""")
# One pass over the sales of each side: a look-up for every run would read all that was replayed once more for each.
_AGREED = text("""
    with replayed as materialized (
      select a.run_id, array_agg((a.subscription_id, a.slot_no, a.price_cents)::text order by a.slot_no) as sales
        from pg_temp.assignment a where a.replayed group by 1
    ), sold as materialized (
      select b.run_id, array_agg((b.subscription_id, b.slot_no, b.price_cents)::text order by b.slot_no) as sales
        from replay_event e join public.distribution_run r on r.id = e.row_id
        join public.assignment b on b.lead_id = r.lead_id and b.run_id = r.id where e.kind = 'run' group by 1)
    select count(*)::integer from replay_event e left join replayed on replayed.run_id = e.row_id
      left join sold on sold.run_id = e.row_id
     where e.kind = 'run' and replayed.sales is not distinct from sold.sales""")
_RUNS = text("select count(*)::integer from replay_event where kind = 'run'")


class _Undo(Exception):
    """Leaves the savepoint, and takes the copies with it."""


def play(session: Session, named: dict[str, Any], *, fixed: bool, tell: Tell) -> Pass:
    """One pass over ``niche`` from ``since`` up to ``until`` under ``changes``, as ``named``.

    ``fixed``: each run walks the levels that it walked then. ``tell(done, of)`` hears of progress in events.
    """
    session.execute(text("discard plans"))  # none that was made for the real tables may serve the copies, or the other way
    found: list[Pass] = []
    try:
        with session.begin_nested():
            events = session.execute(_OPEN, named).scalar_one()
            for number, first in enumerate(range(1, events + 1, AT_A_TIME), start=1):
                last = min(first + AT_A_TIME - 1, events)
                session.execute(_PLAY, {"first": first, "last": last, "fixed": fixed})
                if number % TOLD_EVERY == 0 or last == events:
                    tell(last, events)
            found.append(_read(session))
            raise _Undo
    except _Undo:
        session.execute(text("discard plans"))
    return found[0]


def _read(session: Session) -> Pass:
    sales = list(session.execute(_SALES).all())
    whole = session.execute(_WHOLE).one()
    lines = session.execute(_LINES).all()
    outcome = Outcome(
        leads=whole.leads,
        unsold=whole.unsold,
        sales=sum(row.leads for row in sales),
        revenue_cents=int(sum(row.cents for row in sales)),
        jain=_fairness(sales, lines),
        lost_purchases=whole.lost,
        lost_cents=whole.lost_cents,
    )
    runs, agreed = (session.execute(query).scalar_one() for query in (_RUNS, _AGREED))
    return Pass(sales, outcome, runs, agreed)


def _fairness(sales: list[Any], lines: Sequence[Any]) -> float | None:
    """Jain's index of each level over its active subscriptions, weighed by what the level sold."""
    got = {row.subscription_id: row.leads for row in sales}
    told, weights = 0.0, 0
    for level in {row.level_id for row in sales}:
        of_level = {line.id for line in lines if line.level_id == level} | {
            row.subscription_id for row in sales if row.level_id == level
        }
        sold = [got.get(one, 0) for one in of_level]
        told, weights = told + (jain(sold) or 0) * sum(sold), weights + sum(sold)
    return told / weights if weights else None
