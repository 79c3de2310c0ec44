"""Calls of sources: verified on the raw body, taken in once, answered at once; what is only named is fetched by a job (SPEC 8.1).

A forged call changes nothing and is counted per address (SPEC 1.7).
"""

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from core import sourcing
from core.kit import clock
from core.kit.db import transaction
from core.sourcing import Call, CallForged, Inlet
from intake_api.context import limit_by_ip

blueprint = Blueprint("source_calls", __name__, url_prefix="/api/v1/webhooks")
LARGEST_BODY = 512 * 1024


@blueprint.get("/meta")
def meta_handshake() -> Response:
    """Meta's handshake: its challenge comes back as text when the token is a source's."""
    return Response(str(_handshake("meta")), mimetype="text/plain")


@blueprint.get("/linkedin")
def linkedin_challenge() -> Response:
    """LinkedIn's challenge, repeated every two hours."""
    return jsonify(_handshake("linkedin"))


@blueprint.post("/meta")
def meta() -> Response:
    """Leads that Meta names; 200 once their fetching is queued."""
    return _take_in("meta")


@blueprint.post("/google")
def google() -> Response:
    """A lead of a Google lead form; 200 with an empty object, as Google expects it."""
    _take_in("google")
    return jsonify({})


@blueprint.post("/linkedin")
def linkedin() -> Response:
    """A form response that was created, to fetch, or deleted, to erase."""
    return _take_in("linkedin")


@blueprint.post("/reso")
def reso() -> Response:
    """EntityEvents of an MLS, to fetch, or whole listings in RESO's Common Format."""
    return _take_in("reso")


@blueprint.post("/adf")
def adf() -> Response:
    """Prospects in ADF 1.0; the source's key stands in ``Authorization: Bearer``, or in ``key`` of the address."""
    return _take_in("adf")


def _take_in(kind: str) -> Response:
    if (request.content_length or 0) > LARGEST_BODY:
        raise RequestEntityTooLarge
    now = clock.utc_now()
    call = Call(request.get_data(), request.headers, request.args)
    try:
        told = sourcing.read_call(kind, call, _inlets(kind), now=now)
    except CallForged:
        limit_by_ip("webhook.forged")
        raise
    with transaction() as session:
        for inlet, pushed in told:
            if pushed.records or pushed.notices:
                sourcing.receive_call(session, inlet=inlet, pushed=pushed, body=call.body, now=now)
    counts = {"records": sum(len(one.records) for _, one in told), "notices": sum(len(one.notices) for _, one in told)}
    return jsonify({"received": True} | counts)


def _handshake(kind: str) -> str | dict[str, str]:
    try:
        return sourcing.answer_handshake(kind, request.args, _inlets(kind))
    except CallForged:
        limit_by_ip("webhook.forged")
        raise


def _inlets(kind: str) -> list[Inlet]:
    with transaction() as session:
        return sourcing.inlets(session, kind=kind, now=clock.utc_now())
