"""``Idempotency-Key`` on every POST that creates something (SPEC 2.9)."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from flask import Response, g, jsonify, request
from sqlalchemy.orm import Session

from core.kit import clock, idempotency, own_writes
from core.kit.db import transaction
from intake_api.context import client_ip, current_actor

P = ParamSpec("P")
Reply = tuple[dict[str, Any], int]


def idempotent(
    view: Callable[Concatenate[Session, P], Reply],
    *,
    acts: bool = False,
    before: Callable[[Session], object] | None = None,
    again: Callable[Concatenate[Session, P], dict[str, Any]] | None = None,
) -> Callable[P, Response]:
    """Run ``view(session, ...)`` in the request's one transaction; a repeated key gets the first answer again.

    The view returns ``(body, status)``. Key and answer are stored in the same transaction as the work, so a
    request that fails leaves its key free, and two at once act once. ``acts``: what it writes is the caller's company's.
    ``before(session)`` refuses who may not ask, also for an answer that is there. ``again``: the answer holds contact data,
    of which there is no second copy (SPEC 13.6); it is not kept, a repeated key reads it anew.
    """

    @wraps(view)
    def once(*args: P.args, **kwargs: P.kwargs) -> Response:
        response = answered(*args, **kwargs)
        own_writes.note(g.get("actor"))
        return response

    def answered(*args: P.args, **kwargs: P.kwargs) -> Response:
        key = request.headers.get("Idempotency-Key")
        with transaction() as session:
            if before is not None:
                before(session)
            if key is None:
                return _response(*view(session, *args, **kwargs))
            scope = f"{_caller(session, acts=acts)} {request.method} {request.path}"
            first = idempotency.claim(session, scope=scope, key=key, request=request.get_data(cache=True), now=clock.utc_now())
            if first is not None:
                shown = first.response if again is None else again(session, *args, **kwargs)
                response = _response(shown, first.status)
                response.headers["Idempotency-Replayed"] = "true"
                return response
            body, status = view(session, *args, **kwargs)
            idempotency.remember(session, scope=scope, key=key, status=status, response=body if again is None else {})
        return _response(body, status)

    return once


def _caller(session: Session, *, acts: bool) -> str:
    actor = current_actor(session, acts=acts)
    if actor.partner_id is not None:
        return f"partner:{actor.partner_id}"
    return f"ip:{client_ip()}" if actor.role == "public" else f"user:{actor.user_id}"


def _response(body: dict[str, Any], status: int) -> Response:
    response = jsonify(body)
    response.status_code = status
    return response
