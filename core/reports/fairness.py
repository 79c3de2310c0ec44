"""How evenly leads are shared, level by level, and who goes without (SPEC 5.7)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, ops
from core.kit.actor import Actor
from core.kit.replica import may_be_old
from core.reports.kept import Reported, kept
from core.reports.scope import Scope


@dataclass(frozen=True, slots=True)
class LevelShares:
    """One active level: its running subscriptions, what they received, Jain's index (1: all the same; 1/n: one got all)."""

    level_id: UUID
    level: str
    niche_id: UUID
    niche: str
    subscriptions: int
    received: int
    jain: float | None
    least: int
    most: int
    starving: int


@dataclass(frozen=True, slots=True)
class Starving:
    """A running subscription that received nothing for the threshold ``starvation_days``."""

    subscription_id: UUID
    provider_id: UUID
    company: str
    niche: str
    level: str
    last_received_at: datetime | None
    waiting_since: datetime


@dataclass(frozen=True, slots=True)
class Fairness:
    """Every active level of the scope's niches; all markets together, since a level is sold in all of them."""

    levels: tuple[LevelShares, ...]
    starving_days: int


_SHARES = text("""
    with share as (
      select s.level_id, coalesce(sum(u.leads), 0) as received, greatest(s.last_received_at, s.created_at) < :starving as starving
        from subscription s left join subscription_usage u on u.subscription_id = s.id and u.day between :since and :until
       where s.status = 'active' and (cast(:niche as uuid) is null or s.niche_id = :niche) group by s.id)
    select l.id, l.name, n.id, n.name, count(share.level_id), coalesce(sum(received), 0)::bigint,
           (sum(received) ^ 2 / nullif(count(*) * sum(received ^ 2), 0))::float8, coalesce(min(received), 0)::bigint,
           coalesce(max(received), 0)::bigint, count(*) filter (where starving)
      from competition_level l join niche n on n.id = l.niche_id left join share on share.level_id = l.id
     where l.active and (cast(:niche as uuid) is null or n.id = :niche)
     group by l.id, n.id order by n.name, l.position""")
_STARVING = text("""
    select s.id, p.id, p.company_name, n.name, l.name, s.last_received_at, greatest(s.last_received_at, s.created_at) as since
      from subscription s join provider p on p.id = s.provider_id join niche n on n.id = s.niche_id
      join competition_level l on l.id = s.level_id and l.active
     where s.status = 'active' and greatest(s.last_received_at, s.created_at) < :starving
       and (cast(:niche as uuid) is null or s.niche_id = :niche)
     order by since, s.id limit :limit""")


@may_be_old
def fairness(session: Session, *, actor: Actor, scope: Scope, now: datetime, refresh: bool = False) -> Reported[Fairness]:
    """Shares, Jain's index and starvation per level over the scope's days (SPEC 5.7, 12.1)."""
    actor.require("admin", "analyst")
    return kept(Fairness, f"fairness:{scope.key}", lambda: _fairness(session, scope, now), now=now, refresh=refresh)


@may_be_old
def starvation(
    session: Session, *, actor: Actor, niche_id: UUID | None = None, limit: int = 200, now: datetime
) -> list[Starving]:
    """Running subscriptions that go without, the longest waiting first; at most 500 (SPEC 5.7). Who reads it is recorded."""
    actor.require("admin", "analyst")
    audit.record_reading(session, actor, "companies that go without", now=now)
    since = now - timedelta(days=ops.threshold(session, "starvation_days"))
    rows = session.execute(_STARVING, {"starving": since, "niche": niche_id, "limit": max(1, min(limit, 500))})
    return [Starving(*row) for row in rows]


def _fairness(session: Session, scope: Scope, now: datetime) -> Fairness:
    days = ops.threshold(session, "starvation_days")
    rows = session.execute(_SHARES, scope.values | {"starving": now - timedelta(days=days)})
    return Fairness(tuple(LevelShares(*row) for row in rows), days)
