"""What companies like: each has niches, areas and kinds of work it wins, and buys mostly those."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.world.people import AREAS, MARKETS, NICHES

TOPICS = {
    "home-seller": ("downsizing empty nest smaller house", "inherited probate property as is",
                    "relocation job transfer quick sale", "divorce equity split sale", "rental investment portfolio exit"),
    "home-buyer": ("first time buyer starter home loan", "luxury estate pool gated", "investor duplex cash purchase",
                   "relocating family school district", "downtown condo walkable loft"),
    "roofing": ("hail storm insurance claim shingles", "flat roof membrane leak commercial", "tile roof replacement underlayment",
                "gutter fascia repair small job", "metal roof standing seam upgrade"),
    "hvac": ("central air compressor dead summer", "furnace replacement efficiency rebate", "duct cleaning air quality allergy",
             "mini split garage addition", "thermostat maintenance plan tune up"),
}  # fmt: skip
FILLER = (
    "please call soon looking for quotes this month thank you we live near the park and would like to know the price "
    "weekend works best evening fine have two dogs gate code on arrival"
)


@dataclass(frozen=True)
class Tastes:
    """Leads in words and places, companies with their subscriptions, and who bought what when (day)."""

    text: list[str]
    niche: list[str]
    area: list[str]
    day: NDArray[np.int64]
    subscribed: list[frozenset[tuple[str, str]]]  # per company: niche and market
    bought: list[tuple[int, int, bool]]  # company, lead, whether it was won
    liking: NDArray[np.float64]  # the truth: company by lead, log odds of buying


def make_tastes(seed: int, *, leads: int = 2400, companies: int = 60, days: int = 120) -> Tastes:
    """A market of leads and what each company bought of it."""
    rng = np.random.default_rng([seed, 4])
    niche = rng.choice(NICHES, leads)
    topic = rng.integers(0, 5, leads)
    market = rng.choice(MARKETS, leads)
    place = rng.integers(0, AREAS, leads)
    text = [_told(rng, TOPICS[n][t]) for n, t in zip(niche, topic, strict=True)]
    day = np.sort(rng.integers(0, days, leads))
    liking = np.full((companies, leads), -12.0)
    subscribed = []
    for company in range(companies):
        home = rng.choice(MARKETS)
        mine = rng.choice(NICHES, 2, replace=False)
        by_topic = {(n, t): rng.normal(0, 1.6) for n in mine for t in range(5)}
        by_place = rng.normal(0, 0.9, AREAS)
        fits = np.isin(niche, mine) & (market == home)
        liking[company, fits] = [-2.6 + by_topic[niche[i], int(topic[i])] + by_place[place[i]] for i in np.flatnonzero(fits)]
        subscribed.append(frozenset((str(n), str(home)) for n in mine))
    buys = rng.random(liking.shape) < 1 / (1 + np.exp(-liking))
    bought = [(int(c), int(i), bool(rng.random() < 0.3 + 0.1 * np.tanh(liking[c, i]))) for c, i in np.argwhere(buys)]
    areas = [f"{m}-{p}" for m, p in zip(market, place, strict=True)]
    return Tastes(text, [str(n) for n in niche], areas, day, subscribed, bought, liking)


def _told(rng: np.random.Generator, topic: str) -> str:
    words = [*rng.choice(topic.split(), 3, replace=False), *rng.choice(FILLER.split(), 5)]
    return " ".join(str(word) for word in rng.permutation(words))
