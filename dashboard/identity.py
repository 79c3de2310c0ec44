"""Who is on the line: checked once per request and once per WebSocket handshake, before Streamlit sees it (SPEC 1.4)."""

from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote

from anyio.to_thread import run_sync
from starlette.types import ASGIApp, Receive, Scope, Send

from core import accounts
from core.kit.clock import utc_now
from core.kit.db import transaction

# What we tell Streamlit; config.toml maps it into st.user. Copies sent by a client are dropped, whatever their case.
TRUSTED_PREFIX = b"x-hotleads-"
SESSION_HEADER = b"x-hotleads-session"

# Code and images that carry nobody's data.
OPEN_PREFIXES = ("/static/", "/vendor/", "/app/static/", "/component/", "/_stcore/health", "/_stcore/host-config")
# The pages we send people to are open even where Flask is not mounted, or they would be sent in circles.
OPEN_PATHS = frozenset({"/start", "/sign-in", "/second-factor", "/favicon.png", "/favicon.ico", "/manifest.json", "/robots.txt"})
# Streamlit answers these without asking who is there; nobody outside needs them.
CLOSED_PREFIXES = ("/_stcore/metrics", "/_stcore/agent")


class Identity:
    """ASGI middleware: a live session's token goes on to ``st.user``; everybody else goes to sign in.

    Of the addresses left over only ``pages`` are drawn; ``nowhere`` answers the rest, with the page for a wrong address.
    """

    def __init__(
        self, app: ASGIApp, *, flask_prefixes: frozenset[str], pages: frozenset[str], nowhere: ASGIApp | None = None
    ) -> None:
        self.app = app
        self.flask_prefixes = flask_prefixes
        self.pages = pages
        self.nowhere = nowhere or app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Strip, verify, inject; or turn away."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if not name.lower().startswith(TRUSTED_PREFIX)]
        scope = {**scope, "headers": headers}
        path: str = scope["path"]
        if path.startswith(CLOSED_PREFIXES):
            await _answer(scope, send, 404, b"Not found")
            return
        if not self._is_open(path):
            token = session_token(headers)
            view = await run_sync(_session_view, token) if token else None
            if view is None or view.must_enrol:
                await _turn_away(scope, send, enrol=view is not None)
                return
            headers.append((SESSION_HEADER, str(token).encode("latin-1")))
            if scope["type"] == "http" and path.split("/")[1] not in self.pages:
                await self.nowhere(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        """True for code without data, and for the Flask pages, which check for themselves."""
        return path in OPEN_PATHS or path.startswith(OPEN_PREFIXES) or path.split("/")[1] in self.flask_prefixes


def session_token(headers: list[tuple[bytes, bytes]]) -> str | None:
    """The session cookie's value among raw headers."""
    for name, value in headers:
        if name.lower() == b"cookie":
            try:
                morsel = SimpleCookie(value.decode("latin-1")).get(accounts.SESSION_COOKIE)
            except CookieError:
                continue
            if morsel is not None and morsel.value:
                return morsel.value
    return None


def _session_view(token: str) -> Any:
    with transaction() as session:
        return accounts.session_view(session, token=token, now=utc_now())


async def _turn_away(scope: Scope, send: Send, *, enrol: bool) -> None:
    """A page asks to sign in (or to set up the second factor); anything else is refused."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4401, "reason": "Sign in first"})
        return
    path: str = scope["path"]
    if path.startswith(("/_stcore/", "/media/")) or scope["method"] not in {"GET", "HEAD"}:
        await _answer(scope, send, 401, b"Sign in first")
        return
    query = scope.get("query_string", b"").decode("latin-1")
    wanted = path + (f"?{query}" if query else "")
    if enrol:
        target = "/second-factor"
    elif path == "/":
        target = "/start"
    else:
        target = f"/sign-in?next={quote(wanted, safe='')}"
    await _answer(scope, send, 303, b"", [(b"location", target.encode("latin-1"))])


async def _answer(scope: Scope, send: Send, status: int, body: bytes, more: list[tuple[bytes, bytes]] | None = None) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4404})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *(more or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
