"""Every model beside its written rule and the oracle, on later months of made-up worlds it has not seen (``make models``)."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ml import fraud, price, quality, recommend, trend
from ml.cases import from_world
from ml.judging import earlier_and_later
from ml.price.evaluate import facts_of
from ml.world import make_offers, make_people, make_tastes

SEEDS = (1, 2, 3, 4, 5)
START, END = "<!-- figures: make models -->", "<!-- end of figures -->"
SPLIT_MONTH, SPLIT_DAY = 6, 90
Row = tuple[str, str, str]  # model, figure, who


def figures(seed: int, *, leads: int = 4000, listings: int = 1500) -> dict[Row, float]:
    """All figures of one world."""
    return {**_judges(seed, leads), **_prices(seed, listings), **_tastes(seed), **_trends(seed)}


def table(worlds: Sequence[dict[Row, float]]) -> str:
    """Mean and spread over worlds, a line per model and figure."""
    lines = ["| model | figure | model | written rule | oracle |", "| --- | --- | --- | --- | --- |"]
    kinds = list(dict.fromkeys((model, figure) for model, figure, _ in worlds[0]))
    for model, figure in kinds:
        cells = [_cell([world[model, figure, who] for world in worlds if (model, figure, who) in world]) for who in WHO]
        lines.append(f"| {model} | {figure} | {' | '.join(cells)} |")
    return "\n".join(lines)


WHO = ("model", "rule", "oracle")


def write(page: Path, *, seeds: Sequence[int] = SEEDS, say: Callable[[str], None] = lambda _: None) -> None:
    """Work all worlds out and put the table into the page, between its marks."""
    worlds = []
    for seed in seeds:
        worlds.append(figures(seed))
        say(f"world {seed} done")
    text = page.read_text()
    before, rest = text.split(START)
    _, after = rest.split(END)
    page.write_text(f"{before}{START}\n\n{table(worlds)}\n\n{END}{after}")


def _judges(seed: int, leads: int) -> dict[Row, float]:
    early, late = earlier_and_later(from_world(make_people(seed, leads=leads), seed=seed))
    found: dict[Row, float] = {}
    for judge in (fraud, quality):
        told: dict[str, Any] = judge.evaluate(judge.train(early, seed=seed), late)
        for figure, words in (("auc", "AUC"), ("average_precision", "average precision"), ("brier", "Brier (less is better)"),
                              ("calibration_error", "calibration error (less is better)")):  # fmt: skip
            found |= {(judge.KIND, words, who): told[who][figure] for who in WHO}
    return found


def _prices(seed: int, listings: int) -> dict[Row, float]:
    truth, offers = make_offers(seed, listings=listings)
    early = offers.facts.month < SPLIT_MONTH
    days = facts_of(offers.facts.take(early), offers.age_h[early])
    curve = price.train(days, offers.price_cents[early], offers.bought[early])
    told = price.evaluate(curve, truth.take(truth.month >= SPLIT_MONTH))
    found = {("price", "revenue a listing, USD", who): told[who]["revenue_cents"] / 100 for who in WHO}
    return found | {("price", "sell-through", who): told[who]["sell_through"] for who in WHO}


def _tastes(seed: int) -> dict[Row, float]:
    world = make_tastes(seed)
    rows = zip(world.niche, world.area, world.text, world.day, strict=True)
    model = recommend.train(
        [f"{niche} {area} {area}:{niche} {words}" for niche, area, words, day in rows if day < SPLIT_DAY], seed=seed
    )
    told = recommend.evaluate(model, world, split_day=SPLIT_DAY)
    found: dict[Row, float] = {}
    for figure, words in (("recall_at_20", "recall@20"), ("ndcg_at_20", "nDCG@20")):
        for rule in ("filters", "popularity"):
            names = {"model": "model", "rule": rule, "oracle": "oracle"}
            found |= {("recommendations", f"{words}, rule: {rule}", who): told[name][figure] for who, name in names.items()}
    return found


def _trends(seed: int) -> dict[Row, float]:
    rng = np.random.default_rng([seed, 5])
    week = np.arange(78.0)
    series = []
    for _ in range(12):
        level = np.exp(
            rng.normal(3.6, 0.5) + 0.3 * week / 52 + rng.uniform(0.2, 0.5) * np.cos(2 * np.pi * (week - rng.uniform(0, 52)) / 52)
        )
        series.append(rng.poisson(level).astype(float))
    told = trend.evaluate(series, start=60)
    return {("trend", "missed, share of requests (less is better)", who): told[who] for who in ("model", "rule")}


def _cell(values: list[float]) -> str:
    if not values:
        return ""
    return f"{np.mean(values):.3f} ± {np.std(values, ddof=1) if len(values) > 1 else 0.0:.3f}"


if __name__ == "__main__":
    write(Path(__file__).parent.parent / "docs" / "models.md", say=lambda line: print(line, file=sys.stderr, flush=True))  # noqa: T201
