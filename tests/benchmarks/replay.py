"""``hotleads bench replay``: a past of so many leads, sold by real workers, replayed as it was and under another price.

The limit is the sale itself: what the same engine took to sell these leads the first time, with real workers.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg

from core import distribution, niches
from core.distribution import Change
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import make_engine, transaction
from tests.benchmarks.distribution import _build
from tests.benchmarks.distribution_worker import distribute
from tests.benchmarks.ground import machine, own_database

Progress = Callable[[str], None]


def run(*, progress: Progress, scale: int = 10_000, providers: int | None = None, workers: int = 2, **_: Any) -> dict[str, Any]:
    """Sell ``scale`` leads to 1,000 subscribed providers (or to ``providers``), then replay them.

    ``minutes`` and ``leads_per_s`` are of one pass, ``minutes_compared`` of a replay with a change, which is two passes at once.
    ``identical``: every run of the unchanged pass came out as it did.
    """
    crowd = providers or 1000
    with own_database("replay") as url:
        progress(f"building {crowd} providers and {scale} leads")
        jobs = _build(url, crowd, scale)
        progress(f"{workers} workers distribute them")
        sold = distribute(url, jobs, workers)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("vacuum analyze")
        same, seconds = _replayed(url, progress, changed=False)
        other, both = _replayed(url, progress, changed=True)
        about = machine(url)
    return {
        "name": "replay",
        "scale": scale,
        "providers": crowd,
        "machine": about,
        "leads": same.before.leads,
        "minutes": round(seconds / 60, 3),
        "leads_per_s": round(same.before.leads / seconds, 1),
        "minutes_compared": round(both / 60, 3),
        "identical": same.agreed == same.runs == scale and other.agreed == scale,
        "revenue_changed": other.after.revenue_cents - other.before.revenue_cents,
        "limit": {"kind": "the sales themselves", "leads_per_s": round(sold.leads / sold.seconds, 1), "workers": workers},
        "ratio": round(same.before.leads / seconds / (sold.leads / sold.seconds), 3),
        "ratio_of": "leads_per_s of one pass to those of the sales with real workers; higher is better",
    }


def _replayed(url: str, progress: Progress, *, changed: bool) -> tuple[distribution.Replay, float]:
    engine = make_engine(url)
    try:
        with transaction(engine) as session, transaction(engine) as beside:
            (niche,) = niches.list_niches(session)
            level = niches.levels_of(session, niche.id)[0]
            changes = [Change("level", level.id, "price_cents", level.price_cents * 2)] if changed else []
            began = time.perf_counter()
            told = distribution.replay(
                session,
                actor=SYSTEM,
                niche_id=niche.id,
                since=utc_now() - timedelta(days=1),
                until=utc_now() + timedelta(days=1),
                changes=changes,
                beside=beside,
                tell=lambda done, of: progress(f"{done:,} of {of:,} events"),
            )
            return told, time.perf_counter() - began
    finally:
        engine.dispose()
