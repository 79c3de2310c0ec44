"""``/api/v1/auth``: accounts for programs; a browser gets its cookie from the same answers (SPEC 1)."""

from typing import Any

from flask import Blueprint, Response, jsonify

from core import accounts, providers
from core.kit import clock
from core.kit.db import transaction
from core.kit.tenant import acting
from intake_api.auth import cookies
from intake_api.auth.fields import id_lists, limit_login, limit_mail, texts
from intake_api.context import client_ip, json_body, limit, limit_by_ip, user_agent
from intake_api.idempotency import idempotent

blueprint = Blueprint("auth_api", __name__, url_prefix="/api/v1/auth")
SENT = "If there is an account that needs it, a mail with a link is on its way."


@blueprint.post("/register")
@idempotent
def register(session: Any) -> tuple[dict[str, Any], int]:
    """Sign a company up; the answer is the same when the address has an account already."""
    limit_by_ip("account.anonymous")
    body = json_body()
    company, email, password, full_name = texts(body, "company_name", "email", "password", "full_name")
    niche_ids, market_ids = id_lists(body, "niche_ids", "market_ids")
    providers.register(
        session,
        company_name=company,
        email=email,
        password=password,
        full_name=full_name,
        niche_ids=niche_ids,
        market_ids=market_ids,
        terms_accepted=body.get("terms_accepted") is True,
        now=clock.utc_now(),
        ip=client_ip(),
    )
    limit_by_ip("register")  # counts what would be registered, not what was mistyped
    return {"message": "Check your e-mail: the link in it confirms your address."}, 201


@blueprint.post("/login")
def login() -> Response:
    """A session, or a half-way token when a second factor is set up."""
    email, password = texts(json_body(), "email", "password")
    limit_login(email)
    with transaction() as session:
        done = accounts.sign_in(
            session, email=email, password=password, ip=client_ip(), user_agent=user_agent(), now=clock.utc_now()
        )
        if isinstance(done, accounts.SignedIn):
            cookies.end_former_session(session)
    if isinstance(done, accounts.HalfWay):
        return jsonify({"mfa_required": True, "half_way_token": done.token, "expires_at": done.expires_at})
    return cookies.hand_out(jsonify(session_body(done)), done)


@blueprint.post("/logout")
def logout() -> Response:
    """End the session at once; repeating it is no error."""
    with transaction() as session:
        cookies.end_former_session(session)
    return cookies.take_back(jsonify({"signed_out": True}))


@blueprint.get("/me")
def me() -> Response:
    """Who is signed in."""
    with transaction() as session:
        view = cookies.person(session)
    return jsonify(
        {
            "id": str(view.actor.user_id),
            "name": view.user_name,
            "email": view.email,
            "role": view.actor.role,
            "provider_id": str(view.actor.provider_id) if view.actor.provider_id else None,
            "company": view.company,
            "owner": view.owner,
            "second_factor": view.second_factor,
            "must_enroll": view.must_enrol,
            "expires_at": view.expires_at,
        }
    )


@blueprint.post("/verify-email")
def verify_email() -> Response:
    """Confirm the address by the link's token."""
    limit_by_ip("verify")
    (token,) = texts(json_body(), "token")
    with transaction() as session:
        accounts.verify_email(session, token=token, now=clock.utc_now())
    return jsonify({"verified": True})


@blueprint.post("/resend-verification")
def resend_verification() -> Response:
    """A new link for somebody who has not confirmed yet; the answer tells nothing."""
    (email,) = texts(json_body(), "email")
    limit_mail("verification", email)
    with transaction() as session:
        accounts.resend_verification(session, email=email, now=clock.utc_now())
    return jsonify({"message": SENT})


@blueprint.post("/forgot-password")
def forgot_password() -> Response:
    """A link to choose a new password; the answer tells nothing."""
    (email,) = texts(json_body(), "email")
    limit_mail("password", email)
    with transaction() as session:
        accounts.request_password_reset(session, email=email, now=clock.utc_now())
    return jsonify({"message": SENT})


@blueprint.post("/reset-password")
def reset_password() -> Response:
    """Set a new password by the link's token; every session of the person ends."""
    limit_by_ip("verify")
    token, password = texts(json_body(), "token", "password")
    with transaction() as session:
        accounts.reset_password(session, token=token, password=password, now=clock.utc_now())
    return jsonify({"reset": True})


@blueprint.post("/accept-invitation")
def accept_invitation() -> Response:
    """Give an invited person a name and a password."""
    limit_by_ip("verify")
    token, full_name, password = texts(json_body(), "token", "full_name", "password")
    with transaction() as session:
        accounts.accept_invitation(session, token=token, full_name=full_name, password=password, now=clock.utc_now())
    return jsonify({"accepted": True})


@blueprint.post("/invitations")
@idempotent
def invite(session: Any) -> tuple[dict[str, Any], int]:
    """Ask a colleague into one's company."""
    view = cookies.person(session)
    (email,) = texts(json_body(), "email")
    user = accounts.invite(session, actor=view.actor, email=email, now=clock.utc_now())
    return {"id": str(user.id)}, 201


@blueprint.post("/change-password")
def change_password() -> Response:
    """Replace a known password; the person's other sessions end."""
    current, password = texts(json_body(), "current_password", "password")
    with transaction() as session:
        view = cookies.person(session)
    limit_login(view.email)
    with acting(view.actor) as session:
        accounts.change_password(session, actor=view.actor, current=current, password=password, now=clock.utc_now())
    return jsonify({"changed": True})


@blueprint.post("/password-advice")
def password_advice() -> Response:
    """How strong a password is and how to better it, while it is being typed; nothing of it is kept."""
    body = json_body()
    (password,) = texts(body, "password")
    limit("account.anonymous", "advice", client_ip() or "unknown")
    email, company = (value if isinstance(value := body.get(name), str) else "" for name in ("email", "company"))
    advice = accounts.password_advice(password, email=email[:254], company=company[:200])
    return jsonify({"score": advice.score, "ok": advice.ok, "warning": advice.warning, "suggestions": advice.suggestions})


def session_body(signed_in: accounts.SignedIn) -> dict[str, Any]:
    """A session for programs: send the token as ``Authorization: Bearer``."""
    return {
        "token": signed_in.token,
        "expires_at": signed_in.expires_at,
        "must_enroll": signed_in.must_enrol,
        "user": {"id": str(signed_in.actor.user_id), "role": signed_in.actor.role},
    }
