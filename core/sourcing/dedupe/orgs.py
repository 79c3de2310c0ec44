"""How alike two names of businesses are: word by word, rare words counting more than "restaurant"."""

import math
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein

from core.sourcing.dedupe import weights
from core.sourcing.dedupe.columns import Columns
from core.sourcing.dedupe.words import DBA

USUAL = 200.0  # how rare a word of unknown frequency is taken to be: one name in so many has it


class _Name(NamedTuple):
    """A name taken apart once, however often it is compared: its words with their rarity, the one it is known by."""

    words: tuple[str, ...]
    weights: tuple[float, ...]
    head: str
    numbers: frozenset[str]
    run: str


class OrgBook:
    """Knows how rare each word is among the names of one set of columns."""

    def __init__(self, columns: Columns) -> None:
        seen: Counter[str] = Counter()
        self._size = 0
        for name, count in zip(columns.values["org"][1:], columns.counts("org")[1:], strict=True):
            seen.update(dict.fromkeys(name.split(" "), int(count)))
            self._size += int(count)
        self._seen = seen
        self._names: dict[str, _Name] = {}

    def judge(self, one: list[str], other: list[str]) -> NDArray[np.int8]:
        """Degrees of agreement of pairs of different names."""
        alike = np.array([self.likeness(a, b) for a, b in zip(one, other, strict=True)])
        bounds = ((weights.CLOSE_ORG, 2), (weights.ALIKE_ORG, 3), (weights.SOMEWHAT_ORG, 4))
        return np.select([alike >= bound for bound, _ in bounds], [level for _, level in bounds], 5).astype(np.int8)

    def likeness(self, one: str, other: str) -> float:
        """0 to 1: how much of the two names, by weight of words, is in both. A trade name counts as much as the whole."""
        if DBA not in one and DBA not in other:
            return self._likeness(self._name(one), self._name(other))
        ours, theirs = one.split(f" {DBA} "), other.split(f" {DBA} ")
        if len(ours) > 1 and len(theirs) > 1:
            return self._likeness(self._name(ours[-1]), self._name(theirs[-1]))  # one owner may have several firms
        return max(self._likeness(self._name(a), self._name(b)) for a in {one, *ours} for b in {other, *theirs})

    def _likeness(self, a: _Name, b: _Name) -> float:
        a, b = (a, b) if len(a.words) <= len(b.words) else (b, a)
        if a.numbers and b.numbers and a.numbers.isdisjoint(b.numbers):
            return 0.0  # two stores of a chain
        known = any(_word(a.head, word) for word in b.words) or any(_word(b.head, word) for word in a.words)
        known = known or (min(len(a.run), len(b.run)) >= weights.LONG_ORG and OSA.distance(a.run, b.run, score_cutoff=1) <= 1)
        if known or len(a.words) != len(b.words) or len(a.words) == 1:
            joined = Levenshtein.normalized_similarity(a.run, b.run, score_cutoff=weights.CLOSE_ORG)
            if joined:
                return joined
        initials = 0.8 if len(a.words) == 1 and len(b.words) > 2 and a.head == "".join(word[0] for word in b.words) else 0.0
        if not known:
            return initials  # what each of them is known by is missing in the other: two roofers next door
        return max(_shared(a, b), initials)

    def _name(self, text: str) -> _Name:
        known = self._names.get(text)
        if known is None:
            words = tuple(text.split(" "))
            rarity = tuple(map(self._weight, words))
            head = words[max(range(len(words)), key=rarity.__getitem__)]
            numbers = frozenset(word for word in words if word.isdigit())
            known = self._names[text] = _Name(words, rarity, head, numbers, text.replace(" ", ""))
        return known

    def _weight(self, word: str) -> float:
        """Rarity in nats; an empty book takes every word for usual."""
        return math.log((self._size + USUAL) / (self._seen[word] + 1.0))


def _shared(a: _Name, b: _Name) -> float:
    """How much of both, or of the shorter one, is in both, each word taken with the one most like it."""
    left, shared_a, shared_b = list(range(len(b.words))), 0.0, 0.0
    for word, weight in zip(a.words, a.weights, strict=True):
        best, alike = -1, 0.0
        for at in left:
            if (like := _word(word, b.words[at])) > alike:
                best, alike = at, like
        if best >= 0:
            shared_a += alike * weight
            shared_b += alike * b.weights[best]
            left.remove(best)
    whole_a = sum(a.weights)
    dice = (shared_a + shared_b) / (whole_a + sum(b.weights))
    return max(dice, 0.85 * shared_a / whole_a * min(1.0, whole_a / 8.0))


@lru_cache(maxsize=1 << 20)
def _word(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if min(len(one), len(other)) >= 3 and (one.startswith(other) or other.startswith(one)):
        return 0.85
    alike = float(JaroWinkler.similarity(one, other))
    return alike if alike >= 0.88 and min(len(one), len(other)) > 3 else 0.0
