"""``/api/v1/auth/mfa``: the second factor for programs (SPEC 1.5)."""

from flask import Blueprint, Response, jsonify

from core import accounts
from core.kit import clock
from core.kit.db import transaction
from core.kit.errors import Invalid
from core.kit.tenant import acting
from intake_api.auth import cookies
from intake_api.auth.api import session_body
from intake_api.auth.fields import limit_login, texts
from intake_api.context import client_ip, json_body, limit_by_ip, user_agent

blueprint = Blueprint("auth_mfa_api", __name__, url_prefix="/api/v1/auth/mfa")


def code_refused(refused: accounts.CodeRefused) -> Invalid:
    """A wrong code as an error, once the transaction that counted it is closed."""
    words = f"{refused.message} Tries left: {refused.tries_left}."
    return Invalid("second_factor.wrong_code", words, fields={"code": words})


@blueprint.post("/challenge")
def challenge() -> Response:
    """Finish a sign-in with a code from the phone or a recovery code."""
    limit_by_ip("account.anonymous")
    token, code = texts(json_body(), "half_way_token", "code")
    with transaction() as session:
        done = accounts.second_factor(
            session, half_way=token, code=code, ip=client_ip(), user_agent=user_agent(), now=clock.utc_now()
        )
        if isinstance(done, accounts.SignedIn):
            cookies.end_former_session(session)
    if isinstance(done, accounts.CodeRefused):
        raise code_refused(done)
    return cookies.hand_out(jsonify(session_body(done)), done)


@blueprint.post("/enroll")
def enroll() -> Response:
    """The secret to set up, until it is confirmed."""
    with transaction() as session:
        enrolment = accounts.start_totp(session, actor=cookies.person(session).actor, now=clock.utc_now())
    return jsonify({"secret": enrolment.secret, "uri": enrolment.uri, "qr_svg": enrolment.qr_svg})


@blueprint.post("/verify")
def verify() -> Response:
    """Confirm the set-up by its first code; gives the recovery codes, once, and a new session."""
    (code,) = texts(json_body(), "code")
    with transaction() as session:
        enrolled = accounts.confirm_totp(session, actor=cookies.person(session).actor, code=code, now=clock.utc_now())
    body = session_body(enrolled.signed_in) | {"recovery_codes": enrolled.recovery_codes}
    return cookies.hand_out(jsonify(body), enrolled.signed_in)


@blueprint.post("/recovery-codes")
def recovery_codes() -> Response:
    """Ten new recovery codes in place of the old ones."""
    (code,) = texts(json_body(), "code")
    view = _asked_again()
    with acting(view.actor) as session:
        codes = accounts.renew_recovery_codes(session, actor=view.actor, code=code, now=clock.utc_now())
    return jsonify({"recovery_codes": codes})


@blueprint.post("/disable")
def disable() -> Response:
    """Switch the second factor off; providers only."""
    (code,) = texts(json_body(), "code")
    view = _asked_again()
    with acting(view.actor) as session:
        accounts.disable_totp(session, actor=view.actor, code=code, now=clock.utc_now())
    return jsonify({"disabled": True})


def _asked_again() -> accounts.SessionView:
    """The person, limited like a sign-in: these routes could be used to guess codes."""
    with transaction() as session:
        view = cookies.person(session)
    limit_login(view.email)
    return view
