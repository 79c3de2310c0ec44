"""Who is the same in a file, and who only looks like it (SPEC 2.6, 8.4)."""

from itertools import combinations

import pytest

from core.sourcing.dedupe import Shape, find, shape

BOB = {"name": "Robert Larch", "address": "12 Oak St", "city": "Reno", "state": "NV", "zip": "89501", "phone": "775-234-1111"}
FIRM = {"company": "Larch Roofing LLC", "address": "99 Pine Ave", "city": "Reno", "phone": "775-300-4000"}
# Enough others that a name, a street and a ZIP have a frequency.
OTHERS = [
    {"name": f"{first} {last}", "address": f"{n} {street} Ave", "city": "Reno", "state": "NV", "zip": f"895{n:02d}"}
    for n, (first, last, street) in enumerate(
        (f, la, s)
        for f, s in (("Ada", "Fir"), ("Ben", "Elm"), ("Cleo", "Ash"), ("Dov", "Yew"))
        for la in ("Quill", "Stone", "Marsh", "Field", "Brook")
    )
]


def same(one: dict[str, str], other: dict[str, str]) -> bool:
    found = find([shape(one), shape(other), *map(shape, OTHERS)])
    return bool(found.cluster[0] == found.cluster[1])


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Bob Larch"},
        {"name": "Larch, Robert"},
        {"name": "Larch Robert"},
        {"name": "R Larch"},
        {"name": "Mr. Robert Larhc"},
        {"address": "12 Oak Street Apt 3"},
        {"address": "", "city": "", "zip": ""},
        {"address": "700 Elm Blvd", "city": "Sparks", "zip": "89431"},  # moved, same phone
        {"phone": "775-999-0000"},
        {"zip": "89510", "phone": ""},
    ],
)
def test_one_person_however_written(change: dict[str, str]) -> None:
    assert same(BOB, BOB | change)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Mary Larch"},  # husband and wife: address and phone are the home's
        {"name": "Alice Worth", "address": "77 B St", "zip": "89502"},  # phone alone is nobody's identity
        {"name": "Mary Field"},
        {"address": "5 Elm Rd", "city": "Dallas", "state": "TX", "zip": "75201", "phone": "214-400-5000"},  # namesakes
    ],
)
def test_two_people_however_alike(change: dict[str, str]) -> None:
    assert not same(BOB, BOB | change)


def test_father_and_son() -> None:
    assert not same(BOB | {"name": "Robert Larch Sr"}, BOB | {"name": "Robert Larch Jr."})
    assert same(BOB | {"name": "Robert Larch Jr"}, BOB | {"name": "Robert Larch, Jr."})


@pytest.mark.parametrize(
    "company", ["Larch Roofing", "LARCH ROOFING, INC.", "Larch & Roofing Co", "Roofing Larch", "Larch Roofng"]
)
def test_one_business_however_written(company: str) -> None:
    assert same(FIRM, FIRM | {"company": company})


@pytest.mark.parametrize(
    "change",
    [
        {"company": "Quill Dental"},  # next door
        {"address": "4 Elm Rd", "city": "Austin", "phone": "512-400-5000"},  # a branch
    ],
)
def test_two_businesses_however_near(change: dict[str, str]) -> None:
    assert not same(FIRM, FIRM | change)


def test_spellings_of_a_saint() -> None:
    hospital = {"company": "St Mary's Hospital", "city": "Reno", "address": "12 Oak St"}
    assert same(hospital, hospital | {"company": "Saint Marys Hospital Inc."})


def test_the_order_of_rows_changes_nothing() -> None:
    rows = [shape(row) for row in (BOB, BOB | {"name": "Bob Larch"}, BOB | {"name": "Mary Larch"}, *OTHERS)]

    def parts(order: list[int]) -> set[frozenset[int]]:
        found = find([rows[at] for at in order]).cluster
        return {frozenset(order[at] for at in range(len(order)) if found[at] == cluster) for cluster in set(found.tolist())}

    assert parts(list(range(len(rows)))) == parts(list(reversed(range(len(rows)))))


def test_clusters_are_clusters_and_probabilities_probabilities() -> None:
    found = find([shape(BOB), shape(BOB), Shape(), Shape(), *map(shape, OTHERS)])
    assert found.cluster[0] == found.cluster[1] == 0 and found.cluster[2] != found.cluster[3]
    assert ((found.probability > 0) & (found.probability <= 1)).all() and found.compared <= len(list(combinations(range(24), 2)))


def test_no_rows_and_one_row() -> None:
    assert len(find([]).cluster) == 0
    assert find([shape(BOB)]).probability.tolist() == [1.0]
