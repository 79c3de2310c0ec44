"""How alike two names of businesses are: word by word, rare words counting more than "restaurant"."""

import math
from collections import Counter

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import JaroWinkler, Levenshtein

from core.sourcing.dedupe import weights
from core.sourcing.dedupe.columns import Columns
from core.sourcing.dedupe.words import DBA

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
        """0 to 1: how much of the two names, by weight of words, is in both. A trade name counts as much as the whole."""
        ours, theirs = one.split(f" {DBA} "), other.split(f" {DBA} ")
        if len(ours) > 1 and len(theirs) > 1:
            return self._likeness(ours[-1], theirs[-1])  # one owner may have several firms
        return max(self._likeness(a, b) for a in {one, *ours} for b in {other, *theirs})

    def _likeness(self, one: str, other: str) -> float:
        a, b = one.split(" "), other.split(" ")
        a, b = (a, b) if len(a) <= len(b) else (b, a)
        if _other_number(a, b):
            return 0.0
        joined = Levenshtein.normalized_similarity(one.replace(" ", ""), other.replace(" ", ""))
        if joined >= weights.CLOSE_ORG and not self._other_head(a, b):
            return joined
        left, found, shared_a, shared_b = list(b), set[str](), 0.0, 0.0
        for word in a:
            likes = [_word(word, candidate) for candidate in left]
            best = max(range(len(left)), key=likes.__getitem__, default=-1)
            if best >= 0 and likes[best] > 0:
                shared_a += likes[best] * self._weight(word)
                shared_b += likes[best] * self._weight(left[best])
                found |= {word, left.pop(best)}
        initials = 0.8 if len(a) == 1 and len(b) > 2 and a[0] == "".join(word[0] for word in b) else 0.0
        if self._head(a) not in found and self._head(b) not in found:
            return initials  # what each of them is known by is missing in the other: two roofers next door
        whole_a, whole_b = sum(map(self._weight, a)), sum(map(self._weight, b))
        dice = (shared_a + shared_b) / (whole_a + whole_b)
        within = shared_a / whole_a * min(1.0, whole_a / 8.0)
        return max(dice, 0.85 * within, initials)

    def _head(self, words: list[str]) -> str:
        """The word that a name is known by: its rarest."""
        return max(words, key=self._weight)

    def _other_head(self, one: list[str], other: list[str]) -> bool:
        """Names that are nearly the same to the letter, of which each is known by a word the other does not have."""
        a, b = self._head(one), self._head(other)
        return (
            len(one) == len(other) > 1 and not any(_word(a, word) for word in other) and not any(_word(b, word) for word in one)
        )

    def _weight(self, word: str) -> float:
        """Rarity in nats; an empty book takes every word for usual."""
        return math.log((self._size + USUAL) / (self._seen[word] + 1.0))


def _other_number(one: list[str], other: list[str]) -> bool:
    """True when both bear numbers and share none: two stores of a chain."""
    ours, theirs = {word for word in one if word.isdigit()}, {word for word in other if word.isdigit()}
    return bool(ours and theirs) and ours.isdisjoint(theirs)


def _word(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if min(len(one), len(other)) >= 3 and (one.startswith(other) or other.startswith(one)):
        return 0.85
    alike = JaroWinkler.similarity(one, other)
    return alike if alike >= 0.88 and min(len(one), len(other)) > 3 else 0.0
