"""Pairs to clusters: what belongs together, guarded against chains in which the ends have nothing in common."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import combinations

import numpy as np

from core.sourcing.dedupe.columns import Floats, Ints

Score = Callable[[Ints, Ints], Floats]
LOOKED_AT = 20  # members of a cluster that are held against another one's


class Clusters:
    """Grows clusters from the surest pair down; two are joined only if their members agree on the whole."""

    def __init__(self, size: int, score: Score) -> None:
        self.of = np.arange(size, dtype=np.int64)
        self.surest = np.ones(size, dtype=np.float64)
        self._members: dict[int, list[int]] = {}
        self._known: dict[tuple[int, int], float] = {}
        self._score = score

    def grow(self, left: Ints, right: Ints, chance: Floats, *, join: float) -> None:
        """Join along every pair at or above ``join``, the surest first."""
        for a, b, p in zip(left.tolist(), right.tolist(), chance.tolist(), strict=True):
            self._known[a, b] = p
        self._look_ahead(left[chance >= join], right[chance >= join])
        order = np.argsort(-chance, kind="stable")
        for at in order[chance[order] >= join].tolist():
            self._join(int(left[at]), int(right[at]))
        self._note_surest()

    def _join(self, a: int, b: int) -> None:
        one, other = int(self.of[a]), int(self.of[b])
        if one == other:
            return
        ours, theirs = self._members.get(one, [one]), self._members.get(other, [other])
        if len(ours) + len(theirs) > 2 and not self._agree(ours, theirs):
            return
        keep, gone = (one, other) if one < other else (other, one)
        members = ours + theirs
        self._members[keep] = members
        self._members.pop(gone, None)
        self.of[self._members[keep]] = keep

    def _look_ahead(self, left: Ints, right: Ints) -> None:
        """Score at once what `_agree` will ask one by one: all pairs of records that hang together and are few."""
        root = np.arange(len(self.of))

        def top(at: int) -> int:
            while root[at] != at:
                root[at] = at = root[root[at]]
            return at

        for a, b in zip(left.tolist(), right.tolist(), strict=True):
            root[top(a)] = top(b)
        together: dict[int, list[int]] = defaultdict(list)
        for at in np.union1d(left, right).tolist():
            together[top(at)].append(at)
        self._score_new(pair for rows in together.values() if len(rows) <= LOOKED_AT for pair in combinations(rows, 2))

    def _score_new(self, pairs: Iterable[tuple[int, int]]) -> None:
        new = [pair for pair in pairs if pair not in self._known]
        if new:
            chances = self._score(np.array([a for a, _ in new], dtype=np.int64), np.array([b for _, b in new], dtype=np.int64))
            self._known.update(zip(new, chances.tolist(), strict=True))

    def _agree(self, ours: list[int], theirs: list[int]) -> bool:
        """The mean of the log odds over the pairs between two clusters is in favour."""
        pairs = [(min(a, b), max(a, b)) for a in ours[:LOOKED_AT] for b in theirs[:LOOKED_AT]]
        self._score_new(pairs)
        odds = np.clip(np.array([self._known[pair] for pair in pairs]), 1e-4, 1 - 1e-4)
        return float(np.mean(np.log(odds / (1 - odds)))) > 0.0

    def _note_surest(self) -> None:
        """For each record the probability of the pair that ties it best to its cluster."""
        best: dict[int, float] = defaultdict(float)
        for (a, b), p in self._known.items():
            if self.of[a] == self.of[b]:
                best[a], best[b] = max(best[a], p), max(best[b], p)
        for row, p in best.items():
            self.surest[row] = p
