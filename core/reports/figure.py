"""What a figure is: its name, its meaning, how it is worked out, and what it should be."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from core import ops

Unit = Literal["leads", "sales", "times", "cents", "share", "seconds", "per lead", "stars", "people", "providers", "pairs"]
Part = Literal["kpi", "time", "success"]
Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a figure should be: a threshold that admins can change, divided by ``per`` to be in the figure's unit."""

    threshold: str
    better: Better
    per: float = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of SPEC 12. ``sql`` is what it is read by: an expression over the hourly counts for the KPIs, a stage of
    the waits for the times, a whole statement for the success page. ``comes_with``: its source is not there yet."""

    key: str
    name: str
    sentence: str
    formula: str
    unit: Unit
    part: Part
    source: str
    sql: str = ""
    target: Target | None = None
    comes_with: str | None = None


@dataclass(frozen=True, slots=True)
class FigureValue:
    """A figure as it is now: ``value`` in the figure's unit, ``None`` when there is nothing to work it out from.

    ``state`` says in words how it stands to its target; ``good`` is ``None`` when there is none, or no value.
    """

    key: str
    value: float | None
    previous: float | None = None
    trend: tuple[float | None, ...] = ()
    target: float | None = None
    good: bool | None = None
    state: str = ""
    detail: str = ""


def target_of(session: Session, figure: Figure) -> float | None:
    """The figure's target in its own unit."""
    return ops.threshold(session, figure.target.threshold) / figure.target.per if figure.target else None


def judged(session: Session, figure: Figure, value: float | None, *, detail: str = "") -> FigureValue:
    """The value beside its target, in words."""
    target = target_of(session, figure)
    if figure.comes_with:
        return FigureValue(figure.key, None, target=target, state=f"Comes with {figure.comes_with}", detail=detail)
    if value is None:
        return FigureValue(figure.key, None, target=target, state="Nothing to measure yet", detail=detail)
    if target is None or figure.target is None:
        return FigureValue(figure.key, value, state="Measured", detail=detail)
    good = value >= target if figure.target.better == "higher" else value <= target
    return FigureValue(figure.key, value, target=target, good=good, state="On target" if good else "Off target", detail=detail)
