"""The session's cookie, and the short-lived one between password and second factor (SPEC 1.4, 1.5)."""

from flask import Response, request
from sqlalchemy.orm import Session

from core import accounts
from core.kit import clock
from core.kit.config import settings
from intake_api.context import limit, session_token
from intake_api.errors import SignInRequired

HALF_WAY_COOKIE = "hotleads_half_way"
HALF_WAY_PATH = "/sign-in"


def hand_out(response: Response, signed_in: accounts.SignedIn) -> Response:
    """Give the browser its session; ``Secure`` everywhere but on loopback."""
    _set(response, accounts.SESSION_COOKIE, signed_in.token, seconds=7 * 86_400, path="/")
    response.delete_cookie(HALF_WAY_COOKIE, path=HALF_WAY_PATH)
    return response


def hand_out_half_way(response: Response, half_way: accounts.HalfWay) -> Response:
    """Remember a right password for the five minutes of the second factor."""
    _set(response, HALF_WAY_COOKIE, half_way.token, seconds=300, path=HALF_WAY_PATH)
    return response


def take_back(response: Response) -> Response:
    """Make the browser forget both."""
    response.delete_cookie(accounts.SESSION_COOKIE, path="/")
    response.delete_cookie(HALF_WAY_COOKIE, path=HALF_WAY_PATH)
    return response


def half_way_token() -> str:
    """The half-way token of the browser; empty without one."""
    return request.cookies.get(HALF_WAY_COOKIE, "")


def person(session: Session) -> accounts.SessionView:
    """Whoever is signed in, also while they still have to set up the second factor; raises ``SignInRequired``."""
    token = session_token()
    view = accounts.session_view(session, token=token, acts=True, now=clock.utc_now()) if token else None
    if view is None:
        raise SignInRequired("access.sign_in", "Please sign in first.")
    limit("user", str(view.actor.user_id))
    return view


def end_former_session(session: Session) -> None:
    """A browser that signs in again loses the session it had: no id outlives a change of person or rights."""
    token = session_token()
    view = accounts.session_view(session, token=token, now=clock.utc_now()) if token else None
    if view is not None:
        accounts.sign_out(session, actor=view.actor, now=clock.utc_now())


def _set(response: Response, name: str, value: str, *, seconds: int, path: str) -> None:
    secure = not settings().is_local_address
    response.set_cookie(name, value, max_age=seconds, path=path, httponly=True, samesite="Lax", secure=secure)
