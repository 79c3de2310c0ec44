"""How production serves the Flask app (``gunicorn --config python:intake_api.gunicorn_settings``).

One process more than there are cores, four threads each, open connections spread evenly (``even_worker``), because the
threads of one process take turns: docs/performance.md, "Intake".
Behind a proxy that keeps its connections open, so these are kept alive longer than the proxy keeps them.
"""

import os
from typing import Any

from core.kit import db, logs, tracing
from core.kit.config import settings
from intake_api import even_worker

bind = f"{settings().host}:{settings().port}"
workers = (os.cpu_count() or 1) + 1
worker_class = "intake_api.even_worker.EvenWorker"
threads = 4
preload_app = True
keepalive = 75
backlog = 512
graceful_timeout = 20
timeout = 60
limit_request_line = 8190
control_socket_disable = True


def child_exit(_server: Any, worker: Any) -> None:
    """Whoever was killed could not say so: its connections are gone, and the others wait for it no longer."""
    even_worker.leave(worker.age)


def post_fork(_server: Any, _worker: Any) -> None:
    """Each worker makes its own connections."""
    db.after_fork()
    logs.configure("intake")
    tracing.configure("intake")
