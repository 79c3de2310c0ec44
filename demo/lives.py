"""One request from the form to the last note of those who bought it, each step by its verb at its own time."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import distribution, inbox, leads
from core.kit.actor import SYSTEM, Actor, public
from core.kit.logs import correlation_id
from demo import complaints, memberships
from demo.afterwork import newest_link_token
from demo.past import then
from demo.reactions import Reaction, reaction_to
from demo.requests import Request
from demo.setting import Ground
from demo.world import World


def live(session: Session, request: Request, world: World, ground: Ground) -> None:
    """Submit, confirm, score, review, distribute, and let the buyers work on it, as far as its fate goes."""
    submitted = _submit(session, request, ground)
    if submitted.status != "pending_confirmation" or not request.confirmed_at:
        return
    lead_id = submitted.lead_id
    memberships.credit_partner(session, request, lead_id, ground)
    then(
        leads.confirm,
        session,
        token=newest_link_token(session),
        ip=request.ip,
        user_agent=request.user_agent,
        now=request.confirmed_at,
    )
    then(leads.score, session, lead_id, now=request.confirmed_at + timedelta(seconds=2))
    if request.fate == "rejected" and request.reviewed_at:
        then(
            leads.reject,
            session,
            actor=ground.admin,
            lead_id=lead_id,
            reason=request.note or "",
            notify=True,
            now=request.reviewed_at,
        )
    elif request.reviewed_at:
        then(leads.approve, session, actor=ground.admin, lead_id=lead_id, now=request.reviewed_at)
        distribute(session, lead_id, now=request.reviewed_at + timedelta(seconds=1))
        _react(session, request, lead_id, world, ground)
    if request.withdrawn_at:
        then(leads.withdraw, session, actor=ground.admin, lead_id=lead_id, reason=request.note, now=request.withdrawn_at)


def _submit(session: Session, request: Request, ground: Ground) -> leads.Submitted:
    """The request through the form; the mail to somebody who may still confirm it today is really sent."""
    live_mail = request.fresh and request.fate == "unconfirmed"
    token = correlation_id.set(None if live_mail else correlation_id.get())
    try:
        return then(
            leads.submit,
            session,
            submission=_submission(request, ground),
            actor=public(request.ip, request.user_agent),
            now=request.at,
        )
    finally:
        correlation_id.reset(token)


def distribute(session: Session, lead_id: UUID, *, now: datetime) -> None:
    """What the two jobs after an approval do: claim the turn, then assign (SPEC 5.1, 5.3)."""
    turn = then(distribution.claim_turn, session, lead_id=lead_id, actor=SYSTEM, now=now)
    then(distribution.assign, session, run_id=turn.run_id, actor=SYSTEM, now=now)


def _submission(request: Request, ground: Ground) -> leads.Submission:
    niche = ground.niches[request.niche]
    shown = leads.consent_text(niche_name=niche.name, max_providers=niche.max_providers)
    assert shown
    return leads.Submission(
        niche=request.niche,
        contact={"name": request.full_name, "email": request.email, "phone": request.phone},
        # As the postal service writes it, which is how it is kept.
        address={
            "street": request.street.upper(),
            "unit": (request.unit or "").upper() or None,
            "city": request.city,
            "state": request.state,
            "zip": request.zip,
        },
        point={"lon": request.pin[0], "lat": request.pin[1]} if request.pin else None,
        form_data=request.form,
        consent={"agreed": True, "version": shown.version, "page_url": f"https://hotleads.example/request/{request.niche}"},
        attribution=request.attribution,
        source="form",
    )


def _react(session: Session, request: Request, lead_id: UUID, world: World, ground: Ground) -> None:
    """Every buyer's steps with what it was given."""
    given = session.execute(
        text("""select a.id, a.assigned_at, u.email_key from assignment a
                join user_account u on u.provider_id = a.provider_id and u.owner where a.lead_id = :lead order by a.slot_no"""),
        {"lead": lead_id},
    ).all()
    companies = {company.email: company for company in world.companies}
    for assignment_id, assigned_at, email in given:
        reaction = reaction_to(
            request, companies[email], assigned_at=assigned_at, buyers=len(given), now=world.now, seed=world.seed
        )
        _act(session, assignment_id, ground.owners[email], reaction)
        complaint = complaints.complaint_of(request, companies[email], reaction, now=world.now, seed=world.seed)
        if complaint:
            complaints.complain(session, assignment_id, ground.owners[email], complaint)


def _act(session: Session, assignment_id: UUID, owner: Actor, reaction: Reaction) -> None:
    if reaction.viewed_at:
        then(inbox.open_assignment, session, actor=owner, assignment_id=assignment_id, now=reaction.viewed_at)
    if reaction.decision == "rejected" and reaction.decided_at:
        then(
            inbox.reject, session, actor=owner, assignment_id=assignment_id, reason=reaction.reason or "", now=reaction.decided_at
        )
    elif reaction.decided_at:
        then(inbox.accept, session, actor=owner, assignment_id=assignment_id, now=reaction.decided_at)
    for at, outcome, worth in reaction.outcomes:
        then(inbox.record_outcome, session, actor=owner, assignment_id=assignment_id, outcome=outcome, value_cents=worth, now=at)
    if reaction.noted_at and reaction.note:
        then(inbox.write_note, session, actor=owner, assignment_id=assignment_id, text=reaction.note, now=reaction.noted_at)
    if reaction.rated_at and reaction.rating:
        then(inbox.rate, session, actor=owner, assignment_id=assignment_id, stars=reaction.rating, now=reaction.rated_at)
