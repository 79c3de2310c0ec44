"""The inbox of webhooks: verified on the raw body, taken in once, handled later from the row (SPEC 6.2).

``verify`` is called before any transaction is open, ``receive_webhook`` in the route's, ``handle_event`` by the job.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, select, text
from sqlalchemy.orm import Session

from core.kit import crypto, outbox
from core.kit.ids import uuid7
from core.kit.logs import logger
from core.payments import completion, gateways, reversals
from core.payments.deposits import find_and_lock
from core.payments.errors import WebhookForged
from core.payments.gateways import Delivery, Gateway, paypal_events, paypal_signature, stripe_events, stripe_signature
from core.payments.gateways.notices import Notice
from core.payments.models import Deposit, PaymentEvent

PURPOSE = "webhook"
LARGEST_BODY = 256 * 1024
READ: dict[str, Callable[[Mapping[str, Any]], Notice]] = {"stripe": stripe_events.read, "paypal": paypal_events.read}
Outcome = tuple[str, str | None]


@lru_cache(maxsize=1)
def _taking_in(job: str) -> TextClause:
    """One statement and one round trip: the event, and its job unless it was in before."""
    return text(f"""
        with news as (
          insert into payment_event (id, gateway, event_id, event_type, transmission, sealed, received_at)
          values (:id, :gateway, :event_id, :event_type, :transmission, :sealed, :now) on conflict do nothing returning id)
        {job} from news returning id""")  # noqa: S608 -- the outbox's own statement


@dataclass(frozen=True, slots=True)
class Received:
    """The inbox's row of an event, ``None`` when the event was in before."""

    event_row: UUID | None

    @property
    def first(self) -> bool:
        """True for the delivery that brought the event in."""
        return self.event_row is not None


def verify_webhook(gateway: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Delivery:
    """The delivery, once its signature over the raw body is right and fresh (SPEC 6.2).

    May fetch PayPal's certificate, so no transaction may be open. Raises ``WebhookForged``, ``WebhookUnreadable``,
    ``GatewayNotConfigured``, ``GatewayUnreachable``.
    """
    known = gateways.require(gateway)
    if len(body) > LARGEST_BODY:
        raise WebhookForged("webhook.too_large", "No event is that large; nothing was changed.")
    if known == "stripe":
        return stripe_signature.verify(headers.get("Stripe-Signature"), body, now=now)
    return paypal_signature.verify(headers, body, now=now)


def receive_webhook(session: Session, *, delivery: Delivery, now: datetime) -> Received:
    """Take a verified event in, once, and queue its handling in the same statement (SPEC 6.2)."""
    mine = uuid7()
    job = outbox.part("payment.webhook", key=str(mine), now=now, payload={"event": str(mine)}, priority=outbox.WAITED_FOR)
    event = {
        "id": mine,
        "gateway": delivery.gateway,
        "event_id": delivery.event_id[:200],
        "event_type": delivery.event_type[:200],
        "transmission": delivery.transmission,
        "sealed": crypto.seal(delivery.body, purpose=PURPOSE),
        "now": now,
    }
    queued = session.execute(_taking_in(job.sql), event | job.values).scalar_one_or_none()
    if queued is None:
        return Received(None)
    outbox.push_after_commit(session, queued, outbox.WAITED_FOR)
    return Received(mine)


def handle_event(session: Session, *, event_row: UUID, now: datetime) -> str:
    """Do what an event of the inbox says, once, and stamp the row with the outcome; repeated, the first outcome."""
    query = select(PaymentEvent).where(PaymentEvent.id == event_row).with_for_update()
    event = session.scalars(query.execution_options(populate_existing=True)).one()
    if event.outcome is not None:
        return event.outcome
    gateway = gateways.require(event.gateway)
    notice = READ[gateway](json.loads(crypto.unseal(event.sealed or b"", purpose=PURPOSE)))
    deposit, (outcome, detail) = _apply(session, gateway, notice, now)
    event.handled_at, event.outcome, event.detail = now, outcome, detail
    event.deposit_id = deposit.id if deposit else None
    session.flush()
    logger().info("payment.event", gateway=gateway, type=event.event_type, outcome=outcome, event_row=str(event.id))
    return outcome


def _apply(session: Session, gateway: Gateway, notice: Notice, now: datetime) -> tuple[Deposit | None, Outcome]:
    if notice.meaning == "ignored":
        return None, ("ignored", None)
    if notice.payment_ref:
        completion.lock_payment(session, gateway, notice.payment_ref)
    if notice.meaning == "reversal":
        return _reverse(session, gateway, notice, now)
    deposit = find_and_lock(session, gateway, notice)
    if deposit is None:
        return None, ("unknown", "No deposit of ours is meant.")
    if notice.gateway_ref and deposit.gateway_ref is None:
        deposit.gateway_ref = notice.gateway_ref  # told before our own note of it was written
    if notice.meaning == "paid":
        return deposit, completion.complete(session, deposit, notice, now=now)
    if notice.meaning == "failed":
        return deposit, completion.fail(session, deposit, notice, now=now)
    if notice.meaning == "approved":
        return deposit, _ask_for_capture(session, deposit, now)
    return deposit, completion.note_reference(session, deposit, notice, now=now)


def _reverse(session: Session, gateway: Gateway, notice: Notice, now: datetime) -> tuple[Deposit | None, Outcome]:
    if not (notice.reversal_ref and notice.payment_ref and notice.amount_cents and notice.amount_cents > 0):
        return None, ("unknown", "It names no payment or no amount.")
    deposit = reversals.deposit_of(session, gateway, notice.payment_ref)
    if notice.currency != gateways.CURRENCY:
        return deposit, ("mismatch", f"It is in {notice.currency}, not in {gateways.CURRENCY}.")
    reversals.note(session, gateway, notice, now=now)
    if deposit is None:
        return None, ("noted", "Its payment is not known yet; kept until it is.")
    moved = reversals.settle(session, deposit, now=now)
    return deposit, ("reversed" if moved else "unchanged", None)


def _ask_for_capture(session: Session, deposit: Deposit, now: datetime) -> Outcome:
    if deposit.status != "pending":
        return "unchanged", f"It was {deposit.status} before."
    outbox.enqueue(session, "payment.capture", key=str(deposit.id), now=now, payload={"deposit_id": str(deposit.id)}, priority=2)
    return "noted", "Approved; the money is being taken."
