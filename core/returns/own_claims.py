"""A company's own reports: where each stands, what was answered, what can still be done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core import ops, providers
from core.kit.actor import Actor
from core.returns.errors import ClaimNotFound
from core.returns.queries import COLUMNS, FROM, LARGEST_PAGE, PAGE, status_in_sql

_MINE = f"{COLUMNS} {FROM} where c.provider_id = :provider and {{where}} order by c.id desc limit :limit"
_STEPS = text("""
select e.claim_id, e.event, e.actor_role, e.words, e.at from claim_event e
 where e.claim_id = any (:ids) and e.event <> 'escalated' order by e.id""")


@dataclass(frozen=True, slots=True)
class OwnStep:
    """One step of a provider's own report; ``by_us``: the exchange's answer, not the company's own words."""

    event: str
    by_us: bool
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OwnClaim:
    """A provider's own report: where it stands, what was answered, and what can still be done."""

    id: UUID
    assignment_id: UUID
    reason: str
    status: str
    resolution: str | None
    reported_at: datetime
    due_at: datetime
    appealed_at: datetime | None
    decided_at: datetime | None
    niche: str
    timezone: str
    city: str | None
    zip: str
    price_cents: int
    assigned_at: datetime
    refunded_at: datetime | None
    steps: tuple[OwnStep, ...]
    appeal_until: datetime | None

    @property
    def may_withdraw(self) -> bool:
        """True while nobody has answered."""
        return self.status == "pending"


_OWN_COLUMNS = tuple(name for name in OwnClaim.__dataclass_fields__ if name not in ("steps", "appeal_until"))


def own_claims(
    session: Session, *, actor: Actor, status: str | None = None, before_id: UUID | None = None, limit: int = PAGE, now: datetime
) -> list[OwnClaim]:
    """The actor's own company's reports, newest first; ``before_id`` is the last row of the page before (SPEC 7.3)."""
    provider_id = actor.require_provider()
    providers.require_active(session, provider_id)
    where = status_in_sql(status) + (" and c.id < :before" if before_id else "")
    values = {"provider": provider_id, "before": before_id, "limit": max(1, min(limit, LARGEST_PAGE))}
    rows = session.execute(text(_MINE.format(where=where)), values).all()
    return _with_steps(session, rows, now)


def own_claim(session: Session, *, actor: Actor, claim_id: UUID, now: datetime) -> OwnClaim:
    """One of the company's own reports; raises ``ClaimNotFound`` for every other one."""
    found = _own_one(session, actor, "c.id = :id", claim_id, now)
    if found is None:
        raise ClaimNotFound
    return found


def own_claim_on(session: Session, *, actor: Actor, assignment_id: UUID, now: datetime) -> OwnClaim | None:
    """The company's own report of one of its leads, ``None`` when it was not reported."""
    return _own_one(session, actor, "c.assignment_id = :id", assignment_id, now)


def _own_one(session: Session, actor: Actor, where: str, wanted: UUID, now: datetime) -> OwnClaim | None:
    provider_id = actor.require_provider()
    providers.require_active(session, provider_id)
    values = {"provider": provider_id, "id": wanted, "limit": 1}
    found = _with_steps(session, session.execute(text(_MINE.format(where=where)), values).all(), now)
    return found[0] if found else None


def _with_steps(session: Session, rows: list[Row[Any]] | Any, now: datetime) -> list[OwnClaim]:
    steps: dict[UUID, list[OwnStep]] = {row.id: [] for row in rows}
    for step in session.execute(_STEPS, {"ids": list(steps)}):
        steps[step.claim_id].append(OwnStep(step.event, step.actor_role in ("admin", "system"), step.words, step.at))
    days = timedelta(days=ops.threshold(session, "claim_appeal_days"))
    return [
        OwnClaim(
            **{name: getattr(row, name) for name in _OWN_COLUMNS},
            steps=tuple(steps[row.id]),
            appeal_until=_appeal_until(row, days, now),
        )
        for row in rows
    ]


def _appeal_until(row: Any, days: timedelta, now: datetime) -> datetime | None:
    """Until when a rejection can still be appealed; ``None`` when it can't."""
    if row.status != "rejected" or row.appealed_at is not None or row.refunded_at is not None:
        return None
    until: datetime = row.decided_at + days
    return until if now <= until else None
