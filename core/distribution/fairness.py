"""How fairly a niche's leads are shared, measured (SPEC 5.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ops
from core.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class Share:
    """One active subscription: leads received, its share of the level's and the fair share, both 0..1."""

    subscription_id: UUID
    provider_id: UUID
    company: str
    received: int
    share: float
    fair_share: float
    last_received_at: datetime | None
    starving: bool


@dataclass(frozen=True, slots=True)
class LevelFairness:
    """One level over the period: Jain's index is 1 when all got the same and 1/n when one got everything."""

    level_id: UUID
    level: str
    received: int
    jain: float | None
    shares: tuple[Share, ...]

    @property
    def starving(self) -> tuple[Share, ...]:
        """Active subscriptions that got nothing for the threshold ``starvation_days``, the longest waiting first."""
        return tuple(share for share in self.shares if share.starving)


_SHARES = text("""
    select l.id as level_id, l.name as level, s.id as subscription_id, s.provider_id, p.company_name as company,
           s.last_received_at, greatest(s.last_received_at, s.created_at) < :starving_since as starving,
           (select count(*) from assignment a where a.provider_id = s.provider_id and a.subscription_id = s.id
               and a.channel = 'distribution' and a.assigned_at between :since and :now) as received
      from competition_level l
      left join (subscription s join provider p on p.id = s.provider_id) on s.level_id = l.id and s.status = 'active'
     where l.niche_id = :niche and l.active
     order by l.position, s.last_received_at nulls first, s.provider_id""")


def fairness(session: Session, *, actor: Actor, niche_id: UUID, now: datetime, days: int = 30) -> list[LevelFairness]:
    """The shares of a niche's active levels over the last ``days``, in the levels' order, for staff (SPEC 5.7)."""
    actor.require("admin", "analyst")
    starving_since = now - timedelta(days=ops.threshold(session, "starvation_days"))
    rows = session.execute(
        _SHARES, {"niche": niche_id, "now": now, "since": now - timedelta(days=days), "starving_since": starving_since}
    ).all()
    levels = dict.fromkeys((row.level_id, row.level) for row in rows)
    return [_level(id_, name, [row for row in rows if row.level_id == id_ and row.subscription_id]) for id_, name in levels]


def jain(received: Sequence[float]) -> float | None:
    """Jain's fairness index, (sum x)^2 / (n * sum x^2); ``None`` when nobody got anything."""
    squares = sum(x * x for x in received)
    return sum(received) ** 2 / (len(received) * squares) if squares else None


def _level(level_id: UUID, name: str, rows: list[Any]) -> LevelFairness:
    total = sum(row.received for row in rows)
    shares = tuple(
        Share(
            subscription_id=row.subscription_id,
            provider_id=row.provider_id,
            company=row.company,
            received=row.received,
            share=row.received / total if total else 0.0,
            fair_share=1 / len(rows),
            last_received_at=row.last_received_at,
            starving=row.starving,
        )
        for row in rows
    )
    return LevelFairness(level_id, name, total, jain([share.received for share in shares]), shares)
