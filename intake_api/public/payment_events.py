"""Webhooks of the payment gateways: verified on the raw body, taken in once, answered at once (SPEC 6.2)."""

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from core import payments
from core.kit import clock
from core.kit.db import transaction
from intake_api.context import limit_by_ip

blueprint = Blueprint("payment_events", __name__, url_prefix="/api/v1/webhooks")


@blueprint.post("/stripe")
def stripe() -> Response:
    """An event of Stripe; 200 once it is in the inbox, whether it is news or not."""
    return _take_in("stripe")


@blueprint.post("/paypal")
def paypal() -> Response:
    """An event of PayPal; 200 once it is in the inbox, whether it is news or not."""
    return _take_in("paypal")


def _take_in(gateway: str) -> Response:
    """Correctly signed events are exempt from limits; what is not is counted per address (SPEC 1.7)."""
    if (request.content_length or 0) > payments.LARGEST_BODY:
        raise RequestEntityTooLarge
    now = clock.utc_now()
    try:
        delivery = payments.verify_webhook(gateway, request.headers, request.get_data(), now=now)
    except payments.WebhookForged:
        limit_by_ip("webhook.forged")
        raise
    with transaction() as session:
        received = payments.receive_webhook(session, delivery=delivery, now=now)
    return jsonify({"received": True, "first": received.first})
