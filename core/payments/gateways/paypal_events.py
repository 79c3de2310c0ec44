"""What PayPal's events mean (https://developer.paypal.com/api/rest/webhooks/event-names/)."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from core.payments.gateways.notices import IGNORED, Notice, ReversalKind, State, at, deposit_id, words

DECLINED = "PayPal declined the payment."
WON = ("RESOLVED_SELLER_FAVOUR", "RESOLVED_WITH_PAYOUT", "CANCELED_BY_BUYER", "DENIED")
_CAPTURE = re.compile(r"/captures/([^/?]+)")


def read(event: Mapping[str, Any]) -> Notice:
    """The notice of an event; what we have no use for is ignored."""
    kind, thing = str(event.get("event_type")), at(event, "resource")
    if kind == "CHECKOUT.ORDER.APPROVED":
        unit = at(thing, "purchase_units", 0)
        return _about_money("approved", unit, gateway_ref=words(at(thing, "id")))
    if kind.startswith("PAYMENT.CAPTURE."):
        return _capture(kind.removeprefix("PAYMENT.CAPTURE."), thing)
    if kind.startswith("CUSTOMER.DISPUTE."):
        return _dispute(thing)
    return IGNORED


def _capture(step: str, thing: Any) -> Notice:
    if step in ("REFUNDED", "REVERSED"):
        refunded = step == "REFUNDED"
        return _taken_back(thing, "refund" if refunded else "reversal", "lost", _captured(thing), "id", "amount")
    about = {
        "gateway_ref": words(at(thing, "supplementary_data", "related_ids", "order_id")),
        "payment_ref": words(at(thing, "id")),
    }
    if step == "COMPLETED":
        return _about_money("paid", thing, **about)
    if step == "PENDING":
        return _about_money("processing", thing, **about)
    if step in ("DENIED", "DECLINED"):
        # Another try has another capture: this one is no payment of ours.
        return Notice("failed", deposit_id=deposit_id(at(thing, "custom_id")), gateway_ref=about["gateway_ref"], reason=DECLINED)
    return IGNORED


def _dispute(thing: Any) -> Notice:
    outcome = at(thing, "dispute_outcome", "outcome_code")
    if outcome is None and at(thing, "dispute_life_cycle_stage") == "INQUIRY":
        return IGNORED  # buyer and seller are talking: no money has moved
    state: State = "open" if outcome is None else "won" if outcome in WON else "lost"
    payment = words(at(thing, "disputed_transactions", 0, "seller_transaction_id"))
    return _taken_back(thing, "chargeback", state, payment, "dispute_id", "dispute_amount")


def _captured(thing: Any) -> str | None:
    """The capture that a refund or a reversal is about: the link up, or the thing itself."""
    for link in at(thing, "links") or []:
        found = _CAPTURE.search(str(at(link, "href"))) if at(link, "rel") == "up" else None
        if found:
            return found[1]
    return words(at(thing, "id"))


def _about_money(meaning: Any, thing: Any, *, gateway_ref: str | None, payment_ref: str | None = None) -> Notice:
    return Notice(
        meaning,
        deposit_id=deposit_id(at(thing, "custom_id")),
        gateway_ref=gateway_ref,
        payment_ref=payment_ref,
        amount_cents=cents(at(thing, "amount", "value")),
        currency=words(at(thing, "amount", "currency_code")),
    )


def _taken_back(thing: Any, kind: ReversalKind, state: State, payment: str | None, ref: str, amount: str) -> Notice:
    return Notice(
        "reversal",
        payment_ref=payment,
        amount_cents=cents(at(thing, amount, "value")),
        currency=words(at(thing, amount, "currency_code")),
        reversal_ref=words(at(thing, ref)),
        reversal_kind=kind,
        state=state,
    )


def cents(value: Any) -> int | None:
    """``"12.50"`` -> ``1250``; ``None`` for what is no whole number of cents."""
    try:
        exact = Decimal(value) * 100 if isinstance(value, str) else None
    except InvalidOperation:
        return None
    return int(exact) if exact is not None and exact.is_finite() and exact == exact.to_integral_value() else None
