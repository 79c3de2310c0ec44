"""How far two records agree, field by field, in the degrees of ``weights.LEVELS``; many pairs at a time."""

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from core.sourcing.dedupe import weights
from core.sourcing.dedupe.columns import Columns, Ints
from core.sourcing.dedupe.orgs import OrgBook
from core.sourcing.dedupe.words import nicknames

Levels = NDArray[np.int8]
_DIGITS = re.compile(r"\d+")
_NTH = re.compile(r"\b\d+(?:st|nd|rd|th)\b")
Judge = Callable[[list[str], list[str]], Levels]


class Comparison:
    """Compares pairs of records of one set of columns."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self._orgs = OrgBook(columns)

    def degrees(self, left: Ints, right: Ints) -> dict[str, Levels]:
        """The degree of agreement of every pair in every field; ``crossed_*`` holds first names against last names."""
        found = {field: self._field(field, field, left, right, judge) for field, judge in JUDGES.items()}
        found["org"] = self._field("org", "org", left, right, self._orgs.judge)
        for field in ("suffix", "unit"):
            found[field] = self._one_sided(field, left, right)
        found["email"] = self._email(left, right)
        found["crossed_first"] = self._field("first", "last", left, right, _first)
        found["crossed_last"] = self._field("last", "first", left, right, _last)
        return found

    def _field(self, one: str, other: str, left: Ints, right: Ints, judge: Judge) -> Levels:
        """Degree of ``one`` of the left record against ``other`` of the right one; only what differs is looked at closely."""
        a, b = self.columns.codes[one][left].astype(np.int64), self.columns.codes[other][right].astype(np.int64)
        ours, theirs = self.columns.values[one], self.columns.values[other]
        out = np.zeros(len(a), dtype=np.int8)
        known = (a > 0) & (b > 0)
        if one == other:
            out[known & (a == b)] = 1
            todo = np.flatnonzero(known & (a != b))
        else:
            todo = np.flatnonzero(known)
        if len(todo):
            # The same two values meet in many pairs: they are judged once.
            low, high = a[todo], b[todo]
            if one == other:
                low, high = np.minimum(low, high), np.maximum(low, high)
            both, places = np.unique(low * len(theirs) + high, return_inverse=True)
            judged = judge([ours[i] for i in (both // len(theirs)).tolist()], [theirs[i] for i in (both % len(theirs)).tolist()])
            out[todo] = judged[places]
        return out

    def _one_sided(self, field: str, left: Ints, right: Ints) -> Levels:
        """Fields whose absence on one side means something: same, on one side only, different."""
        a, b = self.columns.codes[field][left], self.columns.codes[field][right]
        out = np.where((a > 0) & (a == b), 1, np.where((a > 0) ^ (b > 0), 2, np.where(a != b, 3, 0)))
        return out.astype(np.int8)

    def _email(self, left: Ints, right: Ints) -> Levels:
        box = self._field("box", "box", left, right, _box)
        host = self._field("host", "host", left, right, _near)
        out = np.full(len(box), 4, dtype=np.int8)
        out[(box == 2) & ((host == 1) | (host == 0))] = 3
        out[(box == 1) & (host > 2)] = 2
        out[(box == 1) & (host == 2)] = 3
        out[(box == 1) & (host < 2)] = 1
        out[box == 0] = 0
        return out


def _steps(score: NDArray[np.float64], *bounds: tuple[float, int], last: int) -> Levels:
    """The first level whose bound is reached, ``last`` below all."""
    out = np.full(len(score), last, dtype=np.int8)
    for bound, level in reversed(bounds):
        out[score >= bound] = level
    return out


def _names(one: list[str], other: list[str]) -> NDArray[np.float64]:
    """Likeness of names: one slip of the typing hand counts as close, whatever the length."""
    alike = cpdist(one, other, scorer=JaroWinkler.similarity, dtype=np.float64)
    slips = cpdist(one, other, scorer=OSA.distance, dtype=np.int32)
    longer = np.array([max(len(a), len(b)) for a, b in zip(one, other, strict=True)])
    near = ((slips <= 1) & (longer >= 4)) | ((slips <= 2) & (longer >= 8))
    return np.where(near, np.maximum(alike, weights.CLOSE_NAME), alike)


def _first(one: list[str], other: list[str]) -> Levels:
    out = _steps(_names(one, other), (weights.CLOSE_NAME, 4), (weights.ALIKE_NAME, 5), last=6)
    book = nicknames()
    for at, (a, b) in enumerate(zip(one, other, strict=True)):
        if len(a) == 1 or len(b) == 1:
            out[at] = 3 if a[0] == b[0] else 6
        elif a == b:
            out[at] = 1
        elif (forms := book.get(a)) and (others := book.get(b)):
            # Two names that people have are one person's only if one is short for the other: Mary is no slip for Mark.
            out[at] = 2 if not forms.isdisjoint(others) else max(out[at], 5)
    return out


def _last(one: list[str], other: list[str]) -> Levels:
    out = _steps(_names(one, other), (weights.CLOSE_NAME, 2), (weights.ALIKE_NAME, 4), last=5)
    for at, (a, b) in enumerate(zip(one, other, strict=True)):
        if a == b:
            out[at] = 1
        elif out[at] > 2 and min(len(a), len(b)) > 3 and (a in b or b in a):  # Smith and Smith-Jones
            out[at] = 3
    return out


def _same(one: list[str], _other: list[str]) -> Levels:
    return np.full(len(one), 2, dtype=np.int8)


def _middle(one: list[str], other: list[str]) -> Levels:
    return np.array([1 if a[0] == b[0] else 2 for a, b in zip(one, other, strict=True)], dtype=np.int8)


def _near(one: list[str], other: list[str]) -> Levels:
    """One slip, or two in a longer text: close."""
    slips = cpdist(one, other, scorer=OSA.distance, dtype=np.int32)
    longer = np.array([max(len(a), len(b)) for a, b in zip(one, other, strict=True)])
    return np.where((slips <= 1) & (longer > 1) | (slips <= 2) & (longer >= 9), 2, 3).astype(np.int8)


def _box(one: list[str], other: list[str]) -> Levels:
    """Close, unless a number tells them apart: pat41 and pat42 are two people, not a slip."""
    numbers = np.array([_DIGITS.findall(a) == _DIGITS.findall(b) for a, b in zip(one, other, strict=True)])
    return np.where(numbers, _near(one, other), 3).astype(np.int8)


def _street(one: list[str], other: list[str]) -> Levels:
    one_run, other_run = [a.replace(" ", "") for a in one], [b.replace(" ", "") for b in other]
    alike = cpdist(one_run, other_run, scorer=OSA.normalized_similarity, dtype=np.float64)
    sorted_alike = cpdist(one, other, scorer=fuzz.token_sort_ratio, dtype=np.float64) / 100
    held = cpdist(one_run, other_run, scorer=fuzz.partial_ratio, dtype=np.float64) / 100
    shorter = np.array([min(len(a), len(b)) for a, b in zip(one_run, other_run, strict=True)])
    score = np.maximum(alike, sorted_alike)
    out = _steps(score, (weights.CLOSE_TEXT, 2), (weights.ALIKE_TEXT, 4), last=5)
    out[(out > 2) & (held >= weights.PART_TEXT) & (shorter >= 5)] = 3
    numbers = [(set(_NTH.findall(a)), set(_NTH.findall(b))) for a, b in zip(one, other, strict=True)]
    out[np.array([bool(a and b) and a.isdisjoint(b) for a, b in numbers], dtype=bool)] = 5  # 17th and 71st Street are two
    return out


def _text(one: list[str], other: list[str]) -> Levels:
    one_run, other_run = [a.replace(" ", "") for a in one], [b.replace(" ", "") for b in other]
    alike = cpdist(one_run, other_run, scorer=OSA.normalized_similarity, dtype=np.float64)
    return _steps(np.maximum(alike, cpdist(one, other, scorer=fuzz.token_sort_ratio, dtype=np.float64) / 100), (0.8, 2), last=3)


def _zip(one: list[str], other: list[str]) -> Levels:
    near = _near(one, other)
    area = np.array([a[:3] == b[:3] for a, b in zip(one, other, strict=True)])
    return np.where(near == 2, 2, np.where(area, 3, 4)).astype(np.int8)


def _phone(one: list[str], other: list[str]) -> Levels:
    slips = cpdist(one, other, scorer=OSA.distance, dtype=np.int32)
    local = np.array([a[-7:] == b[-7:] for a, b in zip(one, other, strict=True)])
    return np.where(slips <= 1, 2, np.where(local, 3, 4)).astype(np.int8)


JUDGES: dict[str, Judge] = {
    "first": _first,
    "last": _last,
    "middle": _middle,
    "number": _near,
    "street": _street,
    "line2": _text,
    "city": _text,
    "state": _same,
    "zip": _zip,
    "phone": _phone,
}
