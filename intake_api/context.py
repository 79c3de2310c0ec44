"""What every route may ask about its request: who, from where, with which body, how often."""

import ipaddress
import json
import re
from functools import lru_cache
from time import time
from typing import Any

from flask import g, request
from sqlalchemy.orm import Session

from core.kit import clock, limits
from core.kit.actor import Actor, Role, public
from core.kit.db import transaction
from core.kit.errors import Forbidden, Invalid, NotFound, TooMany
from intake_api.errors import NotJson, SignInRequired, WrongContentType
from intake_api.headers import WINDOW
from intake_api.scopes import check_scope, scope_of

DEEPEST_JSON = 20
# Without one of these no value can hold unstorable text (only escapes smuggle it in) or a number beyond reason.
_SUSPECT = re.compile(rb"\\u|[0-9][eE]|[0-9]{300}")
BAD_CHARACTERS = "Remove the characters that can't be stored (such as NUL)."


def client_ip() -> str | None:
    """Address of the caller, after as many proxies as ``HOTLEADS_TRUSTED_PROXIES`` says; ``None`` when it is no IP."""
    return _as_ip(request.remote_addr or "")


@lru_cache(maxsize=1024)
def _as_ip(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text.split("%")[0]))
    except ValueError:
        return None


def user_agent() -> str:
    """The caller's software as it names itself, cut to 300 characters."""
    return storable(request.headers.get("User-Agent", ""))[:300]


def session_token() -> str | None:
    """The token of ``Authorization: Bearer``, else of the session cookie."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip() or None
    return session_cookie()


def session_cookie() -> str | None:
    """The session cookie's value, if the browser sent one."""
    if not request.cookies:
        return None
    from core.accounts import SESSION_COOKIE

    return request.cookies.get(SESSION_COOKIE)


def current_actor(session: Session | None = None, *, acts: bool = False) -> Actor:
    """Who acts: the signed-in user, or an anonymous visitor; worked out once per request.

    Pass the route's session so that the look-up shares its transaction; ``acts``: what that writes is the caller's company's.
    Counts signed-in calls (SPEC 1.7). Raises ``SignInRequired`` for an API key that opens nothing.
    """
    if "actor" not in g:
        token = session_token()
        if token is None:
            g.actor = public(client_ip(), user_agent())
        elif session is None:
            with transaction() as own:
                g.actor = _actor_of(own, token, acts=acts)
        else:
            g.actor = _actor_of(session, token, acts=acts)
    actor: Actor = g.actor
    return actor


def _actor_of(session: Session, token: str, *, acts: bool) -> Actor:
    from core import accounts

    if accounts.is_key(token):
        return _by_key(session, token, acts=acts)
    found = accounts.current_actor(session, token=token, ip=client_ip(), user_agent=user_agent(), acts=acts, now=clock.utc_now())
    if found is None:
        return public(client_ip(), user_agent())
    limit("user", str(found.user_id))
    return found


def _by_key(session: Session, token: str, *, acts: bool) -> Actor:
    """Whose program calls; a key that opens nothing is refused, so that no partner's lead comes in as a stranger's."""
    from core import accounts

    held = accounts.key_holder(session, token=token, ip=client_ip(), user_agent=user_agent(), acts=acts, now=clock.utc_now())
    if held is None:
        raise SignInRequired("access.key", "This API key is unknown, expired or revoked. Use another one.")
    g.scopes = held.scopes
    if held.actor.partner_id is not None:
        limit_all(*((rule, (str(held.actor.partner_id),)) for rule in ("partner", "partner.burst")))
    else:
        limit("key", str(held.actor.key_id))
    return held.actor


def need_scope(actor: Actor, scope: str | None) -> None:
    """Refuse an API key that may not do this; people pass."""
    if actor.key_id is not None:
        check_scope(g.scopes, scope)


def signed_in(session: Session, *roles: Role) -> Actor:
    """The signed-in user, with one of the roles when any is named; raises ``SignInRequired`` or ``Forbidden``.

    What the session's transaction writes from here on is their company's (docs/adr/0029).
    """
    actor = current_actor(session, acts=True)
    if actor.role == "public":
        raise SignInRequired("access.sign_in", "Please sign in first.")
    if roles and actor.role not in roles:
        raise Forbidden("access.forbidden", "Your role does not allow this. Ask an administrator if you need it.")
    need_scope(actor, scope_of(request.blueprint, request.method))
    return actor


def limit(rule: str, *who: str) -> None:
    """Count this call against a rate limit and remember it for the ``X-RateLimit-*`` headers; raises ``TooMany``."""
    limit_all((rule, who))


def limit_all(*calls: tuple[str, tuple[str, ...]]) -> None:
    """``limit`` for several rules at once: all are counted or none; the headers tell of the tightest."""
    try:
        window = limits.hit_all(calls)
    except TooMany as error:
        allowed = min(int(limits.RULES[rule].split("/")[0]) for rule, _ in calls)
        request.environ[WINDOW] = limits.Window(allowed, 0, time() + error.retry_after_s)
        raise
    kept: limits.Window | None = request.environ.get(WINDOW)
    if window is not None and (kept is None or window.remaining < kept.remaining):
        request.environ[WINDOW] = window


def limit_by_ip(rule: str) -> None:
    """``limit`` per client address."""
    limit(rule, client_ip() or "unknown")


def json_body() -> dict[str, Any]:
    """The request's JSON object; raises ``WrongContentType``, ``NotJson``, or ``Invalid`` for unstorable text."""
    if request.mimetype != "application/json":
        raise WrongContentType("body.type", "Send the body as application/json.")
    raw = request.get_data(cache=True)
    try:
        # JSON is UTF-8 (RFC 8259). By itself Python takes UTF-16, too, in which no escape looks like one, and half characters.
        body = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_constant, object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise NotJson("body.not_json", "The body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise NotJson("body.not_object", "The body must be a JSON object.")
    if _SUSPECT.search(raw) or raw.count(b"{") + raw.count(b"[") > DEEPEST_JSON:
        _check(body, "", DEEPEST_JSON)
    return body


def check_address() -> None:
    """No address of the API holds what can't be stored: what is asked for by one is nowhere. Pages say so in their own words."""
    if request.path.startswith("/api/") and storable(request.path) != request.path:
        raise NotFound("route.unknown", "There is nothing at this address.")


def storable(text: str) -> str:
    """The text without what PostgreSQL can't store: NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names stand there once: of two values one would be taken in silence, and another reader takes the other."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Invalid(
            "body.twice", "A field stands in the body twice.", fields={storable(twice): "This field stands there twice."}
        )
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _check(value: Any, path: str, depth: int) -> None:
    """Refuse nesting beyond any form's need, numbers that no column takes, and unstorable text."""
    if depth < 0:
        raise Invalid("body.too_deep", "The body is nested too deeply.", fields={path.split(".")[0]: "Nested too deeply."})
    if isinstance(value, dict):
        for key, inner in value.items():
            _check(key, path or "body", depth)
            _check(inner, f"{path}.{key}" if path else key, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, path, depth - 1)
    elif isinstance(value, str):
        if storable(value) != value:
            raise Invalid("body.characters", BAD_CHARACTERS, fields={storable(path): BAD_CHARACTERS})
    elif isinstance(value, int | float) and abs(value) > 1e300:
        raise Invalid("body.number", "A number is too large.", fields={storable(path): "This number is too large."})
