"""Who buys at which price: a demand that is known, so that any way of setting prices can be judged by what it earns.

On each day of its life a listing meets a number of companies (Poisson); each buys when the lead is worth its price to it.
Worth rises with quality, falls with age and with other buyers, and differs by season and from company to company.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
GOING_RATES = {"home-seller": 6000, "home-buyer": 4500, "roofing": 8000, "hvac": 5000}
LIFE_DAYS = 7
SPREAD = 0.45  # of the logarithm of worth between companies
MONTHS = 8


@dataclass(frozen=True)
class Demand:
    """What is true of a set of listings: companies met a day, and the middle worth of a lead in cents when fresh."""

    going_rate_cents: Floats
    quality: Floats  # 0 to 100
    slots_sold: Floats
    demand: Floats  # takings per open listing in the last week, as the exchange measures it
    season: Floats  # requests against a usual month's
    companies_a_day: Floats
    month: NDArray[np.int64]

    def worth_cents(self, age_h: Floats | float) -> Floats:
        """The worth to the middle company."""
        fresh = 0.55 + 0.45 * 0.5 ** (np.asarray(age_h) / 40.0)
        steep = 0.35 + 1.3 / (1 + np.exp(-(self.quality - 58.0) / 9.0))
        worth: Floats = self.going_rate_cents * steep * fresh * 0.82**self.slots_sold * (1.15 - 0.15 * self.season)
        return worth

    def chance_of_sale(self, price_cents: Floats, age_h: Floats | float) -> Floats:
        """That somebody buys within the day."""
        from scipy.stats import norm

        above = norm.sf(np.log(np.maximum(price_cents, 1.0) / self.worth_cents(age_h)) / SPREAD)
        chance: Floats = 1 - np.exp(-self.companies_a_day * above)
        return chance

    def take(self, rows: NDArray[np.generic]) -> "Demand":
        """The same of these listings only."""
        return Demand(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Offers:
    """Days on which a listing stood on sale at a price, and whether it was bought: what price models learn from."""

    facts: Demand
    age_h: Floats
    price_cents: Floats
    bought: Floats


def make_offers(seed: int, *, listings: int = 2500) -> tuple[Demand, Offers]:
    """Listings of a world, and the days they stood on sale at prices that were tried around the written rule's."""
    rng = np.random.default_rng([seed, 3])
    niche = rng.choice(list(GOING_RATES), listings)
    month = np.sort(rng.integers(0, MONTHS, listings))
    demand = np.clip(rng.gamma(2.0, 0.4, listings), 0.02, 4)
    season = np.clip(1 + 0.35 * np.cos(2 * np.pi * month / 12 + rng.uniform(0, 0.6)) + rng.normal(0, 0.05, listings), 0.4, 1.8)
    truth = Demand(
        going_rate_cents=np.array([GOING_RATES[name] for name in niche], float),
        quality=np.clip(rng.normal(55, 15, listings), 1, 99),
        slots_sold=rng.integers(0, 4, listings).astype(float),
        demand=demand,
        season=season,
        companies_a_day=0.25 + 1.6 * np.tanh(demand),
        month=month,
    )
    return truth, _history(rng, truth)


def _history(rng: np.random.Generator, truth: Demand) -> Offers:
    rows: list[tuple[int, float, float, float]] = []
    tried = np.exp(rng.normal(0, 0.3, (len(truth.month), LIFE_DAYS)))
    standing = np.ones(len(truth.month), bool)
    for day in range(LIFE_DAYS):
        age = day * 24.0
        price = by_rule(truth, age) * tried[:, day]
        sold = rng.random(len(price)) < truth.chance_of_sale(price, age)
        rows += [(int(n), age, float(price[n]), float(sold[n])) for n in np.flatnonzero(standing)]
        standing &= ~sold
    which, ages, prices, bought = (np.array(column) for column in zip(*rows, strict=True))
    return Offers(truth.take(which.astype(int)), ages.astype(float), prices.astype(float), bought.astype(float))


def by_rule(truth: Demand, age_h: float) -> Floats:
    """The written rule's price in cents, within its bounds."""
    from core.pricing import Known, Rails, price

    facts = zip(truth.going_rate_cents, truth.quality, truth.slots_sold, truth.demand, truth.season, strict=True)
    priced = [
        price(Known(int(rate), float(q), age_h, int(sold), float(d), float(s)), Rails(int(rate * 0.3), int(rate * 3))).cents
        for rate, q, sold, d, s in facts
    ]
    return np.array(priced, float)
