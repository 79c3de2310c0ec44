"""What sending services tell of our mail: signed calls of Amazon SES (by SNS) and SendGrid (SPEC 11.3)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from flask import Blueprint, request

from core import audit, messaging
from core.kit import clock
from core.kit.actor import SYSTEM
from core.kit.db import transaction
from core.messaging import Told
from intake_api.context import limit_by_ip

blueprint = Blueprint("mail_events", __name__, url_prefix="/api/v1/webhooks")


@blueprint.post("/ses")
def ses() -> dict[str, Any]:
    """Events by Amazon SNS; a new subscription is confirmed, a forged call is refused without effect."""
    now = clock.utc_now()
    with _believed():
        envelope = messaging.open_envelope(request.get_data(), now=now)
    if envelope.kind == "Notification":
        return _take_in(messaging.told_by_ses(envelope, now=now))
    if envelope.kind == "SubscriptionConfirmation":
        messaging.confirm_subscription(envelope)
    done = "confirmed" if envelope.kind == "SubscriptionConfirmation" else "ended"
    with transaction() as session:
        action = f"mail.events_{done}"
        topic = {"topic": envelope.topic}
        audit.record(session, SYSTEM, action, entity_type="sns_topic", entity_id=None, now=now, after=topic)
    return {"subscription": done}


@blueprint.post("/sendgrid")
def sendgrid() -> dict[str, Any]:
    """Events by SendGrid, many in one call; a forged call is refused without effect."""
    with _believed():
        told = messaging.told_by_sendgrid(
            request.get_data(),
            signature=request.headers.get("X-Twilio-Email-Event-Webhook-Signature", ""),
            timestamp=request.headers.get("X-Twilio-Email-Event-Webhook-Timestamp", ""),
            now=clock.utc_now(),
        )
    return _take_in(told)


@contextmanager
def _believed() -> Iterator[None]:
    """Correctly signed calls are exempt from limits; what is not is counted per address (SPEC 1.7)."""
    try:
        yield
    except (messaging.EventForged, messaging.EventMalformed):
        limit_by_ip("webhook.forged")
        raise


def _take_in(told: Told) -> dict[str, Any]:
    with transaction() as session:
        return asdict(messaging.record_events(session, told=told, now=clock.utc_now()))
