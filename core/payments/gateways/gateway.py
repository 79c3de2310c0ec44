"""Which gateways this installation can use, and what is asked of one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from core.kit.config import settings
from core.payments.errors import DepositInvalid, GatewayNotConfigured

Gateway = Literal["stripe", "paypal"]
GATEWAYS: tuple[Gateway, ...] = get_args(Gateway)
NAMES: dict[Gateway, str] = {"stripe": "Card (Stripe)", "paypal": "PayPal"}
CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class Order:
    """One payment to ask a gateway for; everything it may know."""

    deposit_id: UUID
    amount_cents: int
    return_url: str
    cancel_url: str
    save_method: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """The gateway's name for the payment and the page where the person pays."""

    gateway_ref: str
    url: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook whose signature is right: who sent it, which event it is, and its body as it was signed."""

    gateway: Gateway
    event_id: str
    event_type: str
    body: str
    signed_at: datetime
    transmission: str | None = None


def configured() -> tuple[Gateway, ...]:
    """The gateways that have their keys, in the order people see them."""
    return tuple(gateway for gateway in GATEWAYS if not _missing(gateway))


def require(gateway: str) -> Gateway:
    """The gateway of a name; raises ``DepositInvalid`` for another name, ``GatewayNotConfigured`` without keys."""
    known: Gateway | None = next((name for name in GATEWAYS if name == gateway), None)
    if known is None:
        raise DepositInvalid("deposit.gateway", "Choose card or PayPal.", fields={"gateway": "Choose stripe or paypal."})
    if missing := _missing(known):
        words = f"Payments by {NAMES[known]} are not set up here. An administrator must set {', '.join(missing)}."
        raise GatewayNotConfigured("gateway.not_configured", words)
    return known


def _missing(gateway: Gateway) -> list[str]:
    """Names of the settings that the gateway still needs."""
    ours = settings()
    needed = {
        "stripe": {
            "STRIPE_SECRET_KEY": ours.stripe_secret_key.get_secret_value(),
            "STRIPE_WEBHOOK_SECRET": ours.stripe_webhook_secret.get_secret_value(),
        },
        "paypal": {
            "PAYPAL_CLIENT_ID": ours.paypal_client_id,
            "PAYPAL_CLIENT_SECRET": ours.paypal_client_secret.get_secret_value(),
            "PAYPAL_WEBHOOK_ID": ours.paypal_webhook_id,
        },
    }
    return [name for name, value in needed[gateway].items() if not value]
