"""Businesses as two lists have them: chains with many branches, several firms at one address, trade names, legal forms, short
forms, numbers of stores. Made up for setting the weights of firms and for measuring them (docs/duplicates.md)."""

from collections.abc import Callable
from random import Random

Row = dict[str, str]

_OWNERS = [
    "marlowe", "castillo", "brannigan", "okafor", "lindqvist", "petrossian", "hollis", "vandermeer", "quintana",
    "abernathy", "delacroix", "kowalski", "nakamura", "fitzgerald", "romano", "sorensen", "pellegrino", "whitaker",
    "bautista", "engstrom", "tran", "rosenthal", "mcallister", "duarte",
]  # fmt: skip
_WORDS = [
    "desert", "valley", "golden", "silver", "canyon", "sunset", "pioneer", "summit", "red", "rock", "blue", "sky", "royal",
    "grand", "eagle", "mesa", "cactus", "lone", "star", "heritage", "liberty", "frontier", "prime", "first", "choice",
    "elite", "oasis", "mirage", "diamond", "emerald", "green", "leaf", "copper", "iron", "river", "lake",
]  # fmt: skip
_TRADES = {
    "dental group": "dental grp", "auto repair": "automotive repair", "plumbing services": "plumbing svcs",
    "roofing": "roofing contractors", "restaurant": "rest", "grill": "bar and grill", "realty": "realty group",
    "insurance agency": "insurance", "landscaping": "landscape", "heating & air": "heating and air conditioning",
    "medical center": "medical ctr", "law office": "law offices", "cleaning services": "cleaning", "electric": "electrical",
    "construction": "construction co", "deli": "delicatessen", "cafe": "coffee", "pharmacy": "drugs", "nail salon": "nails",
    "property management": "property mgmt", "veterinary hospital": "animal hospital", "tire center": "tires",
}  # fmt: skip
_FORMS = ("", "", " llc", " inc", ", inc.", " corp", " co.", " ltd", ", l.l.c.", " pllc")
_CITIES = (
    ("las vegas", "NV", "891", "702"), ("phoenix", "AZ", "850", "602"), ("austin", "TX", "787", "512"),
    ("dallas", "TX", "752", "214"),
)  # fmt: skip
_WAYS = "main oak sahara flamingo charleston tropicana congress lamar camelback elm commerce preston decatur rainbow"
_ROADS = _WAYS.split()
_KINDS = (("street", "st"), ("avenue", "ave"), ("boulevard", "blvd"), ("road", "rd"), ("drive", "dr."))


def firms(size: int, seed: int = 11) -> list[tuple[Row, int]]:
    """Rows with the number of their firm: about 40 % have a second record, a tenth are chains of 2 to 8 branches."""
    dice, made, number = Random(seed), list[tuple[Row, int]](), 0
    while len(made) < size:
        name, home = _name(dice), _home(dice)
        for _ in range(dice.randint(2, 8) if dice.random() < 0.1 else 1):
            number += 1
            row = {"company": name, "phone": _phone(dice, home), **home}
            made.append((row, number))
            made += [(_again(dice, row), number)] if dice.random() < 0.4 else []
            if dice.random() < 0.15:  # next door, sometimes by the number of the landlord
                number += 1
                near = {"company": _name(dice), "phone": row["phone"] if dice.random() < 0.2 else _phone(dice, home), **home}
                made.append((near, number))
                made += [(_again(dice, near), number)] if dice.random() < 0.4 else []
            home = _home(dice)
    dice.shuffle(made)
    return made


def _name(dice: Random) -> str:
    trade, owner, word, other = dice.choice(list(_TRADES)), dice.choice(_OWNERS), dice.choice(_WORDS), dice.choice(_WORDS)
    return dice.choice((
        f"{owner} {trade}", f"{owner}'s {trade}", f"{word} {other} {trade}", f"the {word} {trade}", f"{word} {other}",
        f"{owner} & {dice.choice(_OWNERS)}", f"{owner} & sons {trade}", f"{owner[0]} & {other[0]} {trade}", f"st {owner} {trade}",
        f"{word} {trade} of {dice.choice(_CITIES)[0]}",
    ))  # fmt: skip


def _home(dice: Random) -> Row:
    city, state, zip3, _ = dice.choice(_CITIES)
    way = dice.choice(("", "", "", "n ", "s ", "e ", "w "))
    street = f"{dice.randrange(100, 9999)} {way}{dice.choice(_ROADS)} {dice.choice(_KINDS)[1]}"
    return {"address": street, "city": city, "state": state, "zip": f"{zip3}{dice.randrange(1, 40):02d}"}


def _phone(dice: Random, home: Row) -> str:
    area = next(area for city, _, _, area in _CITIES if city == home["city"] or not home["city"])
    return f"{area}-{dice.randrange(200, 999)}-{dice.randrange(0, 9999):04d}"


def _again(dice: Random, row: Row) -> Row:
    """The same firm in another list: its name and one to two other things written differently."""
    said = row | {"company": dice.choice(_NAMED)(dice, row["company"])}
    for change in dice.sample(_OTHERWISE, dice.choice((0, 1, 1, 2))):
        said |= change(dice, said)
    return said


def _short(_: Random, name: str) -> str:
    return next((name.replace(long, short) for long, short in _TRADES.items() if name.endswith(long)), name)


def _slip(dice: Random, text: str) -> str:
    at = dice.randrange(1, len(text) - 1)
    return dice.choice((text[:at] + text[at + 1 :], text[:at] + text[at + 1] + text[at] + text[at + 2 :]))


_NAMED: tuple[Callable[[Random, str], str], ...] = (
    lambda dice, name: name + dice.choice(_FORMS),
    lambda dice, name: name.upper() + dice.choice(_FORMS),
    lambda _, name: name.replace(" & ", " and "),
    _short,
    _slip,
    lambda dice, name: f"{name} #{dice.randrange(2, 90)}",
    lambda dice, name: f"{name} - {dice.choice(_CITIES)[0]}",
    lambda dice, name: f"{dice.choice(_OWNERS)} {dice.choice(('holdings', 'enterprises', 'ventures'))} llc dba {name}",
    lambda _, name: " ".join([*name.split()[1:], name.split()[0]]),
    lambda _, name: name.removeprefix("the ") if name.startswith("the ") else f"the {name}",
    lambda _, name: " ".join(name.split()[:-1]) if len(name.split()) > 2 else name,
    lambda _, name: name.replace("'s", "s").replace(" ", "", 1) if len(name) < 14 else name.replace("'", ""),
)
_OTHERWISE: tuple[Callable[[Random, Row], Row], ...] = (
    lambda dice, row: {"phone": ""},
    lambda dice, row: {"phone": _phone(dice, row)},
    lambda dice, row: {"phone": f"({row['phone'][:3]}) {row['phone'][4:]}" if row["phone"] else ""},
    lambda dice, row: {"address": f"{row['address']} ste {dice.randrange(100, 400)}"} if row["address"] else {},
    lambda dice, row: {"address": _slip(dice, row["address"])} if row["address"] else {},
    lambda dice, row: {"address": row["address"].replace(" ave", " avenue").replace(" blvd", " boulevard")},
    lambda dice, row: {"address": row["address"].partition(" ")[2]},
    lambda dice, row: {"zip": ""},
    lambda dice, row: {"zip": row["zip"][:3] + f"{dice.randrange(1, 40):02d}"} if row["zip"] else {},
    lambda dice, row: {"city": "", "state": ""},
    lambda dice, row: {"address": "", "zip": ""},
)
