"""The price that earns most until the listing closes, and what made it so."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.price.curve import Curve
from ml.price.features import FACTS, Facts

Floats = NDArray[np.float64]
GRID = np.exp(np.linspace(np.log(0.3), np.log(3.0), 28))  # prices against the going rate that are weighed
LIFE_DAYS = 7
TYPICAL = {"quality": 50.0, "age_h": 0.0, "slots_sold": 0.0, "demand": 0.5, "season": 1.0}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A price in cents; ``parts`` says what each fact adds to the price of a typical listing, and sums to it."""

    cents: int
    parts: tuple[tuple[str, int], ...]


def best_plan(curve: Curve, facts: Facts, *, days: int = LIFE_DAYS) -> list[Floats]:
    """For each day the price of each listing that earns most in all, a later sale at a later price being the alternative.

    Worked out backwards from the last day: what is not sold today is worth what the days after it are expected to bring.
    """
    plan: list[Floats] = []
    worth_later = np.zeros(len(facts.going_rate_cents))
    for day in reversed(range(days)):
        aged = facts.aged(24.0 * day)
        price = np.outer(facts.going_rate_cents, GRID)
        chance = np.column_stack([curve.chance_of_sale(aged, price[:, n]) for n in range(len(GRID))])
        earned = chance * price + (1 - chance) * worth_later[:, None]
        which = earned.argmax(axis=1)
        rows = np.arange(len(which))
        worth_later = earned[rows, which]
        plan.insert(0, price[rows, which])
    return plan


def predict(curve: Curve, facts: Facts) -> list[Suggestion]:
    """Suggestions with their parts: beginning with a typical listing, one fact after the other is made what it is."""
    steps = [np.tile([TYPICAL[name] for name in FACTS], (len(facts.values), 1))]
    for n in range(len(FACTS)):
        steps.append(steps[-1].copy())
        steps[-1][:, n] = facts.values[:, n]
    rates = np.tile(facts.going_rate_cents, len(steps))
    prices = np.round(best_plan(curve, Facts(rates, np.vstack(steps)))[0]).reshape(len(steps), -1)
    return [
        Suggestion(int(column[-1]), (("typical", int(column[0])), *zip(FACTS, np.diff(column).astype(int).tolist(), strict=True)))
        for column in prices.T
    ]
