"""How alike two names of businesses are: word by word, rare words counting more than "restaurant"."""

import math
from collections import Counter

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import JaroWinkler, Levenshtein

from core.sourcing.dedupe import weights
from core.sourcing.dedupe.columns import Columns

USUAL = 200.0  # how rare a word of unknown frequency is taken to be: one name in so many has it


class OrgBook:
    """Knows how rare each word is among the names of one set of columns."""

    def __init__(self, columns: Columns) -> None:
        seen: Counter[str] = Counter()
        self._size = 0
        for name, count in zip(columns.values["org"][1:], columns.counts("org")[1:], strict=True):
            seen.update(dict.fromkeys(name.split(" "), int(count)))
            self._size += int(count)
        self._seen = seen

    def judge(self, one: list[str], other: list[str]) -> NDArray[np.int8]:
        """Degrees of agreement of pairs of different names."""
        bounds = ((weights.CLOSE_ORG, 2), (weights.ALIKE_ORG, 3), (weights.SOMEWHAT_ORG, 4))
        out = np.full(len(one), 5, dtype=np.int8)
        for at, (a, b) in enumerate(zip(one, other, strict=True)):
            alike = self.likeness(a, b)
            out[at] = next((level for bound, level in bounds if alike >= bound), 5)
        return out

    def likeness(self, one: str, other: str) -> float:
        """0 to 1: how much of the two names, by weight of words, is in both."""
        a, b = one.split(" "), other.split(" ")
        a, b = (a, b) if len(a) <= len(b) else (b, a)
        joined = Levenshtein.normalized_similarity(one.replace(" ", ""), other.replace(" ", ""))
        left, shared_a, shared_b = list(b), 0.0, 0.0
        for word in a:
            likes = [_word(word, candidate) for candidate in left]
            best = max(range(len(left)), key=likes.__getitem__, default=-1)
            if best >= 0 and likes[best] > 0:
                shared_a += likes[best] * self._weight(word)
                shared_b += likes[best] * self._weight(left.pop(best))
        whole_a, whole_b = sum(map(self._weight, a)), sum(map(self._weight, b))
        dice = (shared_a + shared_b) / (whole_a + whole_b)
        within = shared_a / whole_a * min(1.0, whole_a / 8.0)
        initials = 0.8 if len(a) == 1 and len(b) > 2 and a[0] == "".join(word[0] for word in b) else 0.0
        return max(dice, 0.85 * within, joined if joined >= weights.CLOSE_ORG else 0.0, initials)

    def _weight(self, word: str) -> float:
        """Rarity in nats; an empty book takes every word for usual."""
        return math.log((self._size + USUAL) / (self._seen[word] + 1.0))


def _word(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if min(len(one), len(other)) >= 3 and (one.startswith(other) or other.startswith(one)):
        return 0.85
    alike = JaroWinkler.similarity(one, other)
    return alike if alike >= 0.88 and min(len(one), len(other)) > 3 else 0.0
