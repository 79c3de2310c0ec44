"""Keys between the house and its stub gateways; no server is needed to make them."""

import secrets
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keys:
    """What the house has to know of the gateways; the stubs accept nothing else."""

    stripe_secret: str
    stripe_webhook: str
    paypal_client: str
    paypal_secret: str
    paypal_webhook: str


def fresh_keys() -> Keys:
    """Keys that nobody else has."""
    words = [secrets.token_hex(12) for _ in range(5)]
    return Keys(f"sk_test_{words[0]}", f"whsec_{words[1]}", words[2], words[3], words[4].upper()[:17])


def environment(keys: Keys, base: str) -> dict[str, str]:
    """The settings with which the house talks to the stubs."""
    return {
        "STRIPE_SECRET_KEY": keys.stripe_secret,
        "STRIPE_WEBHOOK_SECRET": keys.stripe_webhook,
        "STRIPE_API_BASE": base,
        "PAYPAL_CLIENT_ID": keys.paypal_client,
        "PAYPAL_CLIENT_SECRET": keys.paypal_secret,
        "PAYPAL_WEBHOOK_ID": keys.paypal_webhook,
        "PAYPAL_API_BASE": base,
    }
