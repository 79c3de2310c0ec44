"""The one map from errors to HTTP: status, JSON shape for programs, a page for people."""

from typing import Any

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from core import accounts, messaging, payments, sourcing
from core.kit.errors import Conflict, Forbidden, Gone, HotleadsError, Invalid, NotFound, TooMany, Unavailable
from core.kit.logs import correlation_id, logger
from intake_api.versions import ChangedMeanwhile


class NotJson(HotleadsError):
    """The body is not JSON, or not a JSON object."""


class WrongContentType(HotleadsError):
    """The body's type is not the one the route reads."""


class SignInRequired(HotleadsError):
    """The route needs a signed-in user and the request names none."""


class ForeignOrigin(Forbidden):
    """A page of another site tried to act with the visitor's session."""


# The nearest class in an error's ancestry decides. Chapters' own classes may be added here, nowhere else.
STATUS: dict[type[HotleadsError], int] = {
    NotJson: 400,
    WrongContentType: 415,
    SignInRequired: 401,
    accounts.SignInRefused: 401,
    accounts.HalfWayEnded: 401,
    messaging.EventForged: 401,
    payments.WebhookForged: 401,
    sourcing.CallForged: 401,
    Forbidden: 403,
    NotFound: 404,
    ChangedMeanwhile: 412,
    Conflict: 409,
    Gone: 410,
    Invalid: 422,
    TooMany: 429,
    Unavailable: 503,
    HotleadsError: 400,
}

AGAIN_S = 5  # most restarts of a part are over by then
WORDS = {
    400: ("request.bad", "The request could not be understood."),
    404: ("route.unknown", "There is nothing at this address."),
    405: ("method.not_allowed", "This address does not take that kind of request."),
    413: ("body.too_large", "The request is larger than {most} MB. Send less at once."),
    415: ("body.type", "Send the body as application/json."),
    500: ("server.failed", "Something went wrong on our side. It has been recorded; please try again in a moment."),
    503: ("service.unavailable", "A part of the service can't be reached right now. Please try again in a minute."),
}


def status_of(error: HotleadsError) -> int:
    """HTTP status of an error of the business."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def wants_json() -> bool:
    """Programs get JSON, people get pages; decided by the path, never by headers a proxy may change."""
    return request.path.startswith(("/api/", "/health", "/metrics")) or request.path == "/api"


def reply(status: int, code: str, message: str, fields: dict[str, str] | None = None) -> Response:
    """An error in the shape of its reader."""
    if wants_json():
        body: dict[str, Any] = {"code": code, "message": message, "fields": fields or {}, "correlation_id": correlation_id.get()}
        response = jsonify({"error": body})
    else:
        passing = status == 429 or status >= 500
        given = {
            "again": passing and request.method == "GET",  # a link to the same address; a form is sent by its own page
            "resend": status == 429 and request.method == "POST",
            "code": correlation_id.get() if status >= 500 else None,
        }
        response = make_response(render_template("error.html", status=status, message=message, fields=fields or {}, **given))
    response.status_code = status
    return response


def install(app: Flask) -> None:
    """Register the handlers; nothing a caller can send ends in a traceback."""
    app.register_error_handler(HotleadsError, _refused)
    app.register_error_handler(HTTPException, _http)
    for down in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(down, _down)
    app.register_error_handler(Exception, _failed)


def _refused(error: HotleadsError) -> Response:
    response = reply(status_of(error), error.code, error.message, error.fields)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, SignInRequired):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _http(error: HTTPException) -> Response:
    if error.response is not None or error.code is None or error.code < 400:
        return make_response(error.get_response())
    code, message = WORDS.get(error.code, (f"http.{error.code}", error.description or error.name))
    if error.code == 413:
        message = message.format(most=(request.max_content_length or 0) >> 20)
    response = reply(error.code, code, message)
    if error.code == 405:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or []))
    return response


def _down(error: Exception) -> Response:
    logger().error("http.unavailable", error=str(error), route=request.path)
    response = reply(503, *WORDS[503])
    response.headers["Retry-After"] = str(AGAIN_S)
    return response


def _failed(error: Exception) -> Response:
    logger().error("http.failed", route=request.path, exc_info=error)
    g.failed = True
    return reply(500, *WORDS[500])
