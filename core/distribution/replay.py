"""A niche's past once more under other rules, touching nothing (SPEC 5.8, docs/adr/0022).

Twice: as it was, which proves how far the replay can be trusted, and as it would have been. The engine's own functions
choose, on temporary copies of how things stood; the caller's savepoint takes all of it away again.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import niches
from core.distribution.fairness import jain
from core.distribution.what_if import Change, as_patches, moves_the_walk
from core.kit.actor import Actor
from core.kit.errors import Invalid

AT_A_TIME = 200  # events between two tidyings of the copies
TOLD_EVERY = 10
Tell = Callable[[int, int], None]


class ReplayInvalid(Invalid):
    """A period or a change that can't be replayed."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__("replay.invalid", sentence, fields={field: sentence})


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
class Shift:
    """One company or level before and after: leads and cents."""

    id: UUID
    name: str
    leads_before: int
    leads_after: int
    cents_before: int
    cents_after: int


@dataclass(frozen=True, slots=True)
class Replay:
    """Both passes; ``agreed`` of ``runs`` came out exactly as they did then, when nothing is changed."""

    niche_id: UUID
    since: datetime
    until: datetime
    runs: int
    agreed: int
    before: Outcome
    after: Outcome
    companies: tuple[Shift, ...]
    levels: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class _Pass:
    sales: list[Any]  # company, level, subscription, leads, cents
    outcome: Outcome
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
_COMPANIES = text("select id, company_name from provider where id = any (cast(:ids as uuid[]))")
_LEVELS = text("select id, name from competition_level where niche_id = :niche order by position")


class _Undo(Exception):
    """Leaves the savepoint, and takes the copies with it."""


def replay(
    session: Session,
    *,
    actor: Actor,
    niche_id: UUID,
    since: datetime,
    until: datetime,
    changes: Sequence[Change] = (),
    tell: Tell = lambda _done, _of: None,
) -> Replay:
    """What a niche's runs from ``since`` up to ``until`` would have come to under ``changes``; nothing real is touched.

    For admins and analysts. ``tell(done, of)`` hears of progress in events. Raises ``ReplayInvalid``, ``NicheNotFound``.
    """
    actor.require("admin", "analyst")
    if since >= until:
        raise ReplayInvalid("since", "The period ends before it begins. Choose an earlier beginning.")
    niche = niches.get_niche(session, niche_id)
    patches = as_patches(session, niche, changes)
    named = {"niche": niche.id, "since": since, "until": until}
    passes, runs = [], 0
    for number, given in enumerate([[], patches] if patches else [[]]):
        with_half = _half(tell, number, 2 if patches else 1)
        done, runs = _pass(session, named | {"changes": json.dumps(given)}, fixed=not moves_the_walk(given), tell=with_half)
        passes.append(done)
    before, after = passes[0], passes[-1]
    companies = _names(session, before, after)
    levels = {row.id: row.name for row in session.execute(_LEVELS, named)}
    return Replay(
        niche_id=niche.id,
        since=since,
        until=until,
        runs=runs,
        agreed=before.agreed,
        before=before.outcome,
        after=after.outcome,
        companies=_shifts(before, after, companies, "provider_id"),
        levels=_shifts(before, after, levels, "level_id"),
    )


def _pass(session: Session, named: dict[str, Any], *, fixed: bool, tell: Tell) -> tuple[_Pass, int]:
    session.execute(text("discard plans"))  # none that was made for the real tables may serve the copies, or the other way
    found: list[tuple[_Pass, int]] = []
    try:
        with session.begin_nested():
            events = session.execute(_OPEN, named).scalar_one()
            for number, first in enumerate(range(1, events + 1, AT_A_TIME), start=1):
                last = min(first + AT_A_TIME - 1, events)
                session.execute(_PLAY, {"first": first, "last": last, "fixed": fixed})
                if number % TOLD_EVERY == 0 or last == events:
                    tell(last, events)
            found.append((_read(session), session.execute(_RUNS).scalar_one()))
            raise _Undo
    except _Undo:
        session.execute(text("discard plans"))
    return found[0]


def _read(session: Session) -> _Pass:
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
    return _Pass(sales, outcome, session.execute(_AGREED).scalar_one())


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


def _names(session: Session, before: _Pass, after: _Pass) -> dict[UUID, str]:
    ids = {row.provider_id for one in (before, after) for row in one.sales}
    return {row.id: row.company_name for row in session.execute(_COMPANIES, {"ids": list(ids)})}


def _shifts(before: _Pass, after: _Pass, names: dict[UUID, str], key: str) -> tuple[Shift, ...]:
    """Everybody by how much their leads change, the largest loss first."""
    then, now = _sums(before, key), _sums(after, key)
    made = [Shift(id_, name, then[id_][0], now[id_][0], then[id_][1], now[id_][1]) for id_, name in names.items()]
    return tuple(sorted(made, key=lambda one: (one.leads_after - one.leads_before, one.name)))


class _Sums(dict[UUID, tuple[int, int]]):
    def __missing__(self, key: UUID) -> tuple[int, int]:
        return 0, 0


def _sums(one: _Pass, key: str) -> _Sums:
    sums = _Sums()
    for row in one.sales:
        leads, cents = sums[getattr(row, key)]
        sums[getattr(row, key)] = leads + row.leads, cents + int(row.cents)
    return sums


def _half(tell: Tell, number: int, of: int) -> Tell:
    return lambda done, events: tell(number * events + done, of * events)
