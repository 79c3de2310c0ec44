"""Every policy with whether it decides anything now, for those who keep them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor

State = Literal["to come", "in force", "over"]

_ALL = text("""
    select p.id, p.rule, p.state, p.niche_id, n.name as niche, p.value, p.effective_from, p.ground, u.full_name as decided_by,
           p.decided_at,
           case when p.effective_from > :now then 'to come'
                when exists (select from policy later where later.rule = p.rule and later.state is not distinct from p.state
                               and later.niche_id is not distinct from p.niche_id and later.effective_from <= :now
                               and (later.effective_from, later.id) > (p.effective_from, p.id)) then 'over'
                else 'in force' end as standing
      from policy p left join niche n on n.id = p.niche_id left join user_account u on u.id = p.decided_by
     where (cast(:rule as text) is null or p.rule = :rule)
     order by p.effective_from desc, p.id desc limit :limit""")


@dataclass(frozen=True, slots=True)
class PolicyView:
    """One policy; ``over`` means that a later one for the same places took its place."""

    id: UUID
    rule: str
    state: str | None
    niche_id: UUID | None
    niche: str | None
    value: int | None
    effective_from: datetime
    ground: str
    decided_by: str | None
    decided_at: datetime
    standing: State


def policies(session: Session, *, actor: Actor, rule: str | None = None, limit: int = 200, now: datetime) -> list[PolicyView]:
    """Policies by the day they begin, the latest first."""
    actor.require("admin", "analyst")
    rows = session.execute(_ALL, {"rule": rule, "limit": min(max(limit, 1), 1000), "now": now})
    return [PolicyView(**row._mapping) for row in rows]
