"""The KPIs of a scope beside the period before it, with their trend by day (SPEC 12.1)."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.replica import may_be_old
from core.reports.counts import counted, waited
from core.reports.figure import Figure, FigureValue
from core.reports.kept import Reported, kept
from core.reports.kpi_figures import KPIS, QUANTILES, STAGES, TIMES
from core.reports.scope import Scope

BIN = 1.05


@dataclass(frozen=True, slots=True)
class Kpis:
    """Every KPI by its key, times included."""

    figures: dict[str, FigureValue]


@may_be_old
def kpis(session: Session, *, actor: Actor, scope: Scope, now: datetime, refresh: bool = False) -> Reported[Kpis]:
    """Each KPI with its value, that of the period before, and its days; for staff (SPEC 12.1)."""
    actor.require("admin", "analyst", "scientist")
    return kept(Kpis, f"kpis:{scope.key}", lambda: _kpis(session, scope), now=now, refresh=refresh)


def _kpis(session: Session, scope: Scope) -> Kpis:
    return Kpis(_counts(session, scope) | _times(session, scope))


def _counts(session: Session, scope: Scope) -> dict[str, FigureValue]:
    sql, values = counted(scope, first=scope.before)
    rows = session.execute(
        text(f"""with {sql} select day, day >= :since as current, {_expressions()} from counted
                 group by grouping sets ((day), (day >= :since))"""),  # noqa: S608
        values,
    ).mappings()
    whole: dict[bool, Any] = {}
    days: dict[Any, Any] = {}
    for row in rows:
        if row["day"] is None:
            whole[row["current"]] = row
        elif row["day"] >= scope.since:
            days[row["day"]] = row
    trend = [days.get(day) for day in scope.dates]
    return {figure.key: _value(figure, whole.get(True), whole.get(False), trend) for figure in KPIS}


@lru_cache(maxsize=1)
def _expressions() -> str:
    return ", ".join(f'({figure.sql})::float8 as "{figure.key}"' for figure in KPIS if figure.sql)


def _value(figure: Figure, now: Any, before: Any, trend: list[Any]) -> FigureValue:
    if figure.comes_with:
        return FigureValue(figure.key, None, state=f"Comes with {figure.comes_with}")
    nothing = None if figure.unit in ("share", "per lead") else 0.0
    return FigureValue(
        figure.key,
        value=now[figure.key] if now else nothing,
        previous=before[figure.key] if before else nothing,
        trend=tuple(row[figure.key] if row else nothing for row in trend),
        state="Measured",
    )


def _times(session: Session, scope: Scope) -> dict[str, FigureValue]:
    sql, values = waited(scope, first=scope.before)
    rows = session.execute(
        text(f"with {sql} select stage, day >= :since as current, bin, sum(n) as n from waited group by 1, 2, 3 order by 3"),  # noqa: S608
        values,
    )
    bins: dict[tuple[str, bool], list[tuple[int, int]]] = {}
    for stage, current, number, n in rows:
        bins.setdefault((stage, current), []).append((number, int(n)))
    keys = [(stage, share) for stage in STAGES for share in QUANTILES.values()]
    return {
        figure.key: FigureValue(
            figure.key, quantile(bins.get((stage, True), []), share), quantile(bins.get((stage, False), []), share)
        )
        for figure, (stage, share) in zip(TIMES, keys, strict=True)
    }


def quantile(bins: list[tuple[int, int]], share: float) -> float | None:
    """Seconds within which ``share`` of the steps were done, from counts per bin in order; the middle of its bin."""
    wanted, seen = share * sum(n for _, n in bins), 0
    for number, n in bins:
        seen += n
        if seen >= wanted:
            return float(BIN ** (number + 0.5)) if number else 1.0
    return None
