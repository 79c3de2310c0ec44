"""``/metrics`` in Prometheus's text format: with the token when one is set, else from this machine only (SPEC 13.3)."""

import hmac
import os

from flask import Blueprint, Response, request

from core import ops
from core.kit import metrics
from core.kit.clock import utc_now
from core.kit.config import settings
from core.kit.db import transaction
from core.kit.errors import Forbidden
from intake_api.context import client_ip

blueprint = Blueprint("metrics", __name__)
LOOPBACK = ("127.", "::1", "::ffff:127.")


@blueprint.get("/metrics")
def exposition() -> Response:
    """Every metric of every process of this instance; the queue's gauges are read at this moment."""
    _check_allowed()
    with transaction() as session:
        depths = ops.queue_depths(session, now=utc_now())
    metrics.QUEUE_DEPTH.set(sum(depth.due for depth in depths))
    metrics.DEAD_LETTERS.set(sum(depth.dead for depth in depths))
    text = metrics.exposition(os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _check_allowed() -> None:
    token = settings().metrics_token.get_secret_value()
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        allowed = hmac.compare_digest(given.encode(), token.encode())
    else:
        allowed = (client_ip() or "").startswith(LOOPBACK)
    if not allowed:
        raise Forbidden("metrics.forbidden", "Send the metrics token as Authorization: Bearer, or ask from this machine.")
