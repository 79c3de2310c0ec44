"""How production serves the Flask app (``gunicorn --config python:intake_api.gunicorn_settings``).

Two processes for two cores, four threads each: a request waits for the database more than it computes. Behind a
proxy that keeps its connections open, so these are kept alive longer than the proxy keeps them.
"""

from typing import Any

from core.kit import db, logs
from core.kit.config import settings

bind = f"{settings().host}:{settings().port}"
workers = settings().worker_processes
worker_class = "gthread"
threads = 4
preload_app = True
keepalive = 75
backlog = 512
graceful_timeout = 20
timeout = 60
limit_request_line = 8190
control_socket_disable = True


def post_fork(_server: Any, _worker: Any) -> None:
    """Each worker makes its own connections."""
    db.after_fork()
    logs.configure("intake")
