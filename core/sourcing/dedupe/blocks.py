"""Which pairs are worth a comparison: records that share two of their traits, or one that is rare by itself.

A trait is a name as it sounds, a house number, the beginning of a street, a ZIP, and so on. Every two of them are a key;
a record with one wrong value still meets its twin under the keys of the others.
"""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.sourcing.dedupe import weights
from core.sourcing.dedupe.columns import Columns, Ints
from core.sourcing.dedupe.shape import name_of_street
from core.sourcing.dedupe.words import sound

Keys = NDArray[np.uint64]
_ODD = np.uint64(0x9E3779B97F4A7C15)
NEIGHBOURS = 4
AT_ONCE = 5_000_000  # pairs gathered before the doubles among them are dropped
SMALLEST = 6  # records in one block, however crowded the file is


# Of these a pair of records that say much must share more than one by itself: a town that all have in common makes every other
# trait a key. Fewer than ENOUGH_SAID on both sides, and each counts.
TOLD = ("name_first", "name_last", "org", "number", "street", "zip", "phone", "box")
ENOUGH_SAID = 6
AT_A_TIME = 1_000_000


class Met(NamedTuple):
    """Pairs worth a comparison, each once, the smaller row first; and what was left out.

    ``block``: the most records of one key that were compared with each other. ``crowded``: keys that more share, which are left
    to finer ones; ``largest``: records of the most crowded of them.
    """

    left: Ints
    right: Ints
    block: int
    crowded: int
    largest: int


def pairs(columns: Columns, *, block: int = weights.BLOCK, most: int = weights.PAIRS) -> Met:
    """Every pair worth comparing. Where that would be more than ``most`` a record, fewer records may share a key."""
    while True:
        blocks = _Blocks(columns, block)
        found = blocks.gather(most * max(columns.size, weights.POPULATION), last=block <= SMALLEST)
        if found is not None:
            size = np.uint64(max(columns.size, 1))
            ends = (found // size).astype(np.int64), (found % size).astype(np.int64)
            kept = _worth_it(columns, *ends)
            return Met(ends[0][kept], ends[1][kept], block, blocks.crowded, blocks.largest)
        block = max(block // 2, SMALLEST)


def _distinct(parts: list[Keys]) -> Keys:
    """Each number once, in order. (Sorting is several times quicker than numpy's own, which hashes.)"""
    every = np.sort(np.concatenate(parts))
    return every[np.r_[True, every[1:] != every[:-1]]] if len(every) else every


def _worth_it(columns: Columns, left: Ints, right: Ints) -> NDArray[np.bool_]:
    """Which pairs share more than one trait, of those that could; made-up files of 30,000 people lose two thirds of their pairs
    by it and none that was at a probability of 0.03 (docs/duplicates.md)."""
    traits = _traits(columns) | {"phone": _hashed(columns, "phone"), "box": _hashed(columns, "box")}
    told = [traits[name].astype(np.int32) for name in TOLD if traits[name].any()]
    kept = np.ones(len(left), dtype=bool)
    if len(told) < ENOUGH_SAID:
        return kept
    for start in range(0, len(left), AT_A_TIME):
        part = slice(start, start + AT_A_TIME)
        known, shared = np.zeros(len(left[part]), dtype=np.int8), np.zeros(len(left[part]), dtype=np.int8)
        for one in told:
            ours, theirs = one[left[part]], one[right[part]]
            both = (ours > 0) & (theirs > 0)
            known += both
            shared += both & (ours == theirs)
        firm = traits["org"][left[part]]
        branch = (firm > 0) & (firm == traits["org"][right[part]])  # how many branches there are is learnt from them
        kept[part] = (known < ENOUGH_SAID) | (shared > 1) | branch
    return kept


class _Blocks:
    """Goes through the keys of all records and counts which of them more share than may."""

    def __init__(self, columns: Columns, block: int) -> None:
        self.columns, self.block, self.crowded, self.largest = columns, block, 0, 0

    def gather(self, most: int, *, last: bool) -> Keys | None:
        """All pairs as numbers, ``None`` once they are more than ``most`` (unless this is the ``last`` try)."""
        size = np.uint64(max(self.columns.size, 1))
        found, fresh, waiting = np.empty(0, dtype=np.uint64), list[Keys](), 0
        for left, right in self._passes():
            low, high = np.minimum(left, right).astype(np.uint64), np.maximum(left, right).astype(np.uint64)
            fresh.append((low * size + high)[low != high])
            waiting += len(left)
            if waiting > max(AT_ONCE, len(found)):
                found, fresh, waiting = _distinct([found, *fresh]), [], 0
                if len(found) > most and not last:
                    return None
        found = _distinct([found, *fresh])
        return None if len(found) > most and not last else found

    def _passes(self) -> Iterator[tuple[Ints, Ints]]:
        columns, traits = self.columns, _traits(self.columns)
        for one, other in combinations(traits, 2):
            if not (one.startswith("name") and other.startswith("name")) and one[:4] != other[:4]:
                yield from self._meet([_mixed(traits[one], traits[other])])
        # Either name may stand in either column.
        for place in [name for name in traits if not name.startswith("name")]:
            yield from self._meet([_mixed(traits["name_first"], traits[place]), _mixed(traits["name_last"], traits[place])])
        names = [traits["name_first"], traits["name_last"]]
        yield from self._meet([_mixed(np.minimum(*names), np.maximum(*names)) * ((names[0] > 0) & (names[1] > 0))])
        for alone in (_hashed(columns, "phone"), _hashed(columns, "phone", _last_seven), _hashed(columns, "box")):
            yield from self._meet([alone])
        for keys in _words_of(columns, traits):
            yield from self._meet(keys)
        for fields in (("last", "first"), ("first", "last"), ("street", "number"), ("org", "city"), ("zip", "last")):
            yield from _neighbours(columns, fields)

    def _meet(self, keys: list[Keys]) -> Iterator[tuple[Ints, Ints]]:
        """All pairs of records that share a key, for keys that few share."""
        if not keys:
            return
        every = np.concatenate(keys)
        rows = np.tile(np.arange(len(keys[0]), dtype=np.int64), len(keys))
        kept = every > 0
        every, rows = every[kept], rows[kept]
        order = np.argsort(every, kind="stable")
        every, rows = every[order], rows[order]
        starts = np.flatnonzero(np.r_[True, every[1:] != every[:-1]]) if len(every) else np.empty(0, dtype=np.int64)
        sizes = np.diff(np.r_[starts, len(every)])
        self.crowded += int((sizes > self.block).sum())
        self.largest = max(self.largest, int(sizes.max(initial=0)) if (sizes > self.block).any() else 0)
        # How far into its block each entry is: two entries `gap` apart in one small block are a pair.
        small = np.repeat((sizes > 1) & (sizes <= self.block), sizes)
        remaining = np.repeat(starts + sizes, sizes) - np.arange(len(every))
        for gap in range(1, min(self.block, int(sizes.max(initial=0)))):
            first = np.flatnonzero(small & (remaining > gap))
            if len(first):
                yield rows[first], rows[first + gap]


def _traits(columns: Columns) -> dict[str, Keys]:
    return {
        "name_first": _hashed(columns, "first", sound),
        "name_last": _hashed(columns, "last", sound),
        "org": _hashed(columns, "org", lambda name: sound(name.replace(" ", ""))),
        "number": _hashed(columns, "number"),
        "street": _hashed(columns, "street", lambda text: name_of_street(text).replace(" ", "")[:4]),
        "stree2": _hashed(columns, "street", lambda text: sound(name_of_street(text).replace(" ", "")[1:])),
        "line2": _hashed(columns, "line2", lambda text: text.replace(" ", "")[:4]),
        "city": _hashed(columns, "city", lambda text: text.replace(" ", "")[:4]),
        "zip": _hashed(columns, "zip"),
        "zip_sorted": _hashed(columns, "zip", lambda text: "".join(sorted(text))),
    }


def _hashed(columns: Columns, field: str, of: Callable[[str], str] = str) -> Keys:
    """A number per record for a trait of one field; 0 where there is none. Equal only by equal text."""
    texts = [of(value) if value else "" for value in columns.values[field]]
    book: dict[str, int] = {"": 0}
    numbers = np.array([book.setdefault(text, len(book)) for text in texts], dtype=np.uint64)
    return numbers[columns.codes[field]]


def _mixed(one: Keys, other: Keys) -> Keys:
    both = (one > 0) & (other > 0)
    mixed: Keys = (one * _ODD) ^ (other + np.uint64(1))
    return np.where(both, mixed, np.uint64(0))


def _last_seven(phone: str) -> str:
    return phone[-7:]


def _words_of(columns: Columns, traits: dict[str, Keys]) -> Iterator[list[Keys]]:
    """Words of business names: each with a trait of the place, and each two of the first five."""
    texts = [name.split(" ")[:6] if name else [] for name in columns.values["org"]]
    book: dict[str, int] = {"": 0}
    width = max(map(len, texts), default=0)
    table = np.zeros((len(texts), max(width, 1)), dtype=np.uint64)
    for row, text in enumerate(texts):
        for at, word in enumerate(text):
            table[row, at] = book.setdefault(word[:5], len(book))
    words: list[Keys] = [table[:, at][columns.codes["org"]] for at in range(width)]
    yield words
    for place in ("city", "zip", "number", "street"):
        yield [_mixed(word, traits[place]) for word in words]
    yield [_mixed(np.minimum(a, b), np.maximum(a, b)) * ((a > 0) & (b > 0)) for a, b in combinations(words, 2)]


def _neighbours(columns: Columns, fields: tuple[str, str]) -> Iterator[tuple[Ints, Ints]]:
    """Records next to each other when sorted: a slip near the end of a word leaves them neighbours."""
    ranks = []
    for field in fields:
        order = np.argsort(np.array(columns.values[field], dtype=object), kind="stable")
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        ranks.append(rank[columns.codes[field]])
    rows = np.lexsort(tuple(reversed(ranks)))
    rows = rows[columns.codes[fields[0]][rows] > 0]
    for gap in range(1, min(NEIGHBOURS, len(rows))):
        yield rows[:-gap], rows[gap:]
