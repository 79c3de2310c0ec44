"""Subscribe to a competition level, pause, resume, leave (SPEC 4.2)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, exc, func, select, text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.kit.db import constraint_of
from core.kit.errors import Conflict
from core.kit.ids import uuid7
from core.niches import CompetitionLevel, LevelNotFound
from core.providers.errors import AlreadySubscribed, LevelNotOffered, SubscriptionNotFound
from core.providers.models import Subscription
from core.providers.scope import lock_subscription, provider_of, require_active


class NotPaused(Conflict):
    """Only a paused subscription can be resumed."""


class PausedAlready(Conflict):
    """The subscription is paused already."""


def subscribe(session: Session, *, actor: Actor, level_id: UUID, provider_id: UUID | None = None, now: datetime) -> Subscription:
    """Join a level: active at once, or inactive until the wallet can pay one lead (SPEC 4.2).

    Once per level. Who left and comes back keeps their place in the line.
    """
    buyer = provider_of(actor, provider_id, "admin")
    require_active(session, buyer)
    level = _offered(session, level_id)
    obstacle = _obstacle(session, buyer, level_id)
    served = select(func.max(Subscription.last_received_at)).where(
        Subscription.provider_id == buyer, Subscription.level_id == level_id
    )
    subscription = Subscription(
        id=uuid7(),
        provider_id=buyer,
        level_id=level_id,
        niche_id=level.niche_id,
        status="inactive" if obstacle else "active",
        inactive_reason=obstacle,
        last_received_at=session.scalar(served),
        created_at=now,
        updated_at=now,
    )
    try:
        with session.begin_nested():
            session.add(subscription)
    except exc.IntegrityError as error:
        if constraint_of(error) == "subscription_one_live":
            raise AlreadySubscribed from error
        raise
    _record(session, actor, subscription, "subscription.created", None, now)
    return subscription


def unsubscribe(session: Session, *, actor: Actor, subscription_id: UUID, now: datetime) -> Subscription:
    """Leave a level; the row stays for its history (SPEC 4.2)."""
    subscription = lock_subscription(session, actor, subscription_id)
    before = _standing(subscription)
    subscription.ended_at = now
    _change(session, actor, subscription, "ended", None, "subscription.ended", before, now)
    return subscription


def pause(session: Session, *, actor: Actor, subscription_id: UUID, now: datetime) -> Subscription:
    """Stop receiving until ``resume``; balance and level changes leave a paused one alone (SPEC 4.2)."""
    subscription = lock_subscription(session, actor, subscription_id)
    if subscription.status == "paused":
        raise PausedAlready("subscription.paused", "This subscription is paused already.")
    _change(session, actor, subscription, "paused", None, "subscription.paused", _standing(subscription), now)
    return subscription


def resume(session: Session, *, actor: Actor, subscription_id: UUID, now: datetime) -> Subscription:
    """End a pause: active, or inactive when the wallet can't pay one lead (SPEC 4.2)."""
    # Wallet before subscription: the order in which everybody locks.
    ids = _ids(session, actor, subscription_id)
    require_active(session, ids.provider_id)
    _offered(session, ids.level_id)
    obstacle = _obstacle(session, ids.provider_id, ids.level_id)
    subscription = lock_subscription(session, actor, subscription_id)
    if subscription.status != "paused":
        raise NotPaused("subscription.not_paused", "This subscription is not paused.")
    status = "inactive" if obstacle else "active"
    _change(session, actor, subscription, status, obstacle, "subscription.resumed", _standing(subscription), now)
    return subscription


def _ids(session: Session, actor: Actor, subscription_id: UUID) -> Row[UUID, UUID]:
    query = select(Subscription.provider_id, Subscription.level_id).where(Subscription.id == subscription_id)
    if actor.role == "provider":
        query = query.where(Subscription.provider_id == actor.require_provider())
    else:
        actor.require("admin")
    row = session.execute(query).one_or_none()
    if row is None:
        raise SubscriptionNotFound
    return row


def _offered(session: Session, level_id: UUID) -> CompetitionLevel:
    level = session.get(CompetitionLevel, level_id)
    if level is None:
        raise LevelNotFound
    if not level.active:
        raise LevelNotOffered
    return level


def _obstacle(session: Session, provider_id: UUID, level_id: UUID) -> str | None:
    """What keeps the provider from receiving at the level now; holds the wallet, so that it stays true."""
    # First the lock, then the look: a statement that waits for a lock still sees what was true before it.
    session.execute(text("select from wallet where provider_id = :provider for no key update"), {"provider": provider_id})
    found: str | None = session.scalar(
        text("""select subscription_obstacle(p.status, l.active, w.balance_cents, l.price_cents)
                from wallet w join provider p on p.id = w.provider_id join competition_level l on l.id = :level
                where w.provider_id = :provider"""),
        {"provider": provider_id, "level": level_id},
    )
    return found


def _standing(subscription: Subscription) -> dict[str, str | None]:
    return {"status": subscription.status, "reason": subscription.inactive_reason}


def _change(
    session: Session,
    actor: Actor,
    subscription: Subscription,
    status: str,
    reason: str | None,
    action: str,
    before: dict[str, str | None],
    now: datetime,
) -> None:
    subscription.status, subscription.inactive_reason, subscription.updated_at = status, reason, now
    session.flush()
    _record(session, actor, subscription, action, before, now)


def _record(
    session: Session, actor: Actor, subscription: Subscription, action: str, before: dict[str, str | None] | None, now: datetime
) -> None:
    audit.record(
        session,
        actor,
        action,
        entity_type="subscription",
        entity_id=subscription.id,
        before=before,
        after=_standing(subscription) | {"level_id": str(subscription.level_id)},
        now=now,
    )
