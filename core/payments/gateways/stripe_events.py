"""What Stripe's events mean (https://docs.stripe.com/api/events/types)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.payments.gateways.notices import IGNORED, Notice, ReversalKind, State, at, deposit_id, words

LEFT = "The payment page was left without paying."
DECLINED = "The payment was declined."


def read(event: Mapping[str, Any]) -> Notice:
    """The notice of an event; what we have no use for is ignored."""
    kind, thing = str(event.get("type")), at(event, "data", "object")
    if kind.startswith("checkout.session."):
        return _session(kind.removeprefix("checkout.session."), thing)
    if kind.startswith("payment_intent."):
        return _intent(kind.removeprefix("payment_intent."), thing)
    if kind.startswith("charge.dispute."):
        return _dispute(thing)
    if kind in ("refund.created", "refund.updated", "refund.failed"):
        state: State = "won" if at(thing, "status") in ("failed", "canceled") else "lost"
        return _taken_back(thing, "refund", state)
    return IGNORED


def _session(step: str, session: Any) -> Notice:
    about = Notice(
        "processing",
        deposit_id=deposit_id(at(session, "client_reference_id")),
        gateway_ref=words(at(session, "id")),
        payment_ref=words(at(session, "payment_intent")),
    )
    if step == "expired":
        return replace(about, meaning="failed", reason=LEFT)
    if step == "async_payment_failed":
        return replace(about, meaning="failed", reason=DECLINED)
    if step not in ("completed", "async_payment_succeeded"):
        return IGNORED
    if at(session, "payment_status") != "paid":
        return about
    return replace(about, meaning="paid", amount_cents=_cents(at(session, "amount_total")), currency=_currency(session))


def _intent(step: str, intent: Any) -> Notice:
    about = Notice(
        "paid",
        deposit_id=deposit_id(at(intent, "metadata", "deposit_id")),
        payment_ref=words(at(intent, "id")),
        amount_cents=_cents(at(intent, "amount_received")),
        currency=_currency(intent),
    )
    if step == "succeeded":
        return about
    # On the payment page a person may try another card; a top-up has one try.
    if step in ("payment_failed", "canceled") and at(intent, "metadata", "kind") == "top_up":
        return replace(about, meaning="failed", reason=words(at(intent, "last_payment_error", "message")) or DECLINED)
    return IGNORED


def _dispute(dispute: Any) -> Notice:
    status = str(at(dispute, "status"))
    if status.startswith("warning_") or status == "prevented":
        return IGNORED  # an inquiry: no money has moved
    state: State = "won" if status == "won" else "lost" if status == "lost" else "open"
    return _taken_back(dispute, "chargeback", state)


def _taken_back(thing: Any, kind: ReversalKind, state: State) -> Notice:
    return Notice(
        "reversal",
        payment_ref=words(at(thing, "payment_intent")),
        amount_cents=_cents(at(thing, "amount")),
        currency=_currency(thing),
        reversal_ref=words(at(thing, "id")),
        reversal_kind=kind,
        state=state,
    )


def _cents(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _currency(thing: Any) -> str | None:
    found = words(at(thing, "currency"))
    return found.upper() if found else None
