"""``/metrics`` in Prometheus's text format: with the token when one is set, else from this machine only (SPEC 13.3)."""

import hmac
import os

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from core import distribution, ledger, ops
from core.kit import metrics, replica, replica_lag
from core.kit.clock import utc_now
from core.kit.config import settings
from core.kit.db import transaction
from core.kit.errors import Forbidden, Unavailable
from core.kit.metrics import Reading
from intake_api.context import client_ip
from intake_api.ops import health

blueprint = Blueprint("metrics", __name__)
LOOPBACK = ("127.", "::1", "::ffff:127.")


@blueprint.get("/metrics")
def exposition() -> Response:
    """Every metric of every process of this instance; gauges of the exchange are read at this moment."""
    _check_allowed()
    readings = ops.health_gauges(health.checks()) + _of_the_exchange()
    text = metrics.exposition(readings, shared_directory=os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _of_the_exchange() -> list[Reading]:
    """What only the database knows; nothing while it is away, which the health gauge says."""
    try:
        with transaction() as session:
            found = [*ops.gauges(session, now=utc_now()), *distribution.gauges(session), *ledger.gauges(session)]
        return found + (replica_lag.readings(replica.house_engine()) if settings().database_replica_url else [])
    except (SQLAlchemyError, Unavailable):
        return []


def _check_allowed() -> None:
    token = settings().metrics_token.get_secret_value()
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        allowed = hmac.compare_digest(given.encode(), token.encode())
    else:
        allowed = (client_ip() or "").startswith(LOOPBACK)
    if not allowed:
        raise Forbidden("metrics.forbidden", "Send the metrics token as Authorization: Bearer, or ask from this machine.")
