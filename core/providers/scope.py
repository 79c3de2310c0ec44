"""Whose rows an actor may touch: asked first by every verb of this chapter (SPEC 1.6)."""

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.kit.actor import Actor, Role
from core.kit.alone import rows_alone
from core.providers.errors import ProviderNotActive, ProviderNotFound, SubscriptionNotFound
from core.providers.models import Provider, Subscription

_STATUS = text("select status from provider where id = :id")


def provider_of(actor: Actor, provider_id: UUID | None, *staff: Role) -> UUID:
    """The provider a verb works on: a provider's user has only their own, the named staff roles any.

    Raises ``ProviderNotFound`` for another tenant's id, ``Forbidden`` for any other role.
    """
    if actor.role == "provider":
        own = actor.require_provider()
        if provider_id not in (None, own):
            raise ProviderNotFound
        return own
    actor.require(*staff)
    if provider_id is None:
        raise ProviderNotFound
    return provider_id


def lock_provider(session: Session, provider_id: UUID) -> Provider:
    """The provider's row, held until the transaction ends."""
    query = (
        select(Provider)
        .where(Provider.id == provider_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    provider = session.scalar(query)
    if provider is None:
        raise ProviderNotFound
    return provider


def lock_subscription(session: Session, actor: Actor, subscription_id: UUID) -> Subscription:
    """A live subscription of the actor's own provider (any one's for an admin), held until the transaction ends."""
    query = select(Subscription).where(Subscription.id == subscription_id, Subscription.ended_at.is_(None))
    if actor.role == "provider":
        query = query.where(Subscription.provider_id == actor.require_provider())
    else:
        actor.require("admin")
    query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    subscription = session.scalar(query)
    if subscription is None:
        raise SubscriptionNotFound
    return subscription


def require_active(session: Session, provider_id: UUID) -> None:
    """Raise ``ProviderNotActive`` unless the provider is active (SPEC 1.3)."""
    found = rows_alone(session, _STATUS, {"id": provider_id})
    if not found:
        raise ProviderNotFound
    if found[0].status != "active":
        raise ProviderNotActive(found[0].status)
