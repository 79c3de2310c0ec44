"""Long work keeps its row: the lease is renewed while something else has the processor, and tells how far it is."""

from core.kit import outbox
from core.kit.beat import Beat
from core.kit.clock import utc_now
from core.kit.db import Json, transaction
from core.kit.outbox import Job

EVERY_S = 15.0  # a quarter of the lease: three beats may be missed


class Pulse(Beat):
    """Renews a job's lease until it is left. ``tell`` says how far the work is, at once."""

    def __init__(self, job: Job) -> None:
        super().__init__("pulse", EVERY_S)
        self._job = job

    def tell(self, progress: Json) -> None:
        """Write down how far the work is."""
        with transaction() as session:
            outbox.renew(session, self._job, now=utc_now(), progress=progress)

    def beat(self) -> None:
        """Renew the lease."""
        with transaction() as session:
            outbox.renew(session, self._job, now=utc_now())
