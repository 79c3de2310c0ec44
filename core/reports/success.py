"""How well the exchange does, each figure beside its target (SPEC 12.2)."""

import os
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit import metrics
from core.kit.actor import Actor
from core.kit.replica import may_be_old
from core.reports.counts import counted
from core.reports.figure import Figure, FigureValue, judged
from core.reports.kept import Reported, kept
from core.reports.scope import Scope
from core.reports.success_figures import SUCCESS, TOLD


@dataclass(frozen=True, slots=True)
class Success:
    """Every figure of the success page by its key."""

    figures: dict[str, FigureValue]


@may_be_old
def success(session: Session, *, actor: Actor, scope: Scope, now: datetime, refresh: bool = False) -> Reported[Success]:
    """Each figure with its target and how it stands to it, in words (SPEC 12.2)."""
    actor.require("admin", "analyst", "scientist")
    return kept(
        Success,
        f"success:{scope.key}",
        lambda: _success(session, scope, now),
        now=now,
        refresh=refresh,
    )


def _success(session: Session, scope: Scope, now: datetime) -> Success:
    sums = _of_counts(session, scope)
    return Success({figure.key: _measured(session, figure, scope, now, sums) for figure in SUCCESS})


def _of_counts(session: Session, scope: Scope) -> dict[str, Any]:
    """The rows of all figures that are sums of the counts, in one statement: the counts are read once."""
    sql, values = counted(scope)
    row_of = "(select to_jsonb(told) from ({sql}) told) as {key}"
    each = ", ".join(row_of.format(sql=figure.sql, key=figure.key) for figure in SUCCESS if _is_sum(figure))
    return dict(session.execute(text(f"with {sql} select {each}"), values).mappings().one())


def _is_sum(figure: Figure) -> bool:
    return bool(figure.sql) and "from counted" in figure.sql


def _measured(session: Session, figure: Figure, scope: Scope, now: datetime, sums: dict[str, Any]) -> FigureValue:
    if figure.key == "api_p95":
        seconds, calls = api_p95(_api_buckets())
        return judged(session, figure, seconds, detail=f"{calls:,} calls")
    if not figure.sql:
        return judged(session, figure, None)
    row = sums.get(figure.key)
    if row is None:
        statement = text(f"with nothing as (select) {figure.sql}")
        row = session.execute(statement, scope.values | {"zone": scope.timezone, "now": now}).mappings().one()
    told = TOLD.get(figure.key, "").format(**row)
    return judged(session, figure, row["value"], detail=told)


def api_p95(buckets: dict[float, float]) -> tuple[float | None, int]:
    """Seconds within which 95 of 100 calls were answered, from cumulative counts by upper bound, and how many calls."""
    total = buckets.get(inf, 0)
    wanted, below, seen = 0.95 * total, 0.0, 0.0
    for bound in sorted(buckets):
        if buckets[bound] >= wanted and total:
            if bound == inf:
                return below, int(total)
            return below + (bound - below) * (wanted - seen) / max(buckets[bound] - seen, 1e-9), int(total)
        below, seen = bound, buckets[bound]
    return None, int(total)


def _api_buckets() -> dict[float, float]:
    """What the servers counted, all routes of the API together."""
    found: dict[float, float] = defaultdict(float)
    told = metrics.exposition(shared_directory=os.environ.get("PROMETHEUS_MULTIPROC_DIR")).decode()
    for family in text_string_to_metric_families(told):
        if family.name == "hotleads_http_seconds":
            for sample in family.samples:
                if sample.name.endswith("_bucket") and sample.labels.get("route", "").startswith("/api/"):
                    found[float(sample.labels["le"])] += sample.value
    return dict(found)
