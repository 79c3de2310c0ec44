"""Pages for people who ask: front page, form, confirmation, where a request stands. No script needed."""

import json
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from pydantic_core import to_jsonable_python
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from core import leads, markets, niches, privacy
from core.kit import clock, metrics
from core.kit.db import transaction
from core.kit.errors import Invalid, TooMany
from core.niches import NicheView
from intake_api.context import client_ip, current_actor, limit_by_ip, user_agent
from intake_api.public import form_view
from intake_api.public.limits import limit_submission, uncount_refused
from intake_api.public.niche import open_niche

blueprint = Blueprint("pages", __name__)
blueprint.after_request(uncount_refused)
TRAP = "website"  # people don't see this field; programs fill it in


@blueprint.get("/start")
def start() -> str:
    """Front page: what can be asked for, and where."""
    with transaction() as session:
        return render_template(
            "public/start.html",
            niches=niches.list_niches(session, open_only=True),
            markets=markets.all_markets(session, open_only=True),
            chosen=request.args.get("market", ""),
        )


@blueprint.get("/request/<slug>")
def form(slug: str) -> Response:
    """The niche's form, rendered from its schema."""
    with transaction() as session:
        return _form(session, open_niche(session, slug), MultiDict(), {})


@blueprint.post("/request/<slug>")
def send(slug: str) -> AnyResponse:
    """Take the form in, or show it again with every wrong field marked and nothing lost."""
    posted = request.form
    try:
        limit_submission({"email": posted.get("email")})
    except TooMany as refused:
        return _later(slug, posted, refused)
    with transaction() as session:
        niche = open_niche(session, slug)
        if posted.get(TRAP):
            return _form(session, niche, posted, {TRAP: "Please leave this field empty."})
        schema = niches.current_schema(session, niche.id)
        given = form_view.submission_of(niche.slug, schema, posted)
        try:
            with session.begin_nested():
                leads.submit(session, submission=given, actor=current_actor(session), now=clock.utc_now())
        except Invalid as refused:
            return _form(session, niche, posted, refused.fields or {"form": refused.message})
        metrics.lead_submitted(session, niche=niche.slug, source="form")
    return redirect(url_for("pages.check_your_mail"), 303)


@blueprint.get("/request/check-your-mail")
def check_your_mail() -> str:
    """What happens next; the same for everybody."""
    return render_template("public/check_your_mail.html")


@blueprint.get("/confirm")
def link() -> tuple[str, int]:
    """A button to confirm with; opening the link does nothing by itself (SPEC 2.4)."""
    limit_by_ip("confirm")
    token = request.args.get("token", "")
    with transaction() as session:
        try:
            state = leads.look(session, token=token, now=clock.utc_now())
        except leads.LinkUnknown:
            return render_template("public/link_invalid.html"), 404
    if state.state == "expired":
        return _expired(token, state.message, over=state.over)
    if state.state == "used":
        return _confirmed(state.lead_id, already=True)
    return render_template("public/confirm.html", token=token), 200


@blueprint.post("/confirm")
def confirm() -> tuple[str, int]:
    """Confirm the request."""
    limit_by_ip("confirm")
    token = request.form.get("token", "")
    try:
        with transaction() as session:
            done = leads.confirm(session, token=token, ip=client_ip(), user_agent=user_agent(), now=clock.utc_now())
    except leads.LinkUnknown:
        return render_template("public/link_invalid.html"), 404
    except leads.LinkExpired as gone:
        return _expired(token, gone.message, over=gone.over)
    return _confirmed(done.lead_id, already=done.already)


@blueprint.post("/confirm/resend")
def resend() -> AnyResponse:
    """Send a new link to the mailbox that the old one went to."""
    limit_by_ip("confirm")
    now = clock.utc_now()
    try:
        with transaction() as session:
            lead_id = leads.look(session, token=request.form.get("token", ""), now=now).lead_id
            leads.resend_confirmation(session, lead_id=lead_id, now=now)
    except TooMany as refused:
        page = make_response(render_template("public/not_yet.html", message=refused.message), 429)
        page.headers["Retry-After"] = str(refused.retry_after_s)
        return page
    return redirect(url_for("pages.check_your_mail"), 303)


@blueprint.get("/my-request/<code>")
def my_request(code: str) -> str:
    """Where a request stands and who has the data, for who holds its signed link."""
    with transaction() as session:
        mine, requests = leads.standing(session, code=code), privacy.who_has_my_data(session, code=code)
        return render_template("public/my_request.html", mine=mine, requests=requests, code=code)


@blueprint.get("/my-request/<code>/data.json")
def my_data(code: str) -> Response:
    """Everything we keep of whoever holds the signed link, as a file."""
    limit_by_ip("confirm")
    with transaction() as session:
        kept = privacy.my_file(session, actor=current_actor(session), code=code, now=clock.utc_now())
    response = make_response(json.dumps(to_jsonable_python(kept), indent=2, ensure_ascii=False))
    response.headers["Content-Type"] = "application/json"
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/my-request/<code>")
def end_my_request(code: str) -> AnyResponse:
    """Withdraw the request, take the consent back from all who have the data, or have it erased."""
    if request.form.get("act") == "download":  # a button, so that the address with its code stands nowhere in the page
        return my_data(code)
    limit_by_ip("confirm")
    now = clock.utc_now()
    with transaction() as session:
        mine = leads.standing(session, code=code)
        actor = current_actor(session)
        if request.form.get("act") == "revoke":
            privacy.revoke_everywhere(session, actor=actor, code=code, now=now)
        elif request.form.get("act") == "erase" and request.form.get("sure") == "yes":
            privacy.erase_me(session, actor=actor, code=code, now=now)
        elif request.form.get("act") == "withdraw":
            leads.withdraw(session, actor=actor, lead_id=mine.lead_id, code=code, now=now)
    return redirect(url_for("pages.my_request", code=code), 303)


def _later(slug: str, posted: MultiDict[str, str], refused: TooMany) -> Response:
    """The form with everything that was filled in, and when to send it."""
    with transaction() as session:
        why = f"{refused.message} Then press the button below again: all that you filled in is still here."
        page = _form(session, open_niche(session, slug), posted, {"form": why})
    page.status_code = 429
    page.headers["Retry-After"] = str(refused.retry_after_s)
    return page


def _form(session: Session, niche: NicheView, posted: MultiDict[str, str], errors: dict[str, str]) -> Response:
    schema = niches.current_schema(session, niche.id)
    hidden = {name: posted.get(name) or request.args.get(name, "") for name in form_view.UTM}
    hidden["market"] = request.args.get("market") or posted.get("market", "")
    hidden["referrer"] = posted.get("referrer") or (request.referrer or "")
    page = render_template(
        "public/form.html",
        niche=niche,
        fields=form_view.fields_of(schema, posted, errors),
        consent=leads.consent_text(niche_name=niche.name, max_providers=niche.max_providers),
        posted=posted,
        wrongs=(wrongs := form_view.page_errors(schema, errors)),
        errors={wrong.id: wrong.text for wrong in wrongs},
        hidden={name: value[:500] for name, value in hidden.items() if value},
        market=_market_name(session, hidden["market"]),
        trap=TRAP,
    )
    return make_response(page, 422 if errors else 200)


def _market_name(session: Session, slug: str | None) -> str | None:
    return next((market.name for market in markets.all_markets(session, open_only=True) if market.slug == slug), None)


def _expired(token: str, message: str, *, over: bool) -> tuple[str, int]:
    return render_template("public/link_expired.html", token=token, message=message, over=over), 410


def _confirmed(lead_id: UUID, *, already: bool) -> tuple[str, int]:
    return render_template("public/confirmed.html", already=already, code=leads.my_request_code(lead_id)), 200
