"""The web process: Streamlit pages and the Flask app at one address. ``uvicorn dashboard.asgi:app``, one worker."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import streamlit as st
from a2wsgi import WSGIMiddleware
from flask import Flask
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from streamlit import config

import core.tables  # noqa: F401  every chapter's tables, once
from core.kit.config import settings
from core.kit.logs import logger
from dashboard import navigation, wording
from dashboard.headers import SecurityHeaders
from dashboard.identity import Identity
from intake_api.app import create_app

HERE = Path(__file__).parent
VENDOR = HERE / "node_modules"
# Streamlit keeps these for itself; Flask never claims them.
STREAMLITS_OWN = frozenset({"", "static", "media", "component", "_stcore", "app"})


def flask_prefixes(flask: Flask) -> frozenset[str]:
    """First path segments that Flask answers, from its own table of routes."""
    return frozenset(rule.rule.split("/")[1].split("<")[0] for rule in flask.url_map.iter_rules()) - STREAMLITS_OWN


def routes(flask: Flask) -> list[BaseRoute]:
    """Flask's prefixes with their whole paths (so its URLs are the same mounted or alone), and files from ``npm ci``."""
    wsgi = WSGIMiddleware(flask.wsgi_app, workers=16)
    mine: list[BaseRoute] = []
    for prefix in sorted(flask_prefixes(flask)):
        mine += [Route(f"/{prefix}", endpoint=wsgi), Route(f"/{prefix}/{{rest:path}}", endpoint=wsgi)]
    # A page that opens first lies at the front; who types its name gets there too.
    mine += [Route(f"/{entry.path}", endpoint=_front) for entry in navigation.PAGES if entry.default]
    return [*mine, Mount("/vendor", StaticFiles(directory=VENDOR, check_dir=False))]


async def _front(request: Request) -> RedirectResponse:
    return RedirectResponse("/" + (f"?{request.url.query}" if request.url.query else ""), 303)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Load what every session needs once and keep the collector away from it: 4-10 times the sessions per process."""
    for name in ("pandas", "pyarrow", "pydeck", "altair", "folium"):
        import_module(name)
    navigation.preload()
    gc.collect()
    gc.freeze()
    yield


def _failed(error: Exception) -> bool:
    """Log what broke a page and say it in words, with the code that finds the one from the other; ``True`` keeps
    Streamlit's own message away."""
    code = uuid4().hex[:12]
    logger().error("page.failed", exc_info=error, code=code)
    wording.unexpected(code)
    return True


async def _trouble(_request: Request, error: Exception) -> PlainTextResponse:
    """What a visitor reads when the door itself failed, such as without a database."""
    logger().error("web.failed", exc_info=error)
    return PlainTextResponse("Something is down on our side. Please try again in a minute.", 503, {"retry-after": "30"})


def create() -> st.App:
    """Build the app from the settings of this process."""
    flask = create_app()
    app = st.App(
        HERE / "app.py",
        routes=routes(flask),
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(
                Identity,
                flask_prefixes=flask_prefixes(flask),
                pages=STREAMLITS_OWN | {entry.path for entry in navigation.PAGES},
                nowhere=WSGIMiddleware(flask.wsgi_app, workers=2),
            ),
        ],
        lifespan=lifespan,
        on_script_error=_failed,
        exception_handlers={Exception: _trouble},
    )
    config.set_option("server.allowedHosts", allowed_hosts())
    return app


def allowed_hosts() -> list[str]:
    """Host names this process answers a WebSocket for: against DNS rebinding."""
    return sorted({"localhost", "127.0.0.1", "::1", settings().host, urlsplit(settings().base_url).hostname or "localhost"})


app = create()
