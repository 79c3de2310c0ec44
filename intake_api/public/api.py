"""JSON intake: leads, their confirmation, niches and their forms."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from core import leads, markets, niches
from core.kit import clock, metrics
from core.kit.actor import Actor
from core.kit.db import one_statement, transaction
from core.kit.errors import Invalid
from core.leads import Submission
from core.niches import NicheView
from intake_api.context import client_ip, current_actor, json_body, limit_by_ip, need_scope, user_agent
from intake_api.idempotency import Reply, idempotent
from intake_api.public.limits import limit_submission, uncount_refused
from intake_api.public.niche import open_niche

blueprint = Blueprint("public_api", __name__, url_prefix="/api/v1")
blueprint.after_request(uncount_refused)
CHECK_YOUR_MAIL = "Check your e-mail and confirm the request."


@blueprint.post("/leads")
def submit() -> Reply | Response:
    """Take a request in; strangers are told the same for a new lead and for a duplicate."""
    if "Idempotency-Key" in request.headers:
        return _submit_once()
    with one_statement() as session:
        actor = current_actor(session)
        given = _submission(actor)
        done = leads.submit_unknown(session, submission=given, actor=actor, now=clock.utc_now())
        if done is not None:
            return _submitted(session, done, given)
    with transaction() as session:
        return _submit(session, given, actor)


@idempotent
def _submit_once(session: Session) -> Reply:
    actor = current_actor(session)
    return _submit(session, _submission(actor), actor)


def _submission(actor: Actor) -> Submission:
    body = json_body()
    by_partner = actor.partner_id is not None
    need_scope(actor, "intake")
    limit_submission(body.get("contact"), by_partner=by_partner)
    return Submission.of(body, source="partner" if by_partner else "api")


def _submit(session: Session, given: Submission, actor: Actor) -> Reply:
    done = leads.submit(session, submission=given, actor=actor, now=clock.utc_now())
    return _submitted(session, done, given)


def _submitted(session: Session, done: leads.Submitted, given: Submission) -> Reply:
    metrics.lead_submitted(session, niche=done.niche_slug, source=given.source)
    return {"lead_id": str(done.lead_id), "message": CHECK_YOUR_MAIL}, 201


@blueprint.post("/leads/confirm")
@blueprint.post("/leads/verify", endpoint="verify")
def confirm() -> Reply:
    """Confirm by token; a repetition is told as such."""
    limit_by_ip("confirm")
    token = _token(json_body().get("token"))
    with transaction() as session:
        done = leads.confirm(session, token=token, ip=client_ip(), user_agent=user_agent(), now=clock.utc_now())
    return {"lead_id": str(done.lead_id), "confirmed": True, "already": done.already}, 200


@blueprint.get("/leads/confirm")
def look() -> Reply:
    """What a token is good for; opening it changes nothing (SPEC 2.4)."""
    limit_by_ip("confirm")
    with transaction() as session:
        link = leads.look(session, token=_token(request.args.get("token")), now=clock.utc_now())
    if link.state == "expired":
        raise leads.LinkExpired(link.message, over=link.over)
    return {"lead_id": str(link.lead_id), "state": link.state}, 200


@blueprint.post("/leads/<uuid:lead_id>/resend-confirmation")
def resend(lead_id: UUID) -> Reply:
    """Send the confirmation once more; the old link dies."""
    limit_by_ip("confirm")
    with transaction() as session:
        leads.resend_confirmation(session, lead_id=lead_id, actor=current_actor(session), now=clock.utc_now())
    return {"lead_id": str(lead_id), "message": CHECK_YOUR_MAIL}, 202


@blueprint.get("/niches")
def list_niches() -> Reply:
    """Niches that take requests."""
    with transaction() as session:
        found = niches.list_niches(session, open_only=True)
    return {"items": [_niche(niche) for niche in found]}, 200


@blueprint.get("/markets")
def list_markets() -> Reply:
    """Markets that take requests, with the time zone of their days."""
    with transaction() as session:
        found = markets.all_markets(session, open_only=True)
    told = ("id", "slug", "name", "state", "timezone")
    return {"items": [{name: getattr(market, name) for name in told} for market in found]}, 200


@blueprint.get("/niches/<id_or_slug>/form-schema")
def form_schema(id_or_slug: str) -> Reply:
    """A niche's form and the consent text to show beside it."""
    with transaction() as session:
        niche = open_niche(session, id_or_slug)
        schema = niches.current_schema(session, niche.id)
    shown = leads.consent_text(niche_name=niche.name, max_providers=niche.max_providers)
    assert shown is not None  # the current version always exists
    consent = {"version": shown.version, "text": shown.text, "sellers": shown.sellers, "channels": shown.channels}
    return {"niche": _niche(niche), "version": niche.schema_version, "schema": schema, "consent": consent}, 200


def _niche(niche: NicheView) -> dict[str, Any]:
    return {"id": str(niche.id), "slug": niche.slug, "name": niche.name, "description": niche.description}


def _token(given: Any) -> str:
    if not isinstance(given, str) or not 1 <= len(given) <= 200:
        raise Invalid("token.missing", "Send the token of the link.", fields={"token": "Send the token of the link."})
    return given
