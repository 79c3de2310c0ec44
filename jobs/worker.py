"""The worker: Huey's consumer with process workers, its relay beside them, stopped gracefully by SIGTERM."""

import logging
from functools import partial
from typing import Any

from huey.consumer import Consumer

from core.kit import logs, tracing
from core.kit.config import settings
from jobs import aside, failures, last_job
from jobs.broker import broker, connect
from jobs.last_job import Left
from jobs.presence import presence
from jobs.processes import settle_after_fork
from jobs.relay import Relay

GRACE_S = 20


class RowConsumer(Consumer):  # type: ignore[misc]
    """Huey's consumer whose clock is our relay."""

    scheduler_class = Relay

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deaths: list[tuple[Left, int | None]] = []

    def check_worker_health(self) -> bool:
        """Replace workers that died, and count the tries that they took along."""
        for place, (_, process) in enumerate(self.worker_threads):
            if not self.environment.is_alive(process) and (left := last_job.left_in(place)):
                self._deaths.append((left, process.exitcode))
        healthy: bool = super().check_worker_health()
        self._deaths = [death for death in self._deaths if not failures.record_death(*death)]
        return healthy


def run() -> None:
    """Work until SIGTERM; jobs that are running are finished first, for at most 20 seconds."""
    logs.configure("worker")
    tracing.check_installed()
    logging.getLogger("huey").setLevel(logging.WARNING)
    huey = broker()
    huey.on_startup("settle")(settle_after_fork)
    huey.on_startup("tracing")(partial(tracing.configure, "worker"))
    huey.on_startup("presence")(presence.start)
    huey.on_startup("aside")(aside.open)
    huey.on_shutdown("aside")(aside.close)
    connect()  # what a job enqueues is pushed at once, too
    consumer = RowConsumer(
        huey,
        workers=settings().worker_processes,
        worker_type="process",
        periodic=False,
        check_worker_health=True,
        health_check_interval=1,
        shutdown_timeout=GRACE_S,
        graceful_signal="TERM",
    )
    logs.logger().info("worker.started", processes=settings().worker_processes)
    consumer.run()
