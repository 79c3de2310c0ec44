"""How a company's money arrives: by card, by PayPal, or by bank, as each is used to (SPEC 6.2, 6.3)."""

import json
import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import ledger, payments
from core.kit.actor import Actor
from core.kit.money import format_usd
from demo.companies import Company
from demo.past import then
from demo.setting import Ground

WAYS = ("bank transfer", "wire", "cheque", "bank transfer")
DOLLAR = 100


def pay_in(session: Session, company: Company, ground: Ground, *, cents: int, left: bool = False, now: datetime) -> None:
    """Two of three companies pay by card or PayPal where the gateways are set up, the rest by bank.

    ``left``: the payment page was left once before.
    """
    owner = ground.owners[company.email]
    rng = random.Random(f"{company.number}:{now.isoformat()}")
    ways: tuple[payments.Gateway | None, ...] = (None, "stripe", "paypal")
    gateway = ways[company.number % 3]
    if gateway is None or gateway not in payments.configured():
        _by_bank(session, company, ground, cents=cents, rng=rng, now=now)
        return
    if gateway == "stripe" and left:
        _online(session, owner, gateway, cents, rng, paid=False, now=now - timedelta(minutes=9))
    _online(session, owner, gateway, cents, rng, paid=True, now=now)


def _by_bank(session: Session, company: Company, ground: Ground, *, cents: int, rng: random.Random, now: datetime) -> None:
    """Money by bank, which an administrator books by hand with a memo (SPEC 6.3)."""
    provider_id = ground.owners[company.email].provider_id
    assert provider_id
    then(
        ledger.credit_manually,
        session,
        actor=ground.admin,
        provider_id=provider_id,
        amount_cents=cents,
        memo=f"Deposit of {format_usd(cents)} by {rng.choice(WAYS)}, reference HL-{company.number:03d}-{rng.randint(1000, 9999)}",
        idempotency_key=f"demo:{company.number}:{now.isoformat()}",
        now=now,
    )


def _online(
    session: Session, owner: Actor, gateway: payments.Gateway, cents: int, rng: random.Random, *, paid: bool, now: datetime
) -> None:
    """A deposit from the button to the gateway's event, which is read as one that came over the wire and was proven."""
    began = now - timedelta(minutes=2)
    started = then(payments.start_deposit, session, actor=owner, gateway=gateway, amount_cents=cents, now=began)
    ref = f"{'cs' if gateway == 'stripe' else 'ORDER'}_history_{rng.getrandbits(64):016x}"
    opened = payments.Opened(ref, f"https://pay.example/{ref}")
    then(payments.note_opened, session, deposit_id=started.deposit_id, opened=opened, now=began)
    event = (_checkout if gateway == "stripe" else _capture)(started.deposit_id, ref, cents, rng, paid=paid)
    kind = str(event.get("type") or event["event_type"])
    delivery = payments.Delivery(gateway, event["id"], kind, json.dumps(event), signed_at=now)
    row = then(payments.receive_webhook, session, delivery=delivery, now=now).event_row
    assert row
    then(payments.handle_event, session, event_row=row, now=now)


def _checkout(deposit_id: UUID, ref: str, cents: int, rng: random.Random, *, paid: bool) -> dict[str, Any]:
    session = {
        "id": ref,
        "client_reference_id": str(deposit_id),
        "payment_intent": f"pi_history_{rng.getrandbits(64):016x}" if paid else None,
        "payment_status": "paid" if paid else "unpaid",
        "amount_total": cents,
        "currency": "usd",
    }
    kind = "checkout.session.completed" if paid else "checkout.session.expired"
    return {"id": f"evt_history_{rng.getrandbits(64):016x}", "type": kind, "data": {"object": session}}


def _capture(deposit_id: UUID, ref: str, cents: int, rng: random.Random, *, paid: bool) -> dict[str, Any]:
    capture = {
        "id": f"CAPTURE_history_{rng.getrandbits(64):016x}",
        "custom_id": str(deposit_id),
        "amount": {"value": f"{cents // DOLLAR}.{cents % DOLLAR:02d}", "currency_code": "USD"},
        "supplementary_data": {"related_ids": {"order_id": ref}},
    }
    kind = "PAYMENT.CAPTURE.COMPLETED" if paid else "PAYMENT.CAPTURE.DENIED"
    return {"id": f"WH-history-{rng.getrandbits(64):016x}", "event_type": kind, "resource": capture}
