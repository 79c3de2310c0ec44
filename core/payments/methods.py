"""The saved card of a provider: kept at the gateway, named here (SPEC 6.4)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.payments.errors import NoSavedMethod
from core.payments.models import PaymentMethod


@dataclass(frozen=True, slots=True)
class Card:
    """A card as its gateway tells of it; ``expires`` is ``YYYY-MM``."""

    customer_ref: str
    method_ref: str
    brand: str
    last4: str
    expires: str


def save_method(session: Session, *, actor: Actor, provider_id: UUID, card: Card, now: datetime) -> PaymentMethod:
    """Keep a card for automatic top-ups; it takes the place of the one before (SPEC 6.4). The system's own step."""
    actor.require()
    live = _live(session, provider_id)
    if live is not None and live.method_ref == card.method_ref:
        return live
    if live is not None:
        live.removed_at = now
        session.flush()
    method = PaymentMethod(
        id=uuid7(),
        provider_id=provider_id,
        gateway="stripe",
        customer_ref=card.customer_ref,
        method_ref=card.method_ref,
        brand=card.brand,
        last4=card.last4,
        expires=card.expires,
        created_at=now,
    )
    session.add(method)
    session.flush()
    _record(session, actor, "payment_method.saved", method, now)
    return method


def method_of(session: Session, *, actor: Actor, provider_id: UUID) -> PaymentMethod | None:
    """The saved card of a provider, if there is one: their own for its users, anyone's for staff."""
    if actor.role == "provider":
        provider_id = actor.require_provider()
    else:
        actor.require("admin", "analyst")
    return _live(session, provider_id)


def forget_card(session: Session, *, actor: Actor, provider_id: UUID, now: datetime) -> None:
    """Charge the saved card no more; ``top_up.remove_method`` also ends what depends on it. Raises ``NoSavedMethod``."""
    method = _live(session, provider_id)
    if method is None:
        raise NoSavedMethod("payment_method.none", "There is no saved card.")
    method.removed_at = now
    session.flush()
    _record(session, actor, "payment_method.removed", method, now)


def _live(session: Session, provider_id: UUID) -> PaymentMethod | None:
    return session.scalar(
        select(PaymentMethod).where(PaymentMethod.provider_id == provider_id, PaymentMethod.removed_at.is_(None))
    )


def _record(session: Session, actor: Actor, action: str, method: PaymentMethod, now: datetime) -> None:
    after = {"provider_id": str(method.provider_id), "brand": method.brand, "last4": method.last4}
    audit.record(session, actor, action, entity_type="payment_method", entity_id=method.id, now=now, after=after)
