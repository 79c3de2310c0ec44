"""One export in a process of its own: asked for, written by the job, and how much memory that took at most."""

import json
import resource
import sys
import time
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

import core.tables  # noqa: F401
from core import reports
from core.kit import clock
from core.kit.actor import Actor
from core.kit.db import transaction
from core.reports import Scope
from core.reports.exports import DATASETS, Wanted
from core.reports.exports import rows as batches
from jobs.work import work

DAYS = 400


def main(admin: UUID, rows: int, format: str) -> dict[str, object]:
    """Write about ``rows`` leads, the newest, contact data included."""
    actor, now = Actor(admin, "admin"), clock.utc_now()
    share = rows / max(1, _all(actor, format))
    since = (now - timedelta(days=min(DAYS, int(share * 365) + 1))).date()
    began = time.perf_counter()
    with transaction() as session:
        asked = reports.exports.request_export(session, actor=actor, dataset="leads", format=format, since=since, now=now)
    with transaction() as session:
        job = session.scalar(text("select id from outbox where kind = 'export.write' and key = :key"), {"key": str(asked.id)})
    assert work(str(job)) == "done"
    took = time.perf_counter() - began
    with transaction() as session:
        done = reports.exports.get_export(session, actor=actor, export_id=asked.id, now=clock.utc_now())
    assert done.state == "ready" and done.bytes
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": done.rows_done, "seconds": round(took, 2), "rss_mb": round(peak), "file_mb": round(done.bytes / 1e6, 1)}


def _all(actor: Actor, format: str) -> int:
    today = clock.utc_now().date()
    with transaction() as session:
        scope = Scope(today - timedelta(days=DAYS), today)
        return batches.count(session, Wanted(DATASETS["leads"], format, scope, None), most=10**8)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(UUID(sys.argv[1]), int(sys.argv[2]), sys.argv[3])) + "\n")
