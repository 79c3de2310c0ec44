"""Partners' programs: ask first, then send under the terms that were offered (SPEC 6.7)."""

from typing import Any

from flask import Blueprint

from core import distribution
from core.kit import clock, metrics
from core.kit.db import one_statement
from core.leads import Submission
from intake_api.context import current_actor, json_body, need_scope
from intake_api.errors import SignInRequired
from intake_api.idempotency import Reply, idempotent
from intake_api.public.limits import limit_submission, uncount_refused

blueprint = Blueprint("partner_api", __name__, url_prefix="/api/v1/partners")
blueprint.after_request(uncount_refused)


def _partner(session: Any, scope: str) -> Any:
    actor = current_actor(session)
    if actor.role == "public":
        raise SignInRequired("access.sign_in", "Send your partner key as: Authorization: Bearer <key>.")
    need_scope(actor, scope)
    return actor


@blueprint.post("/ping")
def ping() -> Reply:
    """Would a lead like this be bought, and what would the partner's share be? Niche, zip and nameless answers only."""
    # Not a transaction: whose key it is, what is asked, and the offer are a statement each.
    with one_statement() as session:
        actor = _partner(session, "ping")
        body = json_body()
        asked = {name: body.get(name) for name in ("niche", "zip", "form_data")}
        offer = distribution.ping(session, actor=actor, **asked, now=clock.utc_now())
    return {
        "accepted": offer.accepted,
        "reason": offer.reason,
        "ping_id": offer.ping_id,
        "expected_share_cents": offer.expected_cents,
        "share_percent": float(offer.share_percent),
        "buyers": offer.buyers,
        "expires_at": offer.expires_at,
    }, 200


@blueprint.post("/post")
@idempotent
def post(session: Any) -> Reply:
    """Send the lead that was asked about: a lead as for POST leads, and its ping_id; paid by the share that was offered."""
    actor = _partner(session, "intake")
    body = json_body()
    limit_submission(body.get("contact"), by_partner=True)
    submission = Submission.of(body, source="partner")
    done = distribution.post(session, actor=actor, ping_id=body.get("ping_id"), submission=submission, now=clock.utc_now())
    metrics.lead_submitted(session, niche=done.niche_slug, source="partner")
    return {"lead_id": str(done.lead_id), "message": "The consumer is asked to confirm by e-mail."}, 201
