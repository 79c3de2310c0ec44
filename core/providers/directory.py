"""Providers as staff list them, and one provider as staff and its own users read it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.providers.errors import ProviderNotFound
from core.providers.scope import provider_of


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """One line of the list of providers."""

    id: UUID
    company_name: str
    status: str
    status_reason: str | None
    profile_completed_at: datetime | None
    owner_name: str | None
    owner_email: str | None
    email_verified: bool
    balance_cents: int
    live_subscriptions: int
    active_subscriptions: int
    last_lead_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ProviderView(ProviderRow):
    """One provider whole: the line above, the profile, and what it said it is interested in."""

    phone: str | None
    website: str | None
    about: str
    activated_at: datetime | None
    niche_ids: list[UUID]
    market_ids: list[UUID]


ROW = """select p.id, p.company_name, p.status, p.status_reason, p.profile_completed_at, p.created_at,
       owner.full_name as owner_name, owner.email as owner_email,
       coalesce(owner.email_verified_at is not null, false) as email_verified,
       coalesce(w.balance_cents, 0) as balance_cents, s.live_subscriptions, s.active_subscriptions, s.last_lead_at"""
PROFILE = """, p.phone, p.website, p.about, p.activated_at,
       array(select distinct niche_id from provider_interest i where i.provider_id = p.id) as niche_ids,
       array(select distinct market_id from provider_interest i where i.provider_id = p.id) as market_ids"""
FROM = """
  from provider p left join wallet w on w.provider_id = p.id
  left join lateral (select full_name, email, email_verified_at from user_account u
                      where u.provider_id = p.id and u.owner order by u.created_at, u.id limit 1) owner on true
  cross join lateral (select count(*) filter (where ended_at is null) as live_subscriptions,
                             count(*) filter (where status = 'active') as active_subscriptions,
                             max(last_received_at) as last_lead_at
                        from subscription where provider_id = p.id) s """


def list_providers(
    session: Session,
    *,
    actor: Actor,
    search: str | None = None,
    status: str | None = None,
    before_id: UUID | None = None,
    limit: int = 50,
) -> list[ProviderRow]:
    """Providers newest first, by a part of the company's name or the owner's e-mail, and by status.

    ``limit`` rows at most; the next page starts with the last row's id as ``before_id``.
    """
    actor.require("admin", "analyst")
    pattern = like_pattern(search)
    rows = session.execute(
        text(
            ROW
            + FROM
            + """where (cast(:pattern as text) is null or p.company_name ilike :pattern
                   or exists (select from user_account u where u.provider_id = p.id and u.email ilike :pattern))
                and (cast(:status as text) is null or p.status = :status)
                and (cast(:before as uuid) is null or p.id < :before)
                order by p.id desc limit :limit"""
        ),
        {"pattern": pattern, "status": status, "before": before_id, "limit": limit},
    )
    return [ProviderRow(**row) for row in rows.mappings()]


def get_provider(session: Session, *, actor: Actor, provider_id: UUID | None = None, now: datetime) -> ProviderView:
    """One provider: any one for an admin or analyst, which is recorded, only their own for a provider's user."""
    wanted = provider_of(actor, provider_id, "admin", "analyst")
    row = session.execute(text(ROW + PROFILE + FROM + "where p.id = :id"), {"id": wanted}).mappings().one_or_none()
    if row is None:
        raise ProviderNotFound
    audit.record_reading(session, actor, "a company", entity_id=wanted, now=now)
    return ProviderView(**row)


def like_pattern(search: str | None) -> str | None:
    """A pattern that finds the text anywhere, its own % and _ meaning themselves; ``None`` for nothing to look for."""
    plain = (search or "").strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%" if plain else None
