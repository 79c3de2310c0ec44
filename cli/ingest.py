"""``hotleads ingest``: one walk through a source by hand, with progress on stderr."""

import sys
import time
from dataclasses import asdict

from core import sourcing
from core.kit.actor import SYSTEM
from core.kit.db import transaction
from core.kit.errors import HotleadsError
from core.kit.local import use_services
from core.sourcing import RunCounts
from jobs import broker
from jobs.ingest import walk_through


class RunFailed(HotleadsError):
    """The source broke off; what came before it is stored."""


def ingest(slug: str) -> dict[str, object]:
    """Bring in what a source has since the last time; returns the run's figures. Raises as the run does, in words."""
    import core.tables  # noqa: F401

    with use_services():
        broker.connect()
        with transaction() as session:
            source_id = sourcing.find_source(session, slug).id
        began = time.monotonic()
        counts = walk_through(source_id, actor=SYSTEM, cause="person", tell=lambda counts: _tell(slug, counts, began))
        with transaction() as session:
            (run,) = sourcing.list_runs(session, actor=SYSTEM, source_id=source_id, limit=1)
    if run.state == "failed":
        raise RunFailed("source.failed", f"{slug}: {run.error}")
    return {"source": slug, "run": str(run.id), "seconds": round(time.monotonic() - began, 2), **asdict(counts)}


def told(figures: dict[str, object]) -> str:
    """The figures for people."""
    counted = [f"{value:,} {name.replace('_', ' ')}" for name, value in figures.items() if isinstance(value, int) and value]
    return f"{figures['source']}: {', '.join(counted) or 'nothing new'}."


def _tell(slug: str, counts: RunCounts, began: float) -> None:
    rate = counts.fetched / max(time.monotonic() - began, 0.001)
    line = f"{slug}: {counts.fetched:,} records, {counts.fresh:,} new, {counts.quarantined:,} in quarantine, {rate:,.0f}/s"
    print(line, file=sys.stderr, flush=True)
