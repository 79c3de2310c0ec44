"""Reports as lists: a provider's own, and the admins' queue by clock; one statement a page (SPEC 7.3, 7.4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core import ops, providers
from core.kit.actor import Actor
from core.returns.claims import OPEN, REASONS, STATUSES
from core.returns.errors import ClaimInvalid, ClaimNotFound

PAGE, LARGEST_PAGE = 25, 100
WAITING = "open"  # a status that pages ask for: pending or appealed

_COLUMNS = """
select c.id, c.assignment_id, c.lead_id, c.provider_id, c.reason, c.status, c.resolution, c.reported_at, c.due_at, c.escalated_at,
  c.appealed_at, c.decided_at, (select n.name from niche n where n.id = l.niche_id) as niche,
  (select m.timezone from market m where m.id = l.market_id) as timezone,
  (select z.city from market_zip z where z.zip = l.zip) as city, l.zip, a.price_cents, a.assigned_at, a.refunded_at
"""
_FROM = "from claim c join assignment a on a.id = c.assignment_id join lead l on l.id = c.lead_id"
_QUEUE = f"""{_COLUMNS}, p.company_name as company {_FROM} join provider p on p.id = c.provider_id where {{where}}
 order by {{order}} limit :limit"""
_MINE = f"{_COLUMNS} {_FROM} where c.provider_id = :provider and {{where}} order by c.id desc limit :limit"
_STEPS = text("""
select e.claim_id, e.event, e.actor_role, e.words, e.at from claim_event e
 where e.claim_id = any (:ids) and e.event <> 'escalated' order by e.id""")


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One line of the admins' queue."""

    id: UUID
    assignment_id: UUID
    lead_id: UUID
    provider_id: UUID
    reason: str
    status: str
    resolution: str | None
    reported_at: datetime
    due_at: datetime
    escalated_at: datetime | None
    appealed_at: datetime | None
    decided_at: datetime | None
    niche: str
    timezone: str
    city: str | None
    zip: str
    price_cents: int
    assigned_at: datetime
    refunded_at: datetime | None
    company: str


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


def list_claims(
    session: Session,
    *,
    actor: Actor,
    status: str | None = WAITING,
    reason: str | None = None,
    niche_id: UUID | None = None,
    provider_id: UUID | None = None,
    overdue: bool = False,
    after_id: UUID | None = None,
    limit: int = PAGE,
    now: datetime,
) -> list[ClaimRow]:
    """Reports for staff. ``open`` ones (waiting for an answer) by clock, most urgent first; others newest first.

    ``after_id`` is the last row of the page before. Raises ``ClaimInvalid`` for an unknown status or reason.
    """
    actor.require("admin", "analyst")
    waiting = status in (WAITING, *OPEN)
    wanted: dict[str, Any] = {
        _status(status): None,
        "c.reason = :reason": _known("reason", reason, REASONS),
        "l.niche_id = :niche": niche_id,
        "c.provider_id = :provider": provider_id,
        "c.due_at <= :now": now if overdue else None,
        "(c.due_at, c.id) > (select b.due_at, b.id from claim b where b.id = :after)": after_id if waiting else None,
        "c.id < :after": None if waiting else after_id,
    }
    used = [sql for sql, value in wanted.items() if value is not None or sql == _status(status)]
    values = {"reason": reason, "niche": niche_id, "provider": provider_id, "now": now, "after": after_id}
    query = _QUEUE.format(where=" and ".join(used), order="c.due_at, c.id" if waiting else "c.id desc")
    rows = session.execute(text(query), values | {"limit": max(1, min(limit, LARGEST_PAGE))})
    return [ClaimRow(*row) for row in rows]


def own_claims(
    session: Session, *, actor: Actor, status: str | None = None, before_id: UUID | None = None, limit: int = PAGE, now: datetime
) -> list[OwnClaim]:
    """The actor's own company's reports, newest first; ``before_id`` is the last row of the page before (SPEC 7.3)."""
    provider_id = actor.require_provider()
    providers.require_active(session, provider_id)
    where = _status(status) + (" and c.id < :before" if before_id else "")
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


def _status(status: str | None) -> str:
    """The condition for a status, of constants only."""
    if status is None:
        return "true"
    if status == WAITING:
        return "c.status in ('pending', 'appealed')"
    return f"c.status = '{_known('status', status, STATUSES)}'"


def _known(field: str, value: str | None, values: tuple[str, ...]) -> str | None:
    if value is not None and value not in values:
        raise ClaimInvalid(field, f"Choose one of: {', '.join(values)}.")
    return value
