"""Security headers of everything the web process answers; a page that sets its own keeps it."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.kit.config import settings


def _inline_scripts() -> str:
    """Hashes of the scripts inside Streamlit's own index page, so that exactly those may run inline."""
    index = (Path(streamlit.__file__).parent / "static" / "index.html").read_text()
    scripts = re.findall(r"<script>(.*?)</script>", index, re.DOTALL)
    return " ".join(f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts)


SCRIPTS = f"script-src 'self' blob: 'wasm-unsafe-eval' {_inline_scripts()}"
PAGES = (
    f"default-src 'self'; {SCRIPTS}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; frame-ancestors 'self'; form-action 'self'"
)
# The map's frame builds its layers from a script it is handed, so it alone may evaluate.
FRAMES = PAGES.replace(SCRIPTS, "script-src 'self' 'unsafe-inline' 'unsafe-eval'")
ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), payment=(), usb=()",
}


def tile_host(address: str) -> str:
    """The host that pictures of the map may come from, as a policy names it; nothing unless tiles are set."""
    if not address:
        return ""
    scheme, host = urlsplit(address)[:2]
    return f" {scheme}://{host.replace('{s}.', '*.')}"


class SecurityHeaders:
    """ASGI middleware that adds the policy to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        tiles = tile_host(settings().map_tiles)
        self._pages, self._framed = (policy.replace("img-src 'self'", f"img-src 'self'{tiles}") for policy in (PAGES, FRAMES))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with headers added at the start of the response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        policy = self._framed if scope["path"].startswith("/component/") else self._pages

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("content-security-policy", policy)
                for name, value in ALWAYS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)
