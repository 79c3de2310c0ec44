"""Stripe by its own SDK: Checkout for people, saved cards for automatic top-ups. Signatures: ``stripe_signature.py``.

Nothing here touches the database; it is called while no transaction is open.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from core.kit.config import settings
from core.kit.logs import logger
from core.payments.errors import GatewayUnreachable, NoSavedMethod
from core.payments.gateways.gateway import Opened, Order
from core.payments.methods import Card

if TYPE_CHECKING:
    from stripe import StripeClient, StripeError

TIMEOUT_S = 15
WHAT = "Hotleads balance"


@dataclass(frozen=True, slots=True)
class Charge:
    """A saved card to charge while nobody is there, and for which deposit."""

    deposit_id: UUID
    amount_cents: int
    customer_ref: str
    method_ref: str


@dataclass(frozen=True, slots=True)
class Charged:
    """Stripe's name for the payment, and why the bank refused it when it did."""

    payment_ref: str
    refused: str | None


def open_checkout(order: Order) -> Opened:
    """A Checkout page for a deposit; asked again for the same deposit, the same page. Raises ``GatewayUnreachable``."""
    import stripe

    item = {"price_data": {"currency": "usd", "unit_amount": order.amount_cents, "product_data": {"name": WHAT}}, "quantity": 1}
    about = {"deposit_id": str(order.deposit_id), "kind": "checkout"}
    wanted = {
        "mode": "payment",
        "line_items": [item],
        "client_reference_id": str(order.deposit_id),
        "metadata": about,
        "payment_intent_data": {"metadata": about},
        "success_url": order.return_url,
        "cancel_url": order.cancel_url,
    }
    if order.save_method:
        wanted["customer_creation"] = "always"
        wanted["payment_intent_data"] = {"metadata": about, "setup_future_usage": "off_session"}
    try:
        session = _client().v1.checkout.sessions.create(wanted, _once(order.deposit_id))  # type: ignore[arg-type]
    except stripe.StripeError as error:
        raise _unreachable(error) from error
    if not session.url:
        raise GatewayUnreachable("gateway.no_page", "Stripe gave no payment page. Please try again in a minute.")
    return Opened(session.id, session.url)


def charge_saved(charge: Charge) -> Charged:
    """Charge a saved card once; a refusal of the bank is an answer. Raises ``GatewayUnreachable``."""
    import stripe

    wanted = {
        "amount": charge.amount_cents,
        "currency": "usd",
        "customer": charge.customer_ref,
        "payment_method": charge.method_ref,
        "off_session": True,
        "confirm": True,
        "description": WHAT,
        "metadata": {"deposit_id": str(charge.deposit_id), "kind": "top_up"},
    }
    try:
        intent = _client().v1.payment_intents.create(wanted, _once(charge.deposit_id))  # type: ignore[arg-type]
    except stripe.CardError as error:
        refused = error.error.payment_intent if error.error else None
        if refused is None:
            raise _unreachable(error) from error
        return Charged(refused.id, error.user_message or "The card was declined.")
    except stripe.StripeError as error:
        raise _unreachable(error) from error
    return Charged(intent.id, None)


def card_of(payment_ref: str) -> Card:
    """The card that paid, as it may be charged again; raises ``NoSavedMethod`` when Stripe kept none."""
    import stripe

    try:
        intent = _client().v1.payment_intents.retrieve(payment_ref, {"expand": ["payment_method"]})
    except stripe.StripeError as error:
        raise _unreachable(error) from error
    method, customer = intent.payment_method, intent.customer
    card = None if method is None or isinstance(method, str) else method.card
    if card is None or customer is None or isinstance(method, str) or method is None:
        raise NoSavedMethod("payment_method.not_kept", "Stripe kept no card of this payment.")
    return Card(
        customer_ref=customer if isinstance(customer, str) else customer.id,
        method_ref=method.id,
        brand=card.brand,
        last4=card.last4 or "0000",
        expires=f"{card.exp_year:04d}-{card.exp_month:02d}",
    )


def _client() -> "StripeClient":
    ours = settings()
    return _made(ours.stripe_secret_key.get_secret_value(), ours.stripe_api_base.rstrip("/"))


@lru_cache(maxsize=4)
def _made(key: str, base: str) -> "StripeClient":
    import stripe

    http = stripe.RequestsClient(timeout=TIMEOUT_S)
    return stripe.StripeClient(key, base_addresses={"api": base}, http_client=http, max_network_retries=1)


def _once(deposit_id: UUID) -> dict[str, str]:
    return {"idempotency_key": f"deposit:{deposit_id}"}


def _unreachable(error: "StripeError") -> GatewayUnreachable:
    logger().warning("stripe.failed", kind=type(error).__name__, status=error.http_status, code=error.code)
    return GatewayUnreachable(
        "gateway.unreachable", "Stripe could not be asked. Nothing was charged; please try again in a minute."
    )
