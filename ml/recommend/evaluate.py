"""Of what companies bought later, how much is among the first 20 shown: by profile, by popularity, by filters alone."""

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from ml.recommend.embed import Embedder
from ml.recommend.matrix import Matrix, Vectors, profile
from ml.world.tastes import Tastes

SHOWN = 20
DAY = datetime(2026, 1, 1, tzinfo=UTC)
Scores = NDArray[np.float64]


def evaluate(model: Embedder, world: Tastes, *, split_day: int) -> dict[str, dict[str, float]]:
    """recall@20 and nDCG@20 of leads bought from ``split_day`` on, over companies that bought any; learned from before."""
    texts = [
        f"{niche} {area} {area}:{niche} {words}" for niche, area, words in zip(world.niche, world.area, world.text, strict=True)
    ]
    vectors = model.embed(texts)
    later = np.flatnonzero(world.day >= split_day)
    matrix = Matrix(vectors[later])
    market = np.array([area.rsplit("-", 1)[0] for area in world.area])
    popular = _popularity(world, split_day)
    rng = np.random.default_rng(0)
    found: dict[str, list[tuple[float, float]]] = {"model": [], "popularity": [], "filters": [], "oracle": []}
    asked = np.array([popular.get((world.niche[lead], world.area[lead]), 0.0) for lead in later])
    for company, wishes in enumerate(world.subscribed):
        bought_later = np.array([lead for c, lead, _ in world.bought if c == company and world.day[lead] >= split_day], int)
        past = [(lead, won) for c, lead, won in world.bought if c == company and world.day[lead] < split_day]
        if not len(bought_later):
            continue
        fits = np.array([(world.niche[lead], market[lead]) in wishes for lead in later])
        likeness = (matrix.rows @ _profile(vectors, world, past, split_day)).astype(float)
        orders = {
            "model": np.where(fits, likeness, -9.0),
            "popularity": asked + rng.random(len(later)) / 1e3,
            "filters": np.where(fits, 1.0, 0.0) + rng.random(len(later)) / 1e3,
            "oracle": world.liking[company, later],
        }
        for name, scores in orders.items():
            found[name].append(_at_20(later, scores, set(bought_later.tolist())))
    return {name: {"recall_at_20": float(np.mean([r for r, _ in pairs])), "ndcg_at_20": float(np.mean([n for _, n in pairs]))}
            for name, pairs in found.items()}  # fmt: skip


def _profile(vectors: Vectors, world: Tastes, past: list[tuple[int, bool]], split_day: int) -> Vectors:
    """What a company wants, by what it bought before the day and won of it."""
    rows = np.array([lead for lead, _ in past], int)
    fates = ["won" if won else "bought" for _, won in past]
    times = [DAY + timedelta(days=int(world.day[lead])) for lead in rows]
    return profile(vectors[rows], fates, times, now=DAY + timedelta(days=split_day))


def _popularity(world: Tastes, split_day: int) -> dict[tuple[str, str], float]:
    counts: dict[tuple[str, str], float] = {}
    for _, lead, _ in world.bought:
        if world.day[lead] < split_day:
            key = (world.niche[lead], world.area[lead])
            counts[key] = counts.get(key, 0.0) + 1.0
    return counts


def _at_20(later: NDArray[np.int64], scores: Scores, wanted: set[int]) -> tuple[float, float]:
    shown = later[np.argsort(-scores, kind="stable")[:SHOWN]]
    hits = np.array([float(lead in wanted) for lead in shown.tolist()])
    discount = 1 / np.log2(np.arange(2, len(hits) + 2))
    best = discount[: min(len(wanted), SHOWN)].sum()
    return float(hits.sum() / min(len(wanted), SHOWN)), float((hits * discount).sum() / best)
