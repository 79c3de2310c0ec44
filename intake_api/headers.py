"""What every answer carries: correlation id, rate window, security headers, timing."""

import re
from time import perf_counter
from uuid import uuid4

from flask import Flask, Response, g, request

from core.kit.logs import correlation_id
from core.kit.metrics import HTTP_SECONDS

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
SECURITY = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # not no-referrer: that turns Origin into null on our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(self)",
}
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")


def install(app: Flask) -> None:
    """Register the hooks around each request."""
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> None:
    g.began = perf_counter()
    given = request.headers.get("X-Correlation-ID", "")
    correlation_id.set(given if _GIVEN.fullmatch(given) else uuid4().hex)


def _finish(response: Response) -> Response:
    headers = response.headers
    for name, value in SECURITY.items():
        headers.setdefault(name, value)
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    headers["X-Correlation-ID"] = correlation_id.get() or ""
    window = g.get("rate_window")
    if window is not None:
        headers["X-RateLimit-Limit"] = str(window.limit)
        headers["X-RateLimit-Remaining"] = str(window.remaining)
        headers["X-RateLimit-Reset"] = str(int(window.reset_at))
    _measure(response)
    return response


def _measure(response: Response) -> None:
    route = request.url_rule.rule if request.url_rule else "unknown"
    seconds = perf_counter() - g.get("began", perf_counter())
    HTTP_SECONDS.labels(request.method, route, str(response.status_code)).observe(seconds)
