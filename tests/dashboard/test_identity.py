"""Nobody is somebody by saying so: what the middleware lets through (SPEC 1.4)."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from core import accounts
from core.kit.clock import utc_now
from core.kit.db import transaction
from dashboard.identity import SESSION_HEADER, Identity
from tests import builders
from tests.dashboard.conftest import page_as, words
from tests.dashboard.world import World, token_of

Headers = list[tuple[bytes, bytes]]


class Inside:
    """The application behind the door: remembers whom it was shown."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.seen.append(scope)
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"in"})


def knock(path: str, headers: Headers | None = None, *, kind: str = "http", method: str = "GET") -> tuple[Inside, dict[str, Any]]:
    """One request or handshake at the door; what got in, and the first thing that came out."""
    inside, sent = Inside(), []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": f"{kind}.connect"}

    path, _, query = path.partition("?")
    scope = {"type": kind, "path": path, "method": method, "headers": headers or [], "query_string": query.encode()}
    door = Identity(
        inside,  # type: ignore[arg-type]
        flask_prefixes=frozenset({"sign-in", "api"}),
        pages=frozenset({"", "inbox", "review", "_stcore", "media"}),
        nowhere=_nowhere,
    )
    asyncio.run(door(scope, receive, send))  # type: ignore[arg-type]
    return inside, sent[0] if sent else {}


async def _nowhere(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})


def cookie(token: str) -> Headers:
    return [(b"cookie", f"theme=x; {accounts.SESSION_COOKIE}={token}".encode())]


def trusted(inside: Inside) -> list[bytes]:
    return [value for name, value in inside.seen[0]["headers"] if name == SESSION_HEADER]


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_live_session_is_passed_on(world: World, kind: str) -> None:
    inside, _ = knock("/_stcore/stream", cookie(world.tokens["admin"]), kind=kind)
    assert trusted(inside) == [world.tokens["admin"].encode()]


@pytest.mark.parametrize("name", [b"x-hotleads-session", b"X-Hotleads-Session", b"x-hotleads-anything"])
def test_headers_that_a_client_sends_never_arrive(world: World, name: bytes) -> None:
    spoofed = [(name, world.tokens["admin"].encode())]
    inside, _ = knock("/inbox", [*spoofed, *cookie(world.tokens["provider"])])
    assert trusted(inside) == [world.tokens["provider"].encode()]
    assert not any(n.lower() == b"x-hotleads-anything" for n, _ in inside.seen[0]["headers"])
    inside, answer = knock("/inbox", spoofed)
    assert inside.seen == [] and answer["status"] == 303
    inside, _ = knock("/api/v1/niches", spoofed)
    assert trusted(inside) == [], "also in front of Flask, which checks for itself"


def test_a_forged_cookie_is_nobody(world: World) -> None:
    token = world.tokens["admin"]
    for forged in (token[:-1] + ("A" if token[-1] != "A" else "B"), f"{world.users['admin'].hex}.{token.split('.')[1]}", "x", ""):
        inside, answer = knock("/_stcore/stream", cookie(forged), kind="websocket")
        assert inside.seen == [] and answer["code"] == 4401


def somebody(role: str = "admin") -> tuple[UUID, str]:
    """Another person of the role, just signed in: for tests that end the session."""
    with transaction() as session:
        user = builders.a_user(session, utc_now(), role=role, totp_confirmed_at=utc_now(), totp_secret=b"x")
        return user.id, token_of(session, user, utc_now())


def test_a_revoked_or_expired_session_is_nobody(world: World) -> None:
    revoked, expired = somebody(), somebody()
    with transaction() as session:
        accounts.revoke_sessions(session, user_id=revoked[0], reason="test", now=utc_now())
        session.execute(
            text("update user_session set expires_at = :then where user_id = :u"),
            {"then": utc_now() - timedelta(seconds=1), "u": expired[0]},
        )
    for _, token in (revoked, expired):
        assert knock("/", cookie(token))[1]["status"] == 303


def test_staff_without_a_second_factor_only_enrol(world: World) -> None:
    with transaction() as session:
        token = token_of(session, builders.a_user(session, utc_now(), role="admin"), utc_now())
    inside, answer = knock("/review", cookie(token))
    assert inside.seen == [] and (b"location", b"/second-factor") in answer["headers"]
    assert knock("/_stcore/stream", cookie(token), kind="websocket")[1]["code"] == 4401
    assert "You are signed out" in words(page_as(token))


@pytest.mark.parametrize(
    ("path", "method", "status", "target"),
    [
        ("/", "GET", 303, b"/start"),
        ("/review?lead=1", "GET", 303, b"/sign-in?next=%2Freview%3Flead%3D1"),
        ("/media/abc.png", "GET", 401, None),
        ("/_stcore/upload_file/a/b", "PUT", 401, None),
        ("/review", "POST", 401, None),
    ],
)
def test_strangers_are_sent_to_sign_in(world: World, path: str, method: str, status: int, target: bytes | None) -> None:
    inside, answer = knock(path, method=method)
    assert inside.seen == [] and answer["status"] == status
    assert dict(answer["headers"]).get(b"location") == target


@pytest.mark.parametrize("path", ["/static/js/index.js", "/vendor/leaflet.js", "/_stcore/health", "/sign-in", "/api/v1/leads"])
def test_code_and_flask_pages_are_open(path: str) -> None:
    assert len(knock(path)[0].seen) == 1


def test_a_wrong_address_is_answered_by_our_own_page(world: World) -> None:
    """Streamlit would open its own box over the front page. Strangers are not told which addresses there are."""
    mine = cookie(world.tokens["admin"])
    inside, answer = knock("/nowhere", mine)
    assert inside.seen == [] and answer["status"] == 404
    assert len(knock("/review?lead=1", mine)[0].seen) == 1 and len(knock("/media/abc.png", mine)[0].seen) == 1
    assert knock("/nowhere")[1]["status"] == 303


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/interact", "/_stcore/agent/mcp"])
def test_doors_of_streamlit_that_stay_shut(world: World, path: str) -> None:
    inside, answer = knock(path, cookie(world.tokens["admin"]))
    assert inside.seen == [] and answer["status"] == 404


def test_a_page_dies_with_its_session(world: World) -> None:
    user, token = somebody()
    page = page_as(token, "users")
    assert page.title[0].value == "Users"
    with transaction() as session:
        accounts.revoke_sessions(session, user_id=user, reason="test", now=utc_now())
    page.run()
    assert "You are signed out" in words(page) and not page.title and not page.dataframe
