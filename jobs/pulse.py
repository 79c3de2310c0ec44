"""Long work keeps its row: the lease is renewed while something else has the processor, and tells how far it is."""

from threading import Event, Thread
from types import TracebackType
from typing import Self

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core.kit import outbox
from core.kit.clock import utc_now
from core.kit.db import Json, transaction
from core.kit.outbox import Job

EVERY_S = 15.0  # a quarter of the lease: three beats may be missed
_log = structlog.get_logger(__name__)


class Pulse:
    """Renews a job's lease until it is left. ``tell`` says how far the work is, at once."""

    def __init__(self, job: Job) -> None:
        self._job, self._over = job, Event()
        self._thread = Thread(target=self._beat, name="pulse", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def tell(self, progress: Json) -> None:
        """Write down how far the work is."""
        with transaction() as session:
            outbox.renew(session, self._job, now=utc_now(), progress=progress)

    def _beat(self) -> None:
        while not self._over.wait(EVERY_S):
            try:
                with transaction() as session:
                    outbox.renew(session, self._job, now=utc_now())
            except SQLAlchemyError as error:  # a database that is away for a moment: the next beat tries again
                _log.warning("pulse.missed", job_id=str(self._job.id), error=type(error).__name__)
