"""What a provider sees before choosing: a niche's levels in order, and its own subscriptions (SPEC 4.2)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import niches
from core.kit.actor import Actor
from core.kit.db import Json
from core.kit.tenant import house
from core.providers.errors import SubscriptionNotFound
from core.providers.scope import provider_of, require_active


@dataclass(frozen=True, slots=True)
class Rung:
    """One level of a niche: what it costs, how many share a lead, and where the asker stands on it."""

    level_id: UUID
    name: str
    description: str
    position: int
    price_cents: int
    next_price_cents: int | None  # an announced rise, from next_price_at on
    next_price_at: datetime | None
    max_recipients: int
    exclusive: bool
    subscribers: int  # active ones, the asker included
    most_buyers: int  # of a lead sold at this level, over all levels and channels
    subscription_id: UUID | None
    status: str | None
    inactive_reason: str | None


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """A subscription with the names and figures a page shows beside it."""

    id: UUID
    provider_id: UUID
    company_name: str
    level_id: UUID
    level_name: str
    niche_id: UUID
    niche_name: str
    price_cents: int
    max_recipients: int
    exclusive: bool
    status: str
    inactive_reason: str | None
    filter_rules: Json
    filter_valid: bool
    filter_version: int
    cap_leads_day: int | None
    cap_leads_week: int | None
    cap_leads_month: int | None
    cap_spend_day_cents: int | None
    cap_spend_week_cents: int | None
    cap_spend_month_cents: int | None
    delivery_hours: Json | None
    last_received_at: datetime | None
    created_at: datetime
    ended_at: datetime | None


SELECT = """select s.id, s.provider_id, p.company_name, s.level_id, l.name as level_name, s.niche_id, n.name as niche_name,
       l.price_cents, l.max_recipients, l.exclusive, s.status, s.inactive_reason, s.filter_rules, s.filter_valid,
       s.filter_version, s.cap_leads_day, s.cap_leads_week, s.cap_leads_month, s.cap_spend_day_cents,
       s.cap_spend_week_cents, s.cap_spend_month_cents, s.delivery_hours, s.last_received_at, s.created_at, s.ended_at
  from subscription s join provider p on p.id = s.provider_id
  join competition_level l on l.id = s.level_id join niche n on n.id = s.niche_id """

# How many share a level is counted over everybody.
_LADDER = text("""
    select l.id as level_id, l.name, l.description, l.position, l.price_cents, l.next_price_cents, l.next_price_at,
               l.max_recipients, l.exclusive,
               (select count(*) from subscription s where s.level_id = l.id and s.status = 'active') as subscribers,
               case when l.exclusive then 1 else n.max_providers end as most_buyers,
               own.id as subscription_id, own.status, own.inactive_reason
          from competition_level l join niche n on n.id = l.niche_id
          left join subscription own on own.level_id = l.id and own.provider_id = :viewer and own.ended_at is null
         where l.niche_id = :niche and l.active order by l.position""")


def ladder(session: Session, *, actor: Actor, niche_id: UUID, provider_id: UUID | None = None) -> list[Rung]:
    """The niche's active levels in order, with price, recipients, subscribers and the asker's own state (SPEC 4.2).

    An exclusive level sells a lead once; any other as often as the niche's cap allows over all its levels.
    Staff may look without a provider.
    """
    viewer = provider_of(actor, provider_id) if actor.role == "provider" else _staff_view(actor, provider_id)
    with house(session) as wide:
        rows = wide.execute(_LADDER, {"niche": niche_id, "viewer": viewer}).mappings().all()
    rungs = [Rung(**row) for row in rows]
    if not rungs:
        niches.get_niche(session, niche_id)  # an unknown one is an error, one without levels is not
    return rungs


def subscriptions_of(
    session: Session, *, actor: Actor, provider_id: UUID | None = None, ended: bool = False
) -> list[SubscriptionView]:
    """A provider's subscriptions by niche and level; those it left too when ``ended``."""
    owner = provider_of(actor, provider_id, "admin", "analyst")
    live = "" if ended else "and s.ended_at is null"
    rows = session.execute(
        text(f"{SELECT} where s.provider_id = :owner {live} order by n.name, l.position, s.id"),
        {"owner": owner},
    )
    return [SubscriptionView(**row) for row in rows.mappings()]


def get_subscription(session: Session, *, actor: Actor, subscription_id: UUID) -> SubscriptionView:
    """One subscription; another provider's does not exist for a provider."""
    owner = _owner(actor)
    row = (
        session.execute(
            text(f"{SELECT} where s.id = :id and (cast(:owner as uuid) is null or s.provider_id = :owner)"),
            {"id": subscription_id, "owner": owner},
        )
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise SubscriptionNotFound
    return SubscriptionView(**row)


def subscription_to_explain(session: Session, *, actor: Actor, subscription_id: UUID) -> SubscriptionView:
    """``get_subscription`` for who asks about the niche's leads, which a company may only while it is active (SPEC 1.3)."""
    view = get_subscription(session, actor=actor, subscription_id=subscription_id)
    if actor.role == "provider":
        require_active(session, view.provider_id)
    return view


def list_subscriptions(
    session: Session,
    *,
    actor: Actor,
    niche_id: UUID | None = None,
    provider_id: UUID | None = None,
    status: str | None = None,
    before_id: UUID | None = None,
    limit: int = 50,
) -> list[SubscriptionView]:
    """Every provider's subscriptions, newest first, for staff; page on with the last row's id as ``before_id``."""
    actor.require("admin", "analyst")
    given: dict[str, Any] = {"niche": niche_id, "provider": provider_id, "status": status, "before": before_id}
    rows = session.execute(
        text(
            SELECT
            + """where (cast(:niche as uuid) is null or s.niche_id = :niche)
                and (cast(:provider as uuid) is null or s.provider_id = :provider)
                and (cast(:status as text) is null or s.status = :status)
                and (cast(:before as uuid) is null or s.id < :before)
                order by s.id desc limit :limit"""
        ),
        given | {"limit": limit},
    )
    return [SubscriptionView(**row) for row in rows.mappings()]


def _owner(actor: Actor) -> UUID | None:
    if actor.role == "provider":
        return actor.require_provider()
    actor.require("admin", "analyst")
    return None


def _staff_view(actor: Actor, provider_id: UUID | None) -> UUID | None:
    actor.require("admin", "analyst", "scientist")
    return provider_id
