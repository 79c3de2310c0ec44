"""The book of fairness as people read it: expected against received, by level over time and by subscription (SPEC 5.7)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import providers
from core.distribution.fairness import jain
from core.kit.actor import Actor

MOST_DAYS = 365


@dataclass(frozen=True, slots=True)
class FairShare:
    """One subscription over the period, in leads: what it was due and got, and what it was not due and why.

    ``deficit`` is of all time: what it was due and made good, less what it got and kept; negative: more than its due.
    ``since``: the first day in the book of its own; leads of before, such as the demo's history, are in none of the figures.
    """

    subscription_id: UUID
    provider_id: UUID
    company: str
    status: str
    expected: float
    received: int
    newcomer: float
    refunded: int
    capped: float
    paused: float
    unfunded: float
    own_choice: float
    stopped: float
    deficit: float
    since: date | None


@dataclass(frozen=True, slots=True)
class FairDay:
    """A level at the end of a day: Jain's index of received to expected since the period began, the largest deficit of
    all time, and the niche's runs that failed that day and owed nobody anything."""

    day: date
    jain: float | None
    worst_deficit: float
    failed_runs: int


@dataclass(frozen=True, slots=True)
class LevelBook:
    """One level: whose turn it is by (``rotation``), its days, and its subscriptions, the largest deficit first."""

    level_id: UUID
    level: str
    rotation: str
    days: tuple[FairDay, ...]
    shares: tuple[FairShare, ...]


# What is paid back makes good what the book has as received, and nothing else.
BOOKED = "exists (select from distribution_traced b where b.run_id = a.run_id)"
_SUMS = f"""
    select s.id as subscription_id, s.provider_id, p.company_name as company, s.status, s.level_id,
           coalesce(sum(e.amount) filter (where e.kind = 'expected' and e.day >= :since), 0)::float8 as expected,
           coalesce(sum(e.leads) filter (where e.kind = 'received' and e.day >= :since), 0)::integer as received,
           coalesce(sum(e.amount) filter (where e.kind = 'newcomer' and e.day >= :since), 0)::float8 as newcomer,
           (select count(*) from assignment a where a.provider_id = s.provider_id and a.subscription_id = s.id
               and a.refunded_at >= :since and {BOOKED})::integer as refunded,
           coalesce(sum(e.amount) filter (where e.kind = 'capped' and e.day >= :since), 0)::float8 as capped,
           coalesce(sum(e.amount) filter (where e.kind = 'paused' and e.day >= :since), 0)::float8 as paused,
           coalesce(sum(e.amount) filter (where e.kind = 'unfunded' and e.day >= :since), 0)::float8 as unfunded,
           coalesce(sum(e.amount) filter (where e.kind = 'own_choice' and e.day >= :since), 0)::float8 as own_choice,
           coalesce(sum(e.amount) filter (where e.kind = 'stopped' and e.day >= :since), 0)::float8 as stopped,
           (coalesce(sum(case when e.kind in ('expected', 'newcomer') then e.amount when e.kind = 'received' then -e.amount end),
                     0)
            + (select count(*) from assignment a where a.provider_id = s.provider_id and a.subscription_id = s.id
                  and a.refunded_at is not null and {BOOKED}))::float8 as deficit,
           min(e.day) as since
      from subscription s join provider p on p.id = s.provider_id left join fairness_entry e on e.subscription_id = s.id
     where s."""  # noqa: S608 -- constants
_OF_NICHE = text(_SUMS + "niche_id = :niche and s.ended_at is null group by s.id, p.id order by deficit desc, s.id")
_ONE = text(_SUMS + "id = :subscription group by s.id, p.id")
_DAYS = text("""
    select e.level_id, e.subscription_id, e.day, sum(case when e.kind = 'expected' then e.amount else 0 end)::float8 as expected,
           sum(case when e.kind = 'newcomer' then e.amount else 0 end)::float8 as newcomer,
           sum(case when e.kind = 'received' then e.amount else 0 end)::float8 as received
      from fairness_entry e join competition_level l on l.id = e.level_id
     where l.niche_id = :niche and e.kind in ('expected', 'newcomer', 'received')
     group by e.level_id, e.subscription_id, e.day order by e.level_id, e.day""")
_REFUNDS = text(f"""
    select a.level_id, a.subscription_id, (a.refunded_at at time zone 'UTC')::date as day, count(*)::integer as leads
      from assignment a join competition_level l on l.id = a.level_id
     where l.niche_id = :niche and a.refunded_at is not null and a.subscription_id is not null and {BOOKED}
     group by 1, 2, 3""")  # noqa: S608 -- constants
_FAILED = text("""
    select (finished_at at time zone 'UTC')::date as day, count(*)::integer as runs from distribution_run
     where niche_id = :niche and state = 'failed' and finished_at >= :since and error not like 'lead\\_%' group by 1""")
_LEVELS = text("select id, name, rotation from competition_level where niche_id = :niche and active order by position")


def fairness_book(session: Session, *, actor: Actor, niche_id: UUID, days: int = 30, now: datetime) -> list[LevelBook]:
    """The active levels of a niche in order, over the last ``days`` days of UTC (at most 365), for staff (SPEC 5.7)."""
    actor.require("admin", "analyst")
    since = _first(days, now)
    named = {"niche": niche_id, "since": since}
    shares = defaultdict(list)
    for row in session.execute(_OF_NICHE, named):
        shares[row.level_id].append(_share(row))
    daily = _daily(session, niche_id, since)
    return [
        LevelBook(level.id, level.name, level.rotation, tuple(daily[level.id]), tuple(shares[level.id]))
        for level in session.execute(_LEVELS, named).all()
    ]


def own_fair_share(session: Session, *, actor: Actor, subscription_id: UUID, days: int = 30, now: datetime) -> FairShare:
    """One subscription's own line, for its company and for staff; raises ``SubscriptionNotFound`` for anybody else's."""
    view = providers.get_subscription(session, actor=actor, subscription_id=subscription_id)
    return _share(session.execute(_ONE, {"subscription": view.id, "since": _first(days, now)}).one())


def _first(days: int, now: datetime) -> date:
    return now.astimezone(UTC).date() - timedelta(days=min(max(days, 1), MOST_DAYS) - 1)


def _share(row: Any) -> FairShare:
    return FairShare(**{name: getattr(row, name) for name in FairShare.__slots__})


def _daily(session: Session, niche_id: UUID, since: date) -> dict[UUID, list[FairDay]]:
    """Each level's days, walked once from the first entry there is, since deficits are of all time."""
    named = {"niche": niche_id, "since": since}
    refunds = {(row.level_id, row.subscription_id, row.day): row.leads for row in session.execute(_REFUNDS, named)}
    failed = {row.day: row.runs for row in session.execute(_FAILED, named)}
    told: dict[UUID, list[FairDay]] = defaultdict(list)
    for level_id, rows in groupby(session.execute(_DAYS, named).all(), key=lambda row: row.level_id):
        book = _Book()
        for day, entries in groupby(rows, key=lambda row: row.day):
            for entry in entries:
                paid_back = refunds.get((level_id, entry.subscription_id, day), 0)
                book.post(entry, paid_back, counted=day >= since)
            if day >= since:
                told[level_id].append(FairDay(day, book.jain(), book.worst(), failed.get(day, 0)))
    return told


class _Book:
    """One level's running figures."""

    def __init__(self) -> None:
        self.deficit: dict[UUID, float] = defaultdict(float)
        self.due: dict[UUID, float] = defaultdict(float)
        self.got: dict[UUID, float] = defaultdict(float)

    def post(self, entry: Any, paid_back: int, *, counted: bool) -> None:
        self.deficit[entry.subscription_id] += entry.expected + entry.newcomer - entry.received + paid_back
        if counted:
            self.due[entry.subscription_id] += entry.expected + entry.newcomer
            self.got[entry.subscription_id] += entry.received - paid_back

    def jain(self) -> float | None:
        return jain([self.got[one] / due for one, due in self.due.items() if due > 0])

    def worst(self) -> float:
        return max(self.deficit.values(), default=0.0)
