"""The worker's own counts for Prometheus, on a port of the inner network: no token, so it is never published (SPEC 13.3)."""

import os
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from core.kit import metrics
from core.kit.config import settings
from core.kit.logs import logger

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a scrape every few seconds is no news."""


def serve() -> WSGIServer | None:
    """Answer ``/metrics`` in a thread of this process when ``HOTLEADS_METRICS_PORT`` is set; a taken port is logged."""
    port = settings().metrics_port
    if not port:
        return None
    try:
        server = make_server(settings().host, port, _answer, handler_class=_Silent)
    except OSError as error:
        logger().error("metrics.port", port=port, error=error.strerror)
        return None
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server


def _answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Every count of the processes that share this one's directory; gauges of the exchange come from the web side."""
    if environ["PATH_INFO"] != "/metrics":
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"Only /metrics is here.\n"]
    start_response("200 OK", [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")])
    return [metrics.exposition(shared_directory=os.environ.get("PROMETHEUS_MULTIPROC_DIR"))]
