"""The safe path: every few seconds push what is due again, and add what the clock asks for (docs/adr/0002).

Rows that functions of the database add, such as the mails of a sale, are known to nobody in Python: whoever commits
them rings, and the relay looks for fresh ones in between.
"""

import time
from datetime import datetime, timedelta
from typing import Any

from huey.consumer import Scheduler
from redis import RedisError

from core.kit import outbox_due
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.logs import logger
from core.kit.outbox_clock import call_back
from jobs import broker, metrics_port, schedule
from jobs.processes import settle_after_fork

EVERY_S = 3
MOST = 5000
LISTEN_S, PAUSE_S = 0.5, 0.1  # how soon it notices that it should stop; the least time between two looks
LONGEST = 20  # of rounds that fail, how many say nothing at most: a minute
OVERLAP = timedelta(seconds=5)  # a row is dated before its transaction commits


class Trouble:
    """What rounds that fail one after the other say: the first its trace, later ones a line at growing distances, a line when
    it is over. Tried is as often as ever: what waits is late enough."""

    def __init__(self) -> None:
        self.kind: type[Exception] | None = None
        self.rounds = 0

    def failed(self, error: Exception) -> None:
        """Another round failed."""
        if self.kind is not type(error):
            self.kind, self.rounds = type(error), 0
        self.rounds += 1
        if self.rounds == 1:
            logger().error("relay.failed", exc_info=error)
        elif self.rounds & (self.rounds - 1) == 0 or self.rounds % LONGEST == 0:
            logger().error("relay.still_failing", rounds=self.rounds, error=str(error).partition("\n")[0])

    def over(self) -> None:
        """A round went well."""
        if self.rounds:
            logger().warning("relay.works_again", rounds=self.rounds)
        self.kind, self.rounds = None, 0


class Relay(Scheduler):  # type: ignore[misc]
    """Takes the place of Huey's scheduler process, whose lists in Redis we do not use."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known: dict[str, datetime] = {}
        self.trouble = Trouble()

    def initialize(self) -> None:
        """A process of its own needs connections of its own; beside its rounds it answers Prometheus."""
        settle_after_fork()
        metrics_port.serve()

    def loop(self, now: datetime | None = None) -> None:
        """One round; a round that fails is logged and the next one tries again."""
        started = time.monotonic()
        try:
            tick(self.known, now=utc_now())
            self._listen(started + EVERY_S)
            self.trouble.over()
        except Exception as error:
            self.trouble.failed(error)
            self.sleep_for_interval(started, EVERY_S)

    def _listen(self, until: float) -> None:
        """Look for fresh rows whenever somebody rings, until the next round is due."""
        while (left := until - time.monotonic()) > 0 and not self.stop_flag.is_set():
            try:
                heard = broker.rung(min(left, LISTEN_S))
            except RedisError:
                self.sleep_for_interval(time.monotonic(), left)
                return
            if heard:
                look(now=utc_now())
                self.stop_flag.wait(PAUSE_S)


def tick(known: dict[str, datetime], *, now: datetime) -> int:
    """Add the rows of slots that have begun and push everything due; returns how many were pushed."""
    with transaction() as session:
        if called_back := call_back(session, now=now):
            logger().warning("relay.clock_was_ahead", rows=called_back)
        begun = schedule.enqueue_due(session, now=now, known=known)
        rows = outbox_due.due(session, now=now, limit=MOST)
    known |= begun  # not before they stand: a commit that failed must not cost a slot
    broker.push(rows)
    return len(rows)


def look(*, now: datetime) -> int:
    """Push what became due in the last seconds; returns how many."""
    with transaction() as session:
        rows = outbox_due.fresh(session, since=now - OVERLAP, now=now)
    broker.push(rows)
    return len(rows)
