"""Duplicates in a set of records: block, compare, learn how common duplicates are, judge, cluster."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.sourcing.dedupe import weights
from core.sourcing.dedupe.blocks import pairs
from core.sourcing.dedupe.clusters import Clusters
from core.sourcing.dedupe.columns import Columns, Floats, Ints, columns
from core.sourcing.dedupe.compare import Comparison, Levels
from core.sourcing.dedupe.score import Model, Stories, names_only, posteriors, stories, weighed
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
    of, firsts, distinct = _distinct(shapes)
    if len(of) < 2:
        return Found(np.arange(len(of)), np.ones(len(of)), 0)
    say(f"{len(of):,} records read, {len(distinct):,} of them different to the letter")
    table = columns(distinct)
    left, right = _worth_comparing(table, np.bincount(of), say)
    compared = len(left)
    model, comparison = Model.of_file(table), Comparison(table)
    notice_the_usual(model, table, comparison)
    told = _told(model, table, comparison, left, right, say)
    learn_priors(model, told)
    likely = posteriors(told, model.priors) >= weights.WORTH_LEARNING
    left, right = left[likely], right[likely]
    degrees = comparison.degrees(left, right)
    told = learn(model, table, degrees, left, {name: values[likely] for name, values in told.items()})
    chance = posteriors(told, model.priors)
    clusters = Clusters(table.size, lambda a, b: posteriors(stories(model, table, comparison.degrees(a, b), a), model.priors))
    own = left == right
    clusters.grow(left[~own], right[~own], chance[~own], join=join)
    same = {int(at): float(p) for at, p in zip(left[own], chance[own], strict=True) if p >= join}
    return _every_row(of, firsts, clusters, same, compared)


def _distinct(shapes: Iterable[Shape]) -> tuple[Ints, Ints, list[Shape]]:
    """For each record the number of what it says, for each number its first record, and what they say.

    Records that are the same to the letter are compared once: thousands of them are no more to do than two.
    """
    book: dict[Shape, int] = {}
    of = np.array([book.setdefault(shape, len(book)) for shape in shapes], dtype=np.int64)
    _, firsts = np.unique(of, return_index=True)
    return of, firsts.astype(np.int64), list(book)


def _worth_comparing(table: Columns, copies: Ints, say: Say) -> tuple[Ints, Ints]:
    """Pairs of what records say; what several say is compared with itself as well: a name alone is nobody."""
    met = pairs(table)
    if met.crowded:
        say(
            f"{met.crowded:,} traits are shared by more than {met.block} records, one by {met.largest:,}: "
            "such records are compared only where they share something rarer"
        )
    repeated = np.flatnonzero(copies > 1)
    say(f"{len(met.left) + len(repeated):,} pairs to compare")
    return np.r_[met.left, repeated], np.r_[met.right, repeated]


def _every_row(of: Ints, firsts: Ints, clusters: Clusters, same: dict[int, float], compared: int) -> Found:
    """Clusters of what records say as clusters of records. Copies that don't say enough to be one stand alone."""
    surest = clusters.surest.copy()
    shared = np.bincount(clusters.of, minlength=len(firsts))[clusters.of] > 1
    for at, chance in same.items():
        surest[at] = max(surest[at], chance) if shared[at] else chance
    rows = np.arange(len(of))
    alone = (firsts[of] != rows) & ~np.isin(of, np.array(list(same), dtype=np.int64))
    return Found(np.where(alone, rows, firsts[clusters.of[of]]), np.where(alone, 1.0, surest[of]), compared)


def notice_the_usual(model: Model, table: Columns, comparison: Comparison) -> None:
    """What strangers of this file have in common, by pairs drawn at random: where half live in Las Vegas and half in North Las
    Vegas, towns that are nearly the same say nothing. Agreement never counts for more than the frozen weights let it."""
    only = names_only(table)
    if only:  # there is no second trait to be careful for
        model.u["org"][2] = weights.CLOSE_BY_CHANCE
    if table.size < weights.ENOUGH:
        return
    dice = np.random.default_rng(table.size)
    left, right = dice.integers(table.size, size=(2, weights.DRAWN))
    apart = left != right
    for name, degrees in comparison.degrees(left[apart], right[apart]).items():
        if name in model.u:
            seen = np.bincount(degrees, minlength=len(model.u[name])) / max(int((degrees > 0).sum()), 1)
            usual = seen - weights.SAME_PER_RECORD / table.size if only and name == "org" else seen  # some are duplicates
            model.u[name][2:-1] = np.maximum(model.u[name], usual)[2:-1]


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
            setattr(priors, name, (2.0 * expected + held * before) / (priors.seen + held))


def _believable(learned: Floats, levels: Sequence[str], most: float) -> Floats:
    """Shares of a field's degrees in which duplicates differ no oftener than people's records do.

    A file in which many share a name would teach, round by round, that one person has another home and number each time.
    """
    apart = np.isin(levels, weights.APART)
    share = float(learned[apart].sum())
    if share <= most:
        return learned
    return np.where(apart, learned * (most / share), learned * ((1 - most) / (1 - share)))


def learn(model: Model, table: Columns, degrees: dict[str, Levels], left: Ints, told: Stories) -> Stories:
    """How often each field of this file's duplicates was mistyped: the frozen m gives way to what is seen, where much is seen."""
    held = 50.0 + weights.HELD * model.priors.records
    for _ in range(ROUNDS):
        chance = posteriors(told, model.priors)
        for name in weights.LEARNED:
            seen = np.bincount(degrees[name], weights=chance, minlength=len(weights.M[name]))
            firmness = weights.HELD_FIRST * model.priors.records if name in ("first", "org") else held
            most = weights.MOST_APART_ORG if name == "org" else weights.MOST_APART
            mixed = seen[1:] + firmness * np.array(weights.M[name][1:])
            model.m[name] = np.r_[1.0, _believable(mixed / mixed.sum(), weights.LEVELS[name][1:], most)]
        told = stories(model, table, degrees, left)
        learn_priors(model, told)
    return told
