"""What every answer carries: correlation id, rate window, security headers, timing."""

import re
from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from flask import Flask, Response, g, request

from core.kit import tracing
from core.kit.logs import correlation_id
from core.kit.metrics import HTTP_SECONDS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

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
SECURITY = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),  # not no-referrer: that turns Origin into null on our own forms
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=(self)"),
)
SECURE_TRANSPORT = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
WINDOW = "hotleads.rate_window"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")


class Headers:
    """WSGI wrapper that adds the headers, except those an answer brings itself: plain tuples, once per request."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request of the server."""

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
            own = {name for name, _ in headers}
            more = [header for header in (*SECURITY, *_of_request(environ)) if header[0] not in own]
            return start_response(status, headers + more, exc_info)

        return self._app(environ, start)


def install(app: Flask) -> None:
    """Register the hooks around each request and the wrapper around them."""
    app.before_request(_begin)
    app.after_request(_measure)
    app.teardown_request(_end)
    app.wsgi_app = Headers(app.wsgi_app)  # type: ignore[method-assign]


def _of_request(environ: "WSGIEnvironment") -> Iterable[tuple[str, str]]:
    yield "X-Correlation-ID", correlation_id.get() or ""
    if not environ["PATH_INFO"].startswith("/assets/"):
        yield "Cache-Control", "no-store"
    if environ["wsgi.url_scheme"] == "https":
        yield SECURE_TRANSPORT
    window = environ.get(WINDOW)
    if window is not None:
        yield "X-RateLimit-Limit", str(window.limit)
        yield "X-RateLimit-Remaining", str(window.remaining)
        yield "X-RateLimit-Reset", str(int(window.reset_at))


def _begin() -> None:
    g.began = perf_counter()
    given = request.headers.get("X-Correlation-ID", "")
    ours = not _GIVEN.fullmatch(given)
    correlation_id.set(uuid4().hex if ours else given)
    g.trace = tracing.span(f"{request.method} {_route()}", begins=ours, **{"http.request.method": request.method})
    g.trace.__enter__()


def _measure(response: Response) -> Response:
    route = _route()
    seconds = perf_counter() - g.get("began", perf_counter())
    HTTP_SECONDS.labels(request.method, route, _class(response.status_code)).observe(seconds)
    tracing.note(**{"http.route": route, "http.response.status_code": response.status_code})
    return response


def _end(_error: BaseException | None) -> None:
    trace = g.pop("trace", None)
    if trace is not None:
        trace.__exit__(None, None, None)


def _class(status: int) -> str:
    """``2xx``; too many requests by itself, since it is neither the caller's mistake nor ours."""
    return "429" if status == 429 else f"{status // 100}xx"


def _route() -> str:
    return request.url_rule.rule if request.url_rule else "unknown"
