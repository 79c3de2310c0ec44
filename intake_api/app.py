"""The WSGI application: served by itself in production, mounted beside the pages on a laptop."""

import hashlib
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from flask import Flask, send_file, url_for
from werkzeug.middleware.proxy_fix import ProxyFix

import core.tables  # noqa: F401
from core.kit import clock
from core.kit.config import settings
from intake_api import errors, headers
from intake_api.blueprints import all_blueprints
from intake_api.context import check_address
from intake_api.origin import check_origin
from intake_api.quick_json import QuickJson

LARGEST_BODY = 1024 * 1024
STATIC = Path(__file__).parent / "static"
# The type of the pages, which `npm ci` brings for both; without it a system's own stands in.
TYPE = (
    STATIC.parent.parent / "dashboard/node_modules/@fontsource-variable/radio-canada/files/radio-canada-latin-wght-normal.woff2"
)
WEEK_S = 7 * 86_400


def create_app() -> Flask:
    """Build the app; ``HOTLEADS_TRUSTED_PROXIES`` says how many ``X-Forwarded-*`` hops to believe."""
    app = Flask("intake_api", root_path=str(Path(__file__).parent), static_folder="static", static_url_path="/assets")
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, SEND_FILE_MAX_AGE_DEFAULT=31_536_000)
    app.json = QuickJson(app)
    app.url_map.strict_slashes = False
    headers.install(app)
    app.before_request(check_address)
    app.before_request(check_origin)
    errors.install(app)
    if TYPE.exists():
        app.add_url_rule("/assets/type.woff2", "type", lambda: send_file(TYPE, max_age=WEEK_S))
    app.jinja_env.globals.update(asset=asset, demo=settings().demo)
    app.jinja_env.filters["local_time"] = local_time
    for blueprint in all_blueprints():
        app.register_blueprint(blueprint)
    hops = settings().trusted_proxies
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def asset(name: str) -> str:
    """Address of a static file, changing with its content so that browsers may keep it for a year."""
    return url_for("static", filename=name, v=_fingerprint(name))


def local_time(moment: datetime, zone: str) -> str:
    """``4 November 2026, 10:00 PST`` on the wall clock of a market."""
    there = clock.in_zone(moment, zone)
    return f"{there.day} {there:%B %Y, %H:%M %Z}"


@lru_cache(maxsize=32)
def _fingerprint(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
