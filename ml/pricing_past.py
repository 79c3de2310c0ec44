"""Learning prices from the exchange's own past, and judging the curve on days it has not seen."""

import pickle
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from core import reports
from core.advice import Comparison, Version
from core.kit.actor import Actor
from core.reports import PastPrice
from ml import price, progress, tracking
from ml.errors import TooFewRows
from ml.measures import measure
from ml.price import FACTS, Curve, Facts
from ml.registry import Trained, read, standing_of, working

Floats = NDArray[np.float64]
COMPARED = 40_000  # days at most that two versions are asked about while somebody waits
LEARNED = 0.75  # share of the days that is learned from, the earliest ones


def gather(session: Session, *, actor: Actor, until: datetime, most: int | None = None) -> list[PastPrice]:
    """Days at a price up to ``until``, the latest ``most`` of them, the earliest first."""
    return sorted(reports.past_prices(session, actor=actor, until=until, most=most), key=lambda each: each.at)


def train(past: list[PastPrice], *, until: datetime, seed: int = 0) -> Trained:
    """Learn demand from the earlier days, judge by the later ones, and log the run. Raises ``TooFewRows``."""
    if len(past) < 2:
        raise TooFewRows("No listing has stood at a price for a day yet. The written rule stays in force.")
    cut = int(len(past) * LEARNED)
    with progress.part(f"Learning demand from {cut:,} days", 0.1, 0.6):
        curve = price.train(*_days(past[:cut]))
    with progress.part(f"Testing on {len(past) - cut:,} later days", 0.6, 0.8):
        figures = judge(curve, past[cut:])
    snapshot = tracking.sha256(repr(past).encode())
    run_id = tracking.log_run(
        "price",
        name=f"price until {until.isoformat()[:16]}",
        parameters={"seed": seed, "days": len(past), "origin": "exchange"},
        figures={f"{who}_{key}": figures[who][key] for who in ("model", "rule") for key in ("log_loss", "brier")},
        documents={"figures.json": figures},
        tags={"snapshot": snapshot, "cut_off": until.isoformat()},
        model=curve,
        registered="hotleads-price",
        example={**dict.fromkeys(FACTS, 1.0), "price_cents": 5000.0},
    )
    return Trained("price", run_id, tracking.sha256(pickle.dumps(curve)), snapshot, figures)


def judge(curve: Curve, past: list[PastPrice]) -> dict[str, Any]:
    """How well the chance of a sale is told, beside saying the same of every listing."""
    facts, cents, bought = _days(past)
    same = np.full(len(bought), bought.mean())
    return {"model": measure(bought, curve.chance_of_sale(facts, cents)).as_json(), "rule": measure(bought, same).as_json()}


def compare(session: Session, *, actor: Actor, version: Version, now: datetime) -> Comparison:
    """A version and what is in force on the latest quarter of days, by log loss; against nothing, by knowing only the mean."""
    past = gather(session, actor=actor, until=now, most=COMPARED)
    late = past[int(len(past) * LEARNED) :]
    if len(late) < 2:
        raise TooFewRows("Too few listings have stood at a price to compare on. Try again in some days.")
    told = working(lambda: judge(read(version), late))
    standing, name = standing_of(
        session, version, lambda champion: judge(read(champion), late)["model"]["log_loss"],
        lambda: told["rule"]["log_loss"], rule="knowing the mean alone",
    )  # fmt: skip
    return Comparison("log likelihood", -told["model"]["log_loss"], -standing, name, tracking.sha256(repr(late).encode()))


def columns(past: list[PastPrice]) -> dict[str, Floats]:
    """Facts by name, and ``asked``: the price against the going rate."""
    facts, cents, _ = _days(past)
    return {name: facts.values[:, n] for n, name in enumerate(FACTS)} | {"asked": cents / facts.going_rate_cents}


def chances(curve: Curve, past: list[PastPrice]) -> Floats:
    """The chance of a sale that a curve gives each of these days."""
    facts, cents, _ = _days(past)
    return curve.chance_of_sale(facts, cents)


def _days(past: list[PastPrice]) -> tuple[Facts, Floats, Floats]:
    values = [[50.0 if each.facts.get(name) is None else float(each.facts[name]) for name in FACTS] for each in past]
    rates = np.array([float(each.facts["going_rate_cents"]) for each in past])
    cents = np.array([float(each.price_cents) for each in past])
    return Facts(rates, np.array(values)), cents, np.array([float(each.bought) for each in past])
