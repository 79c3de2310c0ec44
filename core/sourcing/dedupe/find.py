"""Duplicates in a set of records: block, compare, learn how common duplicates are, judge, cluster."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from core.sourcing.dedupe import weights
from core.sourcing.dedupe.blocks import pairs
from core.sourcing.dedupe.clusters import Clusters
from core.sourcing.dedupe.columns import Columns, Floats, Ints, columns
from core.sourcing.dedupe.compare import Comparison, Levels
from core.sourcing.dedupe.score import Model, Stories, posteriors, stories, weighed
from core.sourcing.dedupe.shape import Shape

Say = Callable[[str], None]
CHUNK = 250_000
ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Found:
    """For each record its cluster (the row of its first member) and the probability that it belongs there; 1 when alone."""

    cluster: Ints
    probability: Floats
    compared: int


def find(shapes: Iterable[Shape], *, say: Say = lambda _: None, join: float = weights.JOIN) -> Found:
    """The clusters of records that are one person or one business."""
    table = columns(shapes)
    if table.size < 2:
        return Found(np.arange(table.size), np.ones(table.size), 0)
    say(f"{table.size:,} records read")
    left, right = pairs(table)
    say(f"{len(left):,} pairs to compare")
    compared = len(left)
    model, comparison = Model.of_file(table), Comparison(table)
    told = _told(model, table, comparison, left, right, say)
    learn_priors(model, told)
    likely = posteriors(told, model.priors) >= weights.WORTH_LEARNING
    left, right = left[likely], right[likely]
    degrees = comparison.degrees(left, right)
    told = learn(model, table, degrees, left, {name: values[likely] for name, values in told.items()})
    chance = posteriors(told, model.priors)
    clusters = Clusters(table.size, lambda a, b: posteriors(stories(model, table, comparison.degrees(a, b), a), model.priors))
    clusters.grow(left, right, chance, join=join)
    return Found(clusters.of, clusters.surest, compared)


def _told(model: Model, table: Columns, comparison: Comparison, left: Ints, right: Ints, say: Say) -> Stories:
    """Stories of every pair, a chunk at a time so that memory stays flat."""
    parts: dict[str, list[Floats]] = {}
    for start in range(0, max(len(left), 1), CHUNK):
        a, b = left[start : start + CHUNK], right[start : start + CHUNK]
        for name, values in stories(model, table, comparison.degrees(a, b), a).items():
            parts.setdefault(name, []).append(values)
        if len(left) > CHUNK:
            say(f"{min(start + CHUNK, len(left)):,} pairs compared")
    return {name: np.concatenate(values) for name, values in parts.items()}


def learn_priors(model: Model, told: Stories) -> None:
    """How many duplicates, housemates and branches a record of this file has, by expectation and maximisation."""
    priors = model.priors
    held = weights.HELD * priors.records
    frozen = {"same": weights.SAME_PER_RECORD, "home": weights.HOME_PER_RECORD, "branch": weights.BRANCH_PER_RECORD}
    for _ in range(ROUNDS):
        logs = weighed(told, priors)
        total = np.logaddexp(np.logaddexp(logs["same"], logs["home"]), np.logaddexp(logs["branch"], logs["strangers"]))
        for name, before in frozen.items():
            expected = float(np.exp(logs[name] - total).sum())
            setattr(priors, name, (2.0 * expected + held * before) / (priors.records + held))


def learn(model: Model, table: Columns, degrees: dict[str, Levels], left: Ints, told: Stories) -> Stories:
    """How often each field of this file's duplicates was mistyped: the frozen m gives way to what is seen, where much is seen."""
    held = 50.0 + weights.HELD * model.priors.records
    for _ in range(ROUNDS):
        chance = posteriors(told, model.priors)
        for name in weights.LEARNED:
            seen = np.bincount(degrees[name], weights=chance, minlength=len(weights.M[name]))
            firmness = weights.HELD_FIRST * model.priors.records if name in ("first", "org") else held
            mixed = seen[1:] + firmness * np.array(weights.M[name][1:])
            model.m[name] = np.r_[1.0, mixed / mixed.sum()]
        told = stories(model, table, degrees, left)
        learn_priors(model, told)
    return told
