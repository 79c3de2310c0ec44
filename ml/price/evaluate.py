"""What a way of setting prices earns where demand is known: revenue and sell-through, beside the rule and the oracle."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.price.curve import Curve
from ml.price.features import Facts
from ml.price.predict import GRID, best_plan
from ml.world.buyers import LIFE_DAYS, Demand, by_rule

Floats = NDArray[np.float64]


def facts_of(truth: Demand, age_h: float | Floats = 0.0) -> Facts:
    """What can be seen of listings of a made-up world."""
    age = np.broadcast_to(age_h, truth.quality.shape)
    return Facts(truth.going_rate_cents, np.column_stack([truth.quality, age, truth.slots_sold, truth.demand, truth.season]))


def evaluate(curve: Curve, truth: Demand) -> dict[str, Any]:
    """Expected revenue a listing in cents and share sold, by the model, by the written rule, and by who knows demand."""
    plan = best_plan(curve, facts_of(truth))
    return {
        "model": _earned(truth, lambda day: plan[day]),
        "rule": _earned(truth, lambda day: by_rule(truth, 24.0 * day)),
        "oracle": _oracle(truth),
    }


def _earned(truth: Demand, price_on: Callable[[int], Floats]) -> dict[str, float]:
    standing, revenue = np.ones(len(truth.month)), np.zeros(len(truth.month))
    for day in range(LIFE_DAYS):
        price = np.clip(price_on(day), 0.3 * truth.going_rate_cents, 3.0 * truth.going_rate_cents)
        chance = truth.chance_of_sale(price, 24.0 * day)
        revenue += standing * chance * price
        standing *= 1 - chance
    return {"revenue_cents": float(revenue.mean()), "sell_through": float(1 - standing.mean())}


def _oracle(truth: Demand) -> dict[str, float]:
    """Who knows the curve chooses by the same reckoning, so nothing within the bounds earns more."""
    plan: list[Floats] = []
    later = np.zeros(len(truth.month))
    rows = np.arange(len(truth.month))
    for day in reversed(range(LIFE_DAYS)):
        price = np.outer(truth.going_rate_cents, GRID)
        chance = np.column_stack([truth.chance_of_sale(price[:, n], 24.0 * day) for n in range(len(GRID))])
        earned = chance * price + (1 - chance) * later[:, None]
        which = earned.argmax(axis=1)
        later = earned[rows, which]
        plan.insert(0, price[rows, which])
    return _earned(truth, lambda day: plan[day])
