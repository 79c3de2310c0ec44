"""``/health/live``: the process answers. ``/health/ready``: it can work, or which part can't (SPEC 13.3)."""

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from core import ops
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.errors import Unavailable
from core.kit.logs import logger
from core.ops import Check

blueprint = Blueprint("health", __name__)


@blueprint.get("/health/live")
def live() -> Response:
    """The process runs and answers; nothing else is asked."""
    return jsonify({"status": "live"})


@blueprint.get("/health/ready")
def ready() -> tuple[Response, int]:
    """200 when database, Redis and queue are well; 503 names what is down."""
    found = checks()
    down = [check.name for check in found if not check.ok]
    body = {
        "status": "unavailable" if down else "ready",
        "down": down,
        "checks": [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in found],
    }
    response = jsonify(body)
    response.headers["Cache-Control"] = "no-store"
    return response, 503 if down else 200


def checks() -> list[Check]:
    """Database, queue and Redis; a database that is away leaves its queue unasked."""
    return [*_database_and_queue(), ops.check_redis()]


def _database_and_queue() -> list[Check]:
    try:
        with transaction() as session:
            return [ops.check_database(session), ops.check_queue(session, now=utc_now())]
    except (SQLAlchemyError, Unavailable) as error:
        logger().error("health.database", error=type(error).__name__)
        return [Check("database", False, "The database does not answer. Check DATABASE_URL and the server.")]
