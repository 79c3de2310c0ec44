"""Signatures of Stripe's webhooks: HMAC-SHA256 over time and raw body (https://docs.stripe.com/webhooks#verify-manually).

The same rule as the SDK's own, which the tests hold it to: loading the whole SDK would cost the first event a second.
"""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

from core.kit.config import settings
from core.payments.errors import WebhookForged, WebhookUnreadable
from core.payments.gateways.gateway import Delivery

TOLERANCE = timedelta(minutes=5)


def verify(header: str | None, body: bytes, *, now: datetime) -> Delivery:
    """The delivery of a body that Stripe signed within five minutes of now; raises ``WebhookForged``."""
    signed_at, signatures = _parts(header or "")
    secret = settings().stripe_webhook_secret.get_secret_value()
    expected = hmac.new(secret.encode(), f"{signed_at}.".encode() + body, hashlib.sha256).hexdigest()
    if not any(hmac.compare_digest(expected.encode(), given.encode()) for given in signatures):
        raise WebhookForged("webhook.forged", "The signature is missing or wrong; nothing was changed.")
    moment = datetime.fromtimestamp(signed_at, UTC)
    if abs(now - moment) > TOLERANCE:
        raise WebhookForged("webhook.stale", "The signature is too old; nothing was changed. Send the event again.")
    try:
        text = body.decode()
        event = json.loads(text)
        return Delivery("stripe", str(event["id"]), str(event["type"]), text, moment)
    except (ValueError, KeyError, TypeError) as error:
        raise WebhookUnreadable("webhook.unreadable", "The body is not an event of Stripe; nothing was changed.") from error


def _parts(header: str) -> tuple[int, list[str]]:
    """Seconds since 1970 and the signatures of the scheme in use, of ``t=...,v1=...,v1=...``."""
    pairs = [part.partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t" and value.isascii() and value.isdigit() and len(value) < 12]
    signatures = [value for name, _, value in pairs if name == "v1" and value]
    if len(times) != 1 or not signatures:
        raise WebhookForged("webhook.forged", "The signature is missing or wrong; nothing was changed.")
    return int(times[0]), signatures
