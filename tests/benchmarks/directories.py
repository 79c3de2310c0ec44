"""Restaurants, shops and contractors as two directories list them, made up: each directory has its own way of writing phones,
streets and towns, and single entries differ as real ones do. Half of the ways in which they differ (``TUNED``) were looked at
while weights were set, the other half (``HELD``) only measured (docs/duplicates.md)."""

from collections.abc import Callable, Sequence
from random import Random

Row = dict[str, str]
Change = Callable[[Random, Row], Row]

COLUMNS = {
    "all": ("name", "address", "city", "phone"),
    "name_phone": ("name", "phone"),
    "name_address": ("name", "address"),
    "name_address_city": ("name", "address", "city"),
    "name_city": ("name", "city"),
    "name": ("name",),
}
_FAMILIES = """marchetti bellweather okonkwo yamada delgado frost hanrahan kessler lombardi mcgraw novak ortiz pemberton quigley
rinaldi schaefer tadeusz underhill vasquez wexler xiong yoder zamora ashworth bonnard corrigan dufresne esposito fairbanks
gallagher hirsch iverson jimenez kaplan lafleur moretti nguyen osborne patel rossi sandoval thornton uribe voss winslow"""
_THINGS = """lotus lantern anchor orchard harbor meadow juniper saffron basil pepper olive ginger magnolia cypress tulip dragon
phoenix jade pearl crown castle windmill lighthouse compass wagon saddle maple ember granite velvet ivory crimson indigo amber
raven falcon heron otter fox badger trout salmon oyster lobster"""
_FIRSTS = (
    "tony maria joe lucy frank rosa sam nina carlo ginos mama papa antoine pierre juan wong lee sal vito bella max jean luca"
)
_KINDS = {
    "restaurant": "grill|restaurant|cafe|bistro|kitchen|trattoria|steakhouse|bar & grill|diner|palace|garden|house|room|deli",
    "shop": "books|hardware|jewelers|florist|shoes|gifts|antiques|bakery|liquors|market|pharmacy|cleaners|toys|furniture",
    "contractor": "plumbing|roofing|electric|heating & air|painting|landscaping|construction|pest control|pools|flooring|fences",
}
_TOWNS = (
    ("new york", ("new york city", "manhattan", "ny"), "212", ("brooklyn", "queens", "astoria")),
    ("los angeles", ("la", "l.a.", "los angeles, ca"), "213", ("west hollywood", "santa monica", "studio city", "beverly hills")),
    ("san francisco", ("s.f.", "san fran"), "415", ("sausalito", "daly city")),
    ("atlanta", ("atlanta, ga", "buckhead"), "404", ("decatur", "marietta", "college park")),
    ("las vegas", ("lv", "las vegas strip"), "702", ("north las vegas", "henderson")),
    ("st. louis", ("saint louis", "st louis"), "314", ("clayton", "kirkwood")),
    ("fort worth", ("ft. worth", "ft worth"), "817", ("arlington", "haltom city")),
)
_ALIASES = {town: others for town, others, _, _ in _TOWNS} | {
    "west hollywood": ("w. hollywood", "hollywood"), "north las vegas": ("n. las vegas", "las vegas"), "queens": ("new york",),
    "brooklyn": ("brooklyn, ny", "new york"), "studio city": ("los angeles",), "college park": ("atlanta",),
}  # fmt: skip
_WAYS = """ventura melrose peachtree wilshire broadway market columbus geary lexington madison spring piedmont roswell sunset
flamingo paradise sahara union mission valencia canal mulberry bleecker lankershim fairfax robertson camp bowie hulen"""
_TYPES = (("st.", "street"), ("ave.", "avenue"), ("blvd.", "boulevard"), ("rd.", "road"), ("dr.", "drive"), ("pl.", "place"))
_SIDES = (("n.", "north"), ("s.", "south"), ("e.", "east"), ("w.", "west"))


def directories(size: int, seed: int = 21, *, held: bool = False, chains: float = 0.08) -> list[tuple[Row, int]]:
    """Entries of two directories with the number of the firm: a third of the second one's are in the first one as well."""
    dice, made, number = Random(seed), list[tuple[Row, int]](), 0
    ways = HELD if held else TUNED
    while len(made) < size:
        kind = dice.choice(list(_KINDS))
        name = _name(dice, kind)
        for _ in range(dice.randint(2, 5) if dice.random() < chains else 1):
            home, number = _home(dice), number + 1
            row = {"name": name, "phone": _phone(dice, home["city"]), "category": kind, **home}
            made += _listed(dice, row, number, ways)
            if dice.random() < 0.06:  # another firm of the house
                number += 1
                other = row | {"name": _name(dice, kind), "phone": _phone(dice, home["city"])}
                made += _listed(dice, other, number, ways)
    dice.shuffle(made)
    return made


def only(rows: Sequence[tuple[Row, int]], columns: str) -> list[tuple[Row, int]]:
    """The same entries in a table of fewer columns."""
    return [({field: row[field] for field in COLUMNS[columns]}, number) for row, number in rows]


def _listed(dice: Random, row: Row, number: int, ways: Sequence[Change]) -> list[tuple[Row, int]]:
    where = dice.choice(("first", "first", "second", "both"))
    first, second = _first_style(row), _second_style(dice, row)
    if where == "both":
        for change in dice.sample(ways, dice.choice((0, 1, 1, 2, 2, 3))):
            second |= change(dice, second)
        return [(first, number), (second, number)]
    return [(first if where == "first" else second, number)]


def _name(dice: Random, kind: str) -> str:
    owner, other = dice.sample(_FAMILIES.split(), 2)
    thing, more = dice.sample(_THINGS.split(), 2)
    first, what = dice.choice(_FIRSTS.split()), dice.choice(_KINDS[kind].split("|"))
    return dice.choice((
        f"{owner}'s {what}", f"{thing} {what}", f"the {thing} {what}", f"{thing} & {more}", f"{first}'s {what}",
        f"{what} {owner}", f"{owner} & {other} {what}", f"{first} {owner}'s", f"{thing} {more} {what}", f"la {thing}",
        f"{owner}", f"{thing}",
        f"{owner} {what} of {dice.choice(_TOWNS)[0]}", f"{owner} brothers {what}", f"{thing} {what} and {more}",
    ))  # fmt: skip


def _home(dice: Random) -> Row:
    town, _, _, near = dice.choice(_TOWNS)
    city = dice.choice(near) if dice.random() < 0.25 else town
    side = f"{dice.choice(_SIDES)[1]} " if dice.random() < 0.3 else ""
    number = dice.randrange(1, 500) if town == "new york" else dice.randrange(100, 13_000)
    if town == "new york" and dice.random() < 0.6:
        street = f"{dice.choice(('east', 'west'))} {_ordinal(dice.randrange(1, 90))} street"
    else:
        street = f"{side}{dice.choice(_WAYS.split())} {dice.choice(_TYPES)[1]}"
    return {"address": f"{number} {street}", "city": city}


def _ordinal(number: int) -> str:
    return f"{number}{'th' if 10 < number % 100 < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _phone(dice: Random, city: str) -> str:
    area = next((area for town, _, area, near in _TOWNS if city in (town, *near)), "212")
    return f"{area}-{dice.randrange(200, 999)}-{dice.randrange(10_000):04d}"


def _first_style(row: Row) -> Row:
    """212/555-0187, streets in short forms with full stops."""
    address = row["address"]
    for short, long in (*_TYPES, *_SIDES):
        address = address.replace(f" {long}", f" {short}")
    return row | {"phone": row["phone"].replace("-", "/", 1), "address": address}


def _second_style(dice: Random, row: Row) -> Row:
    """212-555-0187, streets as they come."""
    return dict(row) if dice.random() < 0.4 else row | {"address": _first_style(row)["address"]}


def _slip(dice: Random, text: str) -> str:
    if len(text) < 4:
        return text
    at = dice.randrange(1, len(text) - 2)
    return dice.choice(
        (text[:at] + text[at + 1 :], text[:at] + text[at + 1] + text[at] + text[at + 2 :], text[:at] + text[at] + text[at:])
    )


def _without_last(row: Row) -> Row:
    words = row["name"].split()
    return {"name": " ".join(words[:-1])} if len(words) > 1 and words[-2] != "&" else {}


def _other_article(name: str) -> str:
    return name.removeprefix("the ") if name.startswith("the ") else f"the {name}"


_HOUSES = ("hotel", "plaza", "center")
_AND = str.maketrans({"&": "and"})
TUNED: tuple[Change, ...] = (
    lambda dice, row: {"name": row["name"].translate(_AND) if "&" in row["name"] else row["name"].replace(" and ", " & ")},
    lambda dice, row: {"name": _other_article(row["name"])},
    lambda dice, row: _without_last(row),
    lambda dice, row: {"name": row["name"].replace("'", "")},
    lambda dice, row: {"name": f"{row['name']} {dice.choice(('restaurant', 'inc.', 'co.', 'llc', 'cafe'))}"},
    lambda dice, row: {"name": _slip(dice, row["name"])},
    lambda dice, row: {"city": dice.choice(_ALIASES.get(row["city"], (row["city"],)))},
    lambda dice, row: {"address": f"{row['address']} {dice.choice(('suite', 'ste.', '#'))} {dice.randrange(100, 400)}"},
    lambda dice, row: {"address": f"{row['address']} at {dice.choice(_WAYS.split())} {dice.choice(('st.', 'ave.'))}"},
    lambda dice, row: {"address": " ".join(row["address"].split()[:-1])},
    lambda dice, row: {"phone": _phone(dice, row["city"])},
    lambda dice, row: {"phone": row["phone"][:-1] + str(dice.randrange(10))},
    lambda dice, row: {},
)  # fmt: skip
HELD: tuple[Change, ...] = (
    lambda dice, row: {"name": f"{row['name']} ({dice.choice(('uptown', 'midtown', 'airport', 'strip', 'downtown'))})"},
    lambda dice, row: {"name": f"{row['name']} - {row['city']}"},
    lambda dice, row: {"name": " ".join([*row["name"].split()[1:], row["name"].split()[0]])},
    lambda dice, row: {"name": f"{dice.choice(_FIRSTS.split())} {row['name']}"},
    lambda dice, row: {"name": row["name"].replace(" ", "", 1)},
    lambda dice, row: {"name": f"{row['name']}, {dice.choice(('the', 'inc', 'la'))}"},
    lambda dice, row: {"name": row["name"].replace("'s", "")},
    lambda dice, row: {"name": f"{row['name']} {dice.choice(('at', 'in'))} the {dice.choice(_THINGS.split())} hotel"},
    lambda dice, row: {"address": f"{dice.choice(_THINGS.split())} {dice.choice(_HOUSES)}, {row['address']}"},
    lambda dice, row: {"address": f"{row['address']} between {' and '.join(dice.sample(_WAYS.split(), 2))} aves."},
    lambda dice, row: {"address": f"{int(row['address'].split()[0]) + 2} {row['address'].partition(' ')[2]}"}
    if row["address"].split()[0].isdigit() else {},
    lambda dice, row: {"address": f"{dice.choice(_WAYS.split())} st. at {row['address'].partition(' ')[2]}"},
    lambda dice, row: {"phone": f"{row['phone']} or {_phone(dice, row['city'])}"},
    lambda dice, row: {"phone": f"({row['phone'][:3]}) {row['phone'][4:]} ext. {dice.randrange(10, 99)}"},
    lambda dice, row: {"city": row["city"].split()[-1]},
    lambda dice, row: {},
)  # fmt: skip
