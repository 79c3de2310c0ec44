"""Who is the same in a file, and who only looks like it (SPEC 2.6, 8.4)."""

from itertools import combinations

import pytest

from core.sourcing.dedupe import Shape, find, shape
from core.sourcing.dedupe.blocks import pairs
from core.sourcing.dedupe.columns import columns

BOB = {"name": "Robert Larch", "address": "12 Oak St", "city": "Reno", "state": "NV", "zip": "89501", "phone": "775-234-1111"}
FIRM = {"company": "Larch Roofing LLC", "address": "99 Pine Ave", "city": "Reno", "phone": "775-300-4000"}
STREETS = (
    "Oak Elm Fir Ash Yew Bay Sky Sun Ivy Fig Nut Rye Hay Bud Gum Box Lily Rose Reed Fern Moss Sage Dale Lake".split()  # noqa: SIM905
)
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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("435 S. La Cienega Blv.", "435 South La Cienega Boulevard"),
        ("Empire Plaza, 350 5th Ave", "350 5th Avenue"),
        ("103 E. 50th St., near Park Ave.", "103 East 50th Street"),
        ("99 Pine Ave between Oak and Elm", "99 Pine Avenue at Elm"),
    ],
)
def test_what_directories_say_beside_a_street_is_no_other_street(one: str, other: str) -> None:
    ours, theirs = shape({"address": one}), shape({"address": other})
    assert (ours.number, ours.street) == (theirs.number, theirs.street) and ours.number
    assert same(FIRM | {"address": one, "phone": ""}, FIRM | {"address": other, "phone": ""})


def test_spellings_of_a_saint() -> None:
    hospital = {"company": "St Mary's Hospital", "city": "Reno", "address": "12 Oak St"}
    assert same(hospital, hospital | {"company": "Saint Marys Hospital Inc."})


@pytest.mark.parametrize(
    "company", ["Quay Holdings LLC dba Larch Roofing", "Larch Roofing d/b/a Quay", "Larch Roofing #12", "Larch and Sons Roofing"]
)
def test_trade_names_and_numbers_of_stores(company: str) -> None:
    assert same(FIRM, FIRM | {"company": company})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"company": "Larch Roofing #3"}, {"company": "Larch Roofing #7"}),  # two stores, whatever number they give
        ({"company": "Larch & Sons Roofing"}, {"company": "Quill & Sons Roofing", "phone": "775-300-4999"}),  # next door
        ({"phone": "800-455-2000"}, {"phone": "800-455-2000", "address": "4 Elm Rd", "zip": "89431", "city": "Sparks"}),
        ({"company": "Quay Holdings dba Larch Roofing"}, {"company": "Quay Holdings dba Tallow Grill", "phone": ""}),
        ({"address": "194 E 17th St", "phone": ""}, {"address": "499 E 41st St", "phone": ""}),
    ],
)
def test_firms_of_one_chain_house_or_owner(one: dict[str, str], other: dict[str, str]) -> None:
    assert not same(FIRM | one, FIRM | other)


def firms_of(rows: list[dict[str, str]]) -> list[int]:
    return find([shape(row, business=True) for row in rows]).cluster.tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"email": "long.name@mail.com"}, {"email": "Long.Name@mail.com"}),
        ({"name": "Larch Roofing LLC"}, {"name": "Larch Roofing"}),
        ({"name": "Larch & Quill Dental"}, {"name": "Larch and Quill Dentel"}),
        ({"name": "Larch Roofing", "phone": "775-300-4000 or 775-300-4001"}, {"name": "Larch Roofing", "phone": "7753004000"}),
        ({"name": "Smeltwood Gifts", "phone": "775-300-4000"}, {"name": "Smletwood Gifts", "phone": "775-300-4000"}),
    ],
)
def test_files_of_few_rows_and_columns(one: dict[str, str], other: dict[str, str]) -> None:
    others = [{field: f"other{n}@mail.com" if field == "email" else f"Tallow{n:03d}" for field in one} for n in range(4)]
    assert firms_of([one, other, *others])[:2] == [0, 0]


def test_a_number_that_two_firms_share_joins_nobody_even_where_many_do() -> None:
    words = [
        f"{one}{other}" for one in ("bar", "cor", "dun", "fel", "gam", "hol") for other in ("wick", "ston", "mere", "dale", "ric")
    ]
    rows = [
        {"name": f"{word}{end} {trade}", "phone": f"775-{300 + n}-{4000 + n * 7}"}
        for n, word in enumerate(words)
        for end, trade in (("a", "roofing"), ("a", "roofing llc"), *([("", "Dental")] if n % 3 == 0 else []))
    ]
    rows += [{"name": f"{word} {word[::-1]}", "phone": f"702-{300 + n}-{4000 + n * 7}"} for n, word in enumerate(words)]
    rows = [row | {"name": f"Quay{n} Grill"} if row["name"].endswith("Dental") else row for n, row in enumerate(rows)]
    found = firms_of(rows)
    grills = [at for at, row in enumerate(rows) if row["name"].startswith("Quay")]
    assert len(grills) == 10 and all(found.count(found[at]) == 1 for at in grills)


def test_many_of_one_name_teach_nothing() -> None:
    """A file of few names, homes and numbers everywhere different: nobody becomes somebody else by being of one name."""
    people = [
        {"name": f"{first} {last}", "address": f"{100 + n} {street} St", "city": ("Las Vegas", "N. Las Vegas")[n % 2],
         "zip": f"891{n % 60:02d}", "phone": f"702-{200 + n}-{7919 * n % 10000:04d}"}
        for n, (first, last, street) in enumerate(
            (f, la, s) for f in ("Ann", "Ben", "Cleo", "Dov") for la in ("Lee", "Kim", "Poe", "Fry")
            for s in STREETS
            for _ in range(2)
        )
    ]  # fmt: skip
    found = find(map(shape, people))
    assert len(people) == 768 and len(set(found.cluster.tolist())) >= 0.99 * len(people)


def test_rows_that_are_the_same_to_the_letter_are_one_however_many() -> None:
    told: list[str] = []
    found = find([*[shape(BOB)] * 500, *[shape({"name": "Ann Lee"})] * 50, *map(shape, OTHERS)], say=told.append)
    assert set(found.cluster[:500].tolist()) == {0} and "570 records read, 22 of them" in told[0]
    assert len(set(found.cluster[500:550].tolist())) in (1, 50)  # a name alone: all of them or nobody, never some


def test_crowded_traits_are_told_and_blocks_kept_small() -> None:
    table = columns(shape({"name": f"Pat {n:04d}x", "address": f"{n} Oak St", "zip": "89501"}) for n in range(1200))
    met = pairs(table, block=20, most=3)
    assert met.crowded > 0 and met.largest == 1200 and met.block < 20
    assert len(met.left) == len(set(zip(met.left.tolist(), met.right.tolist(), strict=True))) and (met.left < met.right).all()


def test_records_that_say_much_and_share_one_trait_are_not_compared() -> None:
    one = {"name": "Pat Larch", "address": "12 Oak St", "city": "Reno", "zip": "89501", "phone": "7023004000", "email": "p@a.com"}
    other = {
        "name": "Kim Vale",
        "address": "12 Elm Rd",
        "city": "Reno",
        "zip": "89509",
        "phone": "7752349876",
        "email": "k@b.com",
    }
    poor = [{key: row[key] for key in ("name", "address", "city")} for row in (one, other)]
    twin = one | {"phone": "7025550000", "zip": "", "name": "Pat Larsh"}
    met = pairs(columns([shape(row) for row in (one, other, twin)]))
    assert list(zip(met.left.tolist(), met.right.tolist(), strict=True)) == [(0, 2)]
    met = pairs(columns([shape(row) for row in poor]))
    assert len(met.left) == 1, "who says little is looked at closely"


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
