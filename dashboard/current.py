"""The one place where a page learns who is looking, and through which it reads and acts.

Callbacks run before the script and fragments skip it, so nothing here trusts an earlier check: every read and
every act opens its transaction, re-checks the session row (SPEC 1.4) and passes the actor on; core authorises.
A press counts against its user's limit (SPEC 1.7). Drawing does not: a page asks many things each time it is drawn, and
its live parts draw themselves for as long as it is open.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NoReturn, TypeVar
from uuid import uuid4

import streamlit as st

from core import accounts
from core.kit import limits, own_writes, replica, tenant, tracing
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import reading, transaction
from core.kit.errors import Forbidden, HotleadsError
from core.kit.logs import correlation_id
from dashboard import wording
from dashboard.live import say

HEADER = "x-hotleads-session"
T = TypeVar("T")


class SignedOut(Forbidden):
    """Nobody is signed in on this page any more."""


@dataclass(frozen=True, slots=True)
class CurrentUser:
    """The person in front of the page."""

    actor: Actor
    name: str
    email: str
    company: str | None
    company_status: str | None
    owner: bool
    second_factor: bool

    @property
    def role(self) -> str:
        """The person's role; decides which pages are in the menu."""
        return self.actor.role


def current_user() -> CurrentUser:
    """The person behind this run; ends the run with a way to sign in when the session is over."""
    try:
        with reading() as session:
            return _checked(session, utc_now())
    except SignedOut as error:
        _sign_in_again(error)


def read(verb: Callable[..., T], /, **arguments: Any) -> T:
    """What a verb of core answers for this person; a refusal ends this part of the page, in words."""
    return _or_stop(_tried(verb, arguments, reads=True))


def look(verb: Callable[..., T], /, **arguments: Any) -> T:
    """Like ``read``, two round trips quicker, for a verb that writes nothing."""
    return _or_stop(glance(verb, **arguments))


def act(verb: Callable[..., T], /, *, said: str | None = None, **arguments: Any) -> T | None:
    """One button press is one transaction: run the verb, say what was done; ``None`` when core refused, in words.

    Fit for callbacks: it draws nothing itself.
    """
    done = attempt(verb, **arguments)
    if isinstance(done, HotleadsError):
        if not isinstance(done, SignedOut):
            say(wording.whole(done), bad=True)
        return None
    if said:
        say(said)
    return done


def attempt(verb: Callable[..., T], /, **arguments: Any) -> T | HotleadsError:
    """Like ``act`` for forms that show a refusal beside their fields: the error is returned."""
    return _tried(verb, arguments, press=True)


def ask(verb: Callable[..., T], /, **arguments: Any) -> T | HotleadsError:
    """Like ``attempt`` for what is asked whenever a part is drawn: the error is returned, and it is no press."""
    return _tried(verb, arguments)


def glance(verb: Callable[..., T], /, **arguments: Any) -> T | HotleadsError:
    """Like ``attempt``, two round trips quicker, for a verb that writes nothing."""
    return _tried(verb, arguments, reads=True, looks=True)


def _tried(
    verb: Callable[..., T], arguments: dict[str, Any], *, reads: bool = False, looks: bool = False, press: bool = False
) -> T | HotleadsError:
    token = correlation_id.set(uuid4().hex)  # what a press causes, jobs and mails, can be traced back to it
    try:
        with tracing.span(f"page {getattr(verb, '__name__', 'act')}", begins=True):
            return _read(verb, arguments, looks=looks) if reads else _act(verb, arguments, press=press)
    except HotleadsError as error:
        return error
    finally:
        correlation_id.reset(token)


def zone_of_browser() -> str:
    """The reader's own IANA zone, for times that belong to no market; UTC when the browser keeps it to itself."""
    return st.context.timezone or "UTC"


def _or_stop(found: T | HotleadsError) -> T:
    if isinstance(found, SignedOut):
        _sign_in_again(found)
    if isinstance(found, HotleadsError):
        wording.show(found)
        st.stop()
    return found


def _act(verb: Callable[..., T], arguments: dict[str, Any], *, press: bool) -> T:
    """Run a verb as the person who is here, in one transaction that begins with asking who that is and is named after their
    company, so that the database refuses any other company's row."""
    now = utc_now()
    with transaction() as session:
        actor = _checked(session, now, acts=True).actor
        if press:
            limits.hit_by_press(verb, str(actor.user_id))
        done = _call(verb, session, actor, now, arguments)
    own_writes.note(actor)
    return done


def _read(verb: Callable[..., T], arguments: dict[str, Any], *, looks: bool) -> T:
    """What a verb tells the person who is here; a company's people read as their company (``kit.tenant``), and what may be
    a moment old by the replica (``kit.replica``)."""
    now = utc_now()
    with reading() as session:
        actor = _checked(session, now).actor
    if getattr(verb, "may_be_old", False):
        return replica.answered(actor, lambda session: _call(verb, session, actor, now, arguments), looks=looks)
    with tenant.for_actor(actor, looks=looks) as session:
        return _call(verb, session, actor, now, arguments)


def _call(verb: Callable[..., T], session: Any, actor: Actor, now: datetime, arguments: dict[str, Any]) -> T:
    """Run a verb; ``actor`` and ``now`` are given to verbs that take them."""
    given = {"actor": actor, "now": now}
    return verb(session, **{name: given[name] for name in _wanted(verb)} | arguments)


@lru_cache(maxsize=512)
def _wanted(verb: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(name for name in ("actor", "now") if name in inspect.signature(verb).parameters)


def _checked(session: Any, now: datetime, *, acts: bool = False) -> CurrentUser:
    token = st.user.get("token")
    handshake = st.context.headers.get(HEADER)
    # A reconnect resumes the Streamlit session of whoever opened it first: the person on this
    # connection must be the one the session was opened for.
    if handshake is not None and handshake != token:
        raise SignedOut("session.other", "Somebody else signed in on this browser.")
    view = accounts.session_view(session, token=str(token), acts=acts, now=now) if token else None
    if view is None or view.must_enrol:
        raise SignedOut("session.over", "You are signed out.")
    return CurrentUser(view.actor, view.user_name, view.email, view.company, view.company_status, view.owner, view.second_factor)


def _sign_in_again(error: SignedOut) -> NoReturn:
    """The way to the sign-in page, in place of the content."""
    st.subheader(error.message, anchor=False)
    st.write("Sign in again to go on. What you had saved is safe.")
    st.link_button("Sign in", "/sign-in", type="primary", icon=":material/login:")
    st.stop()
