"""A worker tells what it is at, for the page of operations: only jobs that take longer than a moment (SPEC 13.2).

A thread beside the job looks once a second, so that the many short jobs cost nothing.
"""

import os
import socket
import threading
from datetime import timedelta

from redis import RedisError

from core import ops
from core.kit.clock import utc_now
from core.kit.errors import Unavailable
from core.kit.logs import logger
from core.kit.outbox import Job
from core.kit.words import without_contact

EVERY_S = 1.0
A_MOMENT = timedelta(seconds=1)


class Presence:
    """What this process works on, and the thread that tells of it."""

    def __init__(self) -> None:
        self._job: ops.RunningJob | None = None
        self._told = False
        self._stopped = threading.Event()

    def begin(self, job: Job) -> None:
        """This process is at a job from now on."""
        self._job = ops.RunningJob(job.id, job.kind, without_contact(job.key), utc_now())

    def end(self) -> None:
        """It is over, whatever came of it."""
        self._job = None

    def start(self) -> None:
        """Begin to tell; once per worker process, after its fork."""
        self._stopped.clear()
        threading.Thread(target=self._tell_on, name="presence", daemon=True).start()

    def stop(self) -> None:
        """Tell no more."""
        self._stopped.set()

    def _tell_on(self) -> None:
        reachable = True
        while not self._stopped.wait(EVERY_S):
            try:
                self.tell()
                reachable = True
            except (RedisError, Unavailable) as error:
                if reachable:
                    logger().warning("presence.unavailable", error=type(error).__name__)
                reachable = False

    def tell(self) -> None:
        """Say what the job is when it has lasted a moment, and that it is over when it was told of."""
        job, now, worker = self._job, utc_now(), f"{socket.gethostname()}:{os.getpid()}"
        if job is not None and now - job.since >= A_MOMENT:
            ops.announce(job, worker=worker, now=now)
            self._told = True
        elif self._told:
            ops.announce_end(worker=worker)
            self._told = False


presence = Presence()
