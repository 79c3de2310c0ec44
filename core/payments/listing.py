"""Deposits as their provider and staff see them (SPEC 6.5)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.payments.deposits import pay_url

MOST = 100


@dataclass(frozen=True, slots=True)
class DepositView:
    """One deposit; amounts in cents. ``reversed_cents`` is what the gateway has taken back of it, ``bonus_reversed_cents`` the
    same share of its bonus."""

    id: UUID
    provider_id: UUID
    company_name: str
    gateway: str
    kind: str
    status: str
    amount_cents: int
    bonus_cents: int
    reversed_cents: int
    bonus_reversed_cents: int
    pack_id: UUID | None
    payment_ref: str | None
    failure: str | None
    problem: str | None
    created_at: datetime
    completed_at: datetime | None
    failed_at: datetime | None

    @property
    def pay_url(self) -> str | None:
        """Where it can still be paid, while it waits for a person."""
        return pay_url(self.id) if self.status == "pending" and self.kind == "checkout" else None


_LIST = text("""
    select d.id, d.provider_id, p.company_name, d.gateway, d.kind, d.status, d.amount_cents, d.bonus_cents, d.reversed_cents,
           d.bonus_reversed_cents, d.pack_id, d.payment_ref, d.failure, d.problem, d.created_at, d.completed_at, d.failed_at
      from deposit d join provider p on p.id = d.provider_id
     where (cast(:provider as uuid) is null or d.provider_id = :provider)
       and (cast(:status as text) is null or d.status = :status)
       and d.created_at >= coalesce(cast(:since as timestamptz), '-infinity')
       and d.created_at < coalesce(cast(:until as timestamptz), 'infinity')
       and (cast(:before as uuid) is null or d.id < :before)
     order by d.id desc limit :limit""")


def deposits_of(
    session: Session,
    *,
    actor: Actor,
    provider_id: UUID | None = None,
    status: str | None = None,
    before_id: UUID | None = None,
    limit: int = 25,
) -> list[DepositView]:
    """A provider's deposits, newest first: their own for its users, anyone's for staff (SPEC 6.5)."""
    owner = actor.require_provider() if actor.role == "provider" else provider_id
    if actor.role != "provider":
        actor.require("admin", "analyst")
    if owner is None or (provider_id is not None and provider_id != owner):
        return []
    return _rows(session, provider=owner, status=status, before=before_id, limit=limit)


def all_payments(
    session: Session,
    *,
    actor: Actor,
    status: str | None = None,
    provider_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before_id: UUID | None = None,
    limit: int = 50,
    now: datetime,
) -> list[DepositView]:
    """Every deposit, newest first, by status, provider and date (``until`` exclusive); staff only, and recorded (SPEC 6.5)."""
    actor.require("admin", "analyst")
    audit.record_reading(session, actor, "payments", entity_id=provider_id, now=now)
    return _rows(session, provider=provider_id, status=status, since=since, until=until, before=before_id, limit=limit)


def _rows(
    session: Session,
    *,
    provider: UUID | None,
    status: str | None,
    before: UUID | None,
    limit: int,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[DepositView]:
    named = {"provider": provider, "status": status, "since": since, "until": until, "before": before, "limit": min(limit, MOST)}
    return [DepositView(*row) for row in session.execute(_LIST, named)]
