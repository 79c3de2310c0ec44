"""The safe path: every few seconds push what is due again, and add what the clock asks for (docs/adr/0002)."""

import time
from datetime import datetime
from typing import Any

from huey.consumer import Scheduler

from core.kit import outbox
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.logs import logger
from jobs import broker, metrics_port, schedule
from jobs.processes import settle_after_fork

EVERY_S = 3
MOST = 5000


class Relay(Scheduler):  # type: ignore[misc]
    """Takes the place of Huey's scheduler process, whose lists in Redis we do not use."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known: dict[str, datetime] = {}

    def initialize(self) -> None:
        """A process of its own needs connections of its own; beside its rounds it answers Prometheus."""
        settle_after_fork()
        metrics_port.serve()

    def loop(self, now: datetime | None = None) -> None:
        """One round; a round that fails is logged and the next one tries again."""
        started = time.monotonic()
        try:
            tick(self.known, now=utc_now())
        except Exception:
            logger().exception("relay.failed")
        self.sleep_for_interval(started, EVERY_S)


def tick(known: dict[str, datetime], *, now: datetime) -> int:
    """Add the rows of slots that have begun and push everything due; returns how many were pushed."""
    with transaction() as session:
        schedule.enqueue_due(session, now=now, known=known)
        rows = outbox.due(session, now=now, limit=MOST)
    broker.push(rows)
    return len(rows)
