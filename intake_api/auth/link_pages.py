"""Pages that a mailed link opens: a GET shows a button or a form, only the POST acts (SPEC 1.3, 2.4)."""

from flask import Blueprint, Response, request

from core import accounts
from core.kit import clock
from core.kit.db import transaction
from core.kit.errors import HotleadsError
from intake_api.auth.fields import LONGEST, form, limit_mail
from intake_api.auth.pages import go, page, refused
from intake_api.context import limit_by_ip, storable

blueprint = Blueprint("link_pages", __name__)


@blueprint.get("/verify")
def verify() -> Response:
    """A button, when the link is good."""
    try:
        limit_by_ip("verify")
        with transaction() as session:
            accounts.link_owner(session, token=_token(), purpose="verify_email", now=clock.utc_now())
    except HotleadsError as error:
        return refused("link_over", error, kind="verify")
    return page("verify", token=_token())


@blueprint.post("/verify")
def verify_now() -> Response:
    """Confirm the address."""
    try:
        limit_by_ip("verify")
        with transaction() as session:
            accounts.verify_email(session, token=form("token"), now=clock.utc_now())
    except HotleadsError as error:
        return refused("link_over", error, kind="verify")
    return go("/sign-in?done=verified")


@blueprint.post("/verify/resend")
def resend() -> Response:
    """Another link; the answer tells nothing about who is known."""
    email = form("email")
    try:
        limit_mail("verification", email)
        with transaction() as session:
            accounts.resend_verification(session, email=email, now=clock.utc_now())
    except HotleadsError as error:
        return refused("check_mail", error, typed={"email": email})
    return page("check_mail", resent=True)


@blueprint.get("/forgot")
def forgot() -> Response:
    """Ask for the address."""
    return page("forgot")


@blueprint.post("/forgot")
def forgot_now() -> Response:
    """Mail a link; the answer tells nothing about who is known."""
    email = form("email")
    try:
        limit_mail("password", email)
        with transaction() as session:
            accounts.request_password_reset(session, email=email, now=clock.utc_now())
    except HotleadsError as error:
        return refused("forgot", error, typed={"email": email})
    return page("forgot", sent=True)


@blueprint.get("/reset")
def reset() -> Response:
    """The form for a new password, when the link is good."""
    try:
        limit_by_ip("verify")
        with transaction() as session:
            accounts.link_owner(session, token=_token(), purpose="reset_password", now=clock.utc_now())
    except HotleadsError as error:
        return refused("link_over", error, kind="reset")
    return page("reset", token=_token())


@blueprint.post("/reset")
def reset_now() -> Response:
    """Set the new password; every session of the person ends."""
    token = form("token")
    try:
        limit_by_ip("verify")
        with transaction() as session:
            accounts.reset_password(session, token=token, password=form("password"), now=clock.utc_now())
    except accounts.WeakPassword as error:
        return refused("reset", error, token=token)
    except HotleadsError as error:
        return refused("link_over", error, kind="reset")
    return go("/sign-in?done=reset")


@blueprint.get("/invitation")
def invitation() -> Response:
    """Who invites where, and the form to join."""
    try:
        limit_by_ip("verify")
        return _invitation(_token())
    except HotleadsError as error:
        return refused("link_over", error, kind="invitation")


@blueprint.post("/invitation")
def invitation_now() -> Response:
    """Join: name and password."""
    token, name = form("token"), form("full_name")
    try:
        limit_by_ip("verify")
        with transaction() as session:
            accounts.accept_invitation(session, token=token, full_name=name, password=form("password"), now=clock.utc_now())
    except HotleadsError as error:
        if error.fields:
            return _invitation(token, error=error, name=name)
        return refused("link_over", error, kind="invitation")
    return go("/sign-in?done=joined")


def _invitation(token: str, *, error: HotleadsError | None = None, name: str | None = None) -> Response:
    with transaction() as session:
        invited = accounts.invitation_of(session, token=token, now=clock.utc_now())
    context = {"token": token, "invited": invited, "typed": {"full_name": invited.full_name if name is None else name}}
    return refused("invitation", error, **context) if error else page("invitation", **context)


def _token() -> str:
    return storable(request.args.get("token", ""))[:LONGEST]
