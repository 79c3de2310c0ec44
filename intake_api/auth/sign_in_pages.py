"""``/sign-in``, ``/sign-in/second-factor`` and ``/sign-out``."""

from urllib.parse import quote

from flask import Blueprint, Response, request

from core import accounts
from core.kit import clock
from core.kit.config import settings
from core.kit.db import transaction
from core.kit.errors import HotleadsError
from intake_api.auth import cookies
from intake_api.auth.api_mfa import code_refused
from intake_api.auth.fields import form, limit_login
from intake_api.auth.pages import go, page, refused, way_back
from intake_api.context import client_ip, limit_by_ip, session_token, user_agent

blueprint = Blueprint("sign_in_pages", __name__)
GOOD_NEWS = {
    "verified": "Your address is confirmed. You can sign in now.",
    "reset": "Your new password is set. Sign in with it.",
    "joined": "Welcome to the team. Sign in with your new password.",
    "out": "You are signed out.",
}
LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}


@blueprint.get("/sign-in")
def sign_in() -> Response:
    """The form, or straight on for those who are signed in."""
    token = session_token()
    with transaction() as session:
        view = accounts.session_view(session, token=token, now=clock.utc_now()) if token else None
    if view is not None:
        return go("/second-factor" if view.must_enrol else way_back())
    return page("sign_in", good_news=GOOD_NEWS.get(request.args.get("done", "")), next=way_back())


@blueprint.post("/sign-in")
def sign_in_now() -> Response:
    """Check the password; on to the second factor, to its set-up, or in."""
    email = form("email")
    try:
        limit_login(email)
        with transaction() as session:
            done = accounts.sign_in(
                session,
                email=email,
                password=form("password"),
                ip=client_ip(),
                user_agent=user_agent(),
                now=clock.utc_now(),
            )
            if isinstance(done, accounts.SignedIn):
                cookies.end_former_session(session)
    except HotleadsError as error:
        return refused("sign_in", error, next=way_back(), typed={"email": email})
    if isinstance(done, accounts.HalfWay):
        return cookies.hand_out_half_way(go(f"/sign-in/second-factor?next={quote(way_back(), safe='')}"), done)
    return _welcome(done)


@blueprint.get("/sign-in/second-factor")
def second_factor() -> Response:
    """Ask for the code."""
    if not cookies.half_way_token():
        return go("/sign-in")
    return page("challenge", next=way_back(), demo_code=_demo_code())


@blueprint.post("/sign-in/second-factor")
def second_factor_now() -> Response:
    """Check the code; a wrong one is counted, and the count is kept."""
    try:
        limit_by_ip("account.anonymous")
        with transaction() as session:
            done = accounts.second_factor(
                session,
                half_way=cookies.half_way_token(),
                code=form("code"),
                ip=client_ip(),
                user_agent=user_agent(),
                now=clock.utc_now(),
            )
            if isinstance(done, accounts.SignedIn):
                cookies.end_former_session(session)
        if isinstance(done, accounts.CodeRefused):
            raise code_refused(done)
    except accounts.HalfWayEnded as error:
        return cookies.take_back(refused("sign_in", error, next=way_back()))
    except HotleadsError as error:
        return refused("challenge", error, next=way_back(), demo_code=_demo_code())
    return _welcome(done)


@blueprint.get("/sign-out")
def sign_out() -> Response:
    """A button; links must not act."""
    return page("sign_out")


@blueprint.post("/sign-out")
def sign_out_now() -> Response:
    """End the session at once."""
    with transaction() as session:
        cookies.end_former_session(session)
    return cookies.take_back(go("/sign-in?done=out"))


def _welcome(signed_in: accounts.SignedIn) -> Response:
    return cookies.hand_out(go("/second-factor" if signed_in.must_enrol else way_back()), signed_in)


def _demo_code() -> str | None:
    """For people of the demo, on the machine that runs it (SPEC 1.5)."""
    name = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    if not settings().demo or name not in LOOPBACK:
        return None
    with transaction() as session:
        return accounts.demo_code(session, half_way=cookies.half_way_token(), now=clock.utc_now())
