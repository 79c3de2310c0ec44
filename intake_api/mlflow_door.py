"""MLflow's own pages behind our sign-in, to read alone: training, promotion and the way back go through ours (SPEC 10.5)."""

from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote

import httpx
from flask import Blueprint, Response, request

from core.kit.config import settings
from core.kit.db import transaction
from core.kit.errors import Forbidden, NotFound, Unavailable
from intake_api.context import signed_in

blueprint = Blueprint("mlflow_door", __name__)
PREFIX = "/mlflow"
ASKED = ("accept", "content-type", "if-none-match")
TOLD = ("content-type", "content-encoding", "content-length", "content-disposition", "etag", "cache-control")
PATIENCE = httpx.Timeout(30, connect=3)


@blueprint.route(PREFIX, methods=["GET"])
@blueprint.route(f"{PREFIX}/", methods=["GET"])
@blueprint.route(f"{PREFIX}/<path:rest>", methods=["GET", "POST"])
def through(rest: str = "") -> Response:
    """Pass a reading on to MLflow and its answer back; staff only."""
    with transaction() as session:
        signed_in(session, "admin", "analyst", "scientist")
    if not settings().mlflow_url:
        raise NotFound("mlflow.none", "No MLflow server runs here. Runs are kept in a local store.")
    if request.method == "POST" and not _reads(rest):
        raise Forbidden("mlflow.read_only", "MLflow can be read here. Train, promote and roll back on the Models page.")
    if any(part in (".", "..") for part in rest.split("/")):
        raise NotFound("mlflow.no_page", "MLflow has no such page.")
    answer = _ask(rest)
    headers = {name: answer.headers[name] for name in TOLD if name in answer.headers}
    headers |= {"Content-Security-Policy": _policy(), "X-Frame-Options": "SAMEORIGIN"}
    return Response(_pieces(answer), status=answer.status_code, headers=headers)


def _reads(rest: str) -> bool:
    """Its pages search by POST; everything else that is posted changes something."""
    return rest.endswith("/search") or rest == "graphql"


def _ask(rest: str) -> httpx.Response:
    asked = _client().build_request(
        request.method,
        f"{settings().mlflow_url.rstrip('/')}/{quote(rest)}",  # a "?" or "#" in the path must not end it there
        params=request.query_string.decode(),
        content=request.get_data() if request.method == "POST" else None,
        headers={name: request.headers[name] for name in ASKED if name in request.headers},
    )
    try:
        return _client().send(asked, stream=True)
    except httpx.TransportError as error:
        raise Unavailable("mlflow.away", "MLflow does not answer. Models go on without it; try again in a minute.") from error


def _pieces(answer: httpx.Response) -> Iterator[bytes]:
    try:
        yield from answer.iter_raw()
    finally:
        answer.close()


def _policy() -> str:
    """Its pages build scripts as they go, so they may, but they reach nothing of ours: only their own addresses."""
    own = f"{request.host_url.rstrip('/')}{PREFIX}/"
    return (
        f"default-src {own}; script-src {own} 'unsafe-inline' 'unsafe-eval' blob:; style-src {own} 'unsafe-inline'; "
        f"img-src {own} data: blob:; font-src {own} data:; connect-src {own}; worker-src {own} blob:; frame-src {own} blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


@lru_cache(maxsize=1)
def _client() -> httpx.Client:
    return httpx.Client(timeout=PATIENCE, trust_env=False)
