"""The worker: Huey's consumer with process workers, its relay beside them, stopped gracefully by SIGTERM."""

import logging
import time
from functools import partial
from typing import Any

from huey.consumer import Consumer
from redis import RedisError

from core.kit import logs, tracing
from core.kit.config import settings
from jobs import aside, failures, last_job
from jobs.broker import broker, connect
from jobs.last_job import Left
from jobs.presence import presence
from jobs.processes import settle_after_fork
from jobs.relay import Relay

GRACE_S = 20
EVERY_S = 60


class RedisAway(logging.Filter):
    """While Redis is away Huey says so ten times a second and process, each time with a trace: a sentence a minute is enough."""

    def __init__(self) -> None:
        super().__init__()
        self._again = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Let one such line pass a minute, in words; every other line as it is."""
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, RedisError):
            return True
        if time.monotonic() < self._again:
            return False
        self._again = time.monotonic() + EVERY_S
        words = f"Redis does not answer ({type(error).__name__}), so no job is begun. Check REDIS_URL and the server."
        record.msg, record.args, record.exc_info, record.exc_text = words, (), None, None
        return True


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
    for handler in logging.getLogger().handlers:
        handler.addFilter(RedisAway())
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
    try:
        consumer.run()
    except BaseException:
        # Its processes heed no gentle signal, and Python waits for them before it ends: they have to be told.
        consumer.stop()
        raise
