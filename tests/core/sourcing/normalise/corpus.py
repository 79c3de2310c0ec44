"""US addresses of every realistic shape, made up: as somebody typed them, and in the postal form they stand for.

Streets, numbers and people are invented; ZIPs are real ones with their cities. The same seed gives the same corpus.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

PLACES = [
    ("Las Vegas", "NV", "89109"), ("Henderson", "NV", "89052"), ("Dallas", "TX", "75201"), ("Fort Worth", "TX", "76102"),
    ("Austin", "TX", "78704"), ("Round Rock", "TX", "78664"), ("Phoenix", "AZ", "85004"), ("Mesa", "AZ", "85201"),
    ("Salt Lake City", "UT", "84101"), ("Provo", "UT", "84601"), ("Flushing", "NY", "11354"), ("Boston", "MA", "02118"),
    ("Miami", "FL", "33131"), ("Anchorage", "AK", "99501"), ("Honolulu", "HI", "96813"), ("St. Louis", "MO", "63101"),
]  # fmt: skip
TREES = [
    "Alder",
    "Briar",
    "Copper",
    "Dogwood",
    "Ember",
    "Fallow",
    "Garnet",
    "Hazel",
    "Indigo",
    "Larkspur",
    "Mesquite",
    "Ocotillo",
]
SECOND = ["", "", "", " Ridge", " Creek", " Hollow", " Crest", " Vista"]
KINDS = [
    ("Street", "St", "ST"), ("Avenue", "Ave", "AVE"), ("Boulevard", "Blvd", "BLVD"), ("Drive", "Dr", "DR"), ("Lane", "Ln", "LN"),
    ("Road", "Rd", "RD"), ("Court", "Ct", "CT"), ("Circle", "Cir", "CIR"), ("Parkway", "Pkwy", "PKWY"), ("Place", "Pl", "PL"),
    ("Terrace", "Ter", "TER"), ("Trail", "Trl", "TRL"), ("Way", "Way", "WAY"), ("Highway", "Hwy", "HWY"),
]  # fmt: skip
WAYS = [("North", "N"), ("South", "S"), ("East", "E"), ("West", "W"), ("Northeast", "NE"), ("Southwest", "SW")]
UNITS = [
    ("Apt {0}", "APT {0}"), ("apartment {0}", "APT {0}"), ("#{0}", "# {0}"), ("# {0}", "# {0}"), ("Unit {0}", "UNIT {0}"),
    ("Ste {0}", "STE {0}"), ("Suite {0}", "STE {0}"), ("Apt. #{0}", "APT {0}"), ("Lot {0}", "LOT {0}"), ("Bldg {0}", "BLDG {0}"),
    ("Rm {0}", "RM {0}"), ("Fl {0}", "FL {0}"), ("Trlr {0}", "TRLR {0}"), ("Spc {0}", "SPC {0}"),
]  # fmt: skip
ROADS = ["US Highway {n}", "State Route {n}", "State Highway {n}", "County Road {n}", "FM {n}", "Ranch Road {n}",
         "Interstate {n}", "Hwy {n}", "Co Rd {n}", "Farm to Market Rd {n}", "CR {n}", "SR {n}", "US {n}"]  # fmt: skip
SPANISH = ["Calle Del Sol", "Avenida De Las Flores", "Camino Real", "Via Linda", "Paseo Del Norte", "Calle Ocho",
           "Camino De La Tierra", "Avenida Cesar Chavez", "Via Del Rio"]  # fmt: skip
MILITARY = ["PSC {a} Box {b}", "CMR {a} Box {b}", "Unit {a} Box {b}", "UNIT {a}, BOX {b}", "USS Larkspur", "PSC {a}, Box {b}"]
POSTAL = ["PO Box {b}", "P.O. Box {b}", "P O Box {b}", "Post Office Box {b}", "PO BOX #{b}", "POB {b}", "Box {b}", "p.o.box {b}",
          "PO Drawer {b}", "Caller Box {b}", "PMB {b}", "P. O. Box {b}", "PO Bx {b}"]  # fmt: skip
RURAL = ["RR {a} Box {b}", "Rural Route {a} Box {b}", "RT {a} Box {b}", "Route {a}, Box {b}", "RFD {a} Box {b}", "HC {a} Box {b}",
         "Star Route Box {b}", "HCR {a} Box {b}", "R.R. {a} Box {b}", "RR #{a} Box #{b}", "RR {a}", "HC-{a} Box {b}"]  # fmt: skip
JUNK = [" (rear)", " - leave at door", " **gate code 1234**", ", attn: front desk", " ;", " near the park", " c/o Pat Example",
        " / side entrance", " - see notes", " USA", ", United States"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """One address as it was typed, in columns; ``street`` and ``unit`` what they should become, where that is beyond doubt."""

    group: str
    given: dict[str, str]
    street: str | None = None
    unit: str | None = None


def corpus(size: int, seed: int = 5) -> Iterator[Shape]:
    """``size`` addresses, a tenth of each common shape and the rarer ones between."""
    dice = Random(seed)
    makers = [_plain, _plain, _plain, _plain, _unit, _unit, _unit, _direction, _direction, _ordinal, _road, _box, _rural,
              _military, _grid, _queens, _fraction, _spanish, _junk, _reversed, _whole_line, _letters, _saint]  # fmt: skip
    for at in range(size):
        yield makers[at % len(makers)](dice)


def _placed(dice: Random, group: str, line: str, street: str | None = None, unit: str | None = None, /, **more: str) -> Shape:
    city, state, zip_ = dice.choice(PLACES)
    given = {"street": dice.choice((str, str, str.upper, str.lower))(line), "city": city, "state": state, "zip": zip_} | more
    if dice.random() < 0.1:
        given["zip"] = ""
    if dice.random() < 0.1:
        given["city"] = city.upper() if dice.random() < 0.5 else ""
    return Shape(group, given, street, unit)


def _name(dice: Random) -> str:
    return dice.choice(TREES) + dice.choice(SECOND)


def _street(dice: Random) -> tuple[str, str]:
    """A street as typed and in postal form, with its number."""
    number, name, (long, short, postal) = dice.randint(1, 19_999), _name(dice), dice.choice(KINDS)
    return f"{number} {name} {dice.choice((long, short, short + '.'))}", f"{number} {name.upper()} {postal}"


def _plain(dice: Random) -> Shape:
    line, street = _street(dice)
    return _placed(dice, "plain", line, street)


def _unit(dice: Random) -> Shape:
    (line, street), (typed, postal) = _street(dice), dice.choice(UNITS)
    number = dice.choice((str(dice.randint(1, 999)), f"{dice.randint(1, 30)}{dice.choice('ABC')}", dice.choice("ABCD")))
    if typed.startswith(("Fl", "Rm", "Lot")):
        number = str(dice.randint(1, 30))
    typed, postal = typed.format(number), postal.format(number)
    if dice.random() < 0.3:
        return _placed(dice, "unit beside", line, street, postal, unit=typed)
    return _placed(dice, "unit", f"{line}{dice.choice((', ', ' '))}{typed}", street, postal)


def _direction(dice: Random) -> Shape:
    number, name, (_, short, postal), (long, way) = dice.randint(1, 9999), _name(dice), dice.choice(KINDS), dice.choice(WAYS)
    said = dice.choice((long, way, way + "."))
    if dice.random() < 0.3:
        return _placed(dice, "direction behind", f"{number} {name} {short} {said}", f"{number} {name.upper()} {postal} {way}")
    return _placed(dice, "direction", f"{number} {said} {name} {short}", f"{number} {way} {name.upper()} {postal}")


def _ordinal(dice: Random) -> Shape:
    nth = dice.choice(("1st", "2nd", "3rd", "4th", "11th", "22nd", "103rd"))
    number, (_, short, postal) = dice.randint(1, 9999), dice.choice(KINDS[:4])
    way = dice.choice(("", "", "E ", "W "))
    return _placed(dice, "ordinal", f"{number} {way}{nth} {short}", f"{number} {way}{nth.upper()} {postal}")


def _road(dice: Random) -> Shape:
    road = dice.choice(ROADS).format(n=dice.randint(1, 2500))
    behind = dice.choice(("", "", "", " N", " South", " E"))
    return _placed(dice, "highway", f"{dice.randint(1, 29_999)} {road}{behind}")


def _box(dice: Random) -> Shape:
    number = dice.randint(1, 99_999)
    return _placed(dice, "PO box", dice.choice(POSTAL).format(b=number))


def _rural(dice: Random) -> Shape:
    return _placed(dice, "rural route", dice.choice(RURAL).format(a=dice.randint(1, 9), b=f"{dice.randint(1, 400)}"))


def _military(dice: Random) -> Shape:
    line = dice.choice(MILITARY).format(a=dice.randint(100, 9999), b=dice.randint(1, 9999))
    return _placed(dice, "military", line, city="APO", state="AE", zip="09012")


def _grid(dice: Random) -> Shape:
    (_, one), (_, two) = dice.sample(WAYS[:4], 2)
    a, b = dice.randint(1, 9999), dice.randrange(100, 9900, 100)
    line = dice.choice((f"{a} {one} {b} {two}", f"N{a}W{b} Larkspur Rd", f"{a} {one}. {b} {two}.", f"{one}{a} {two}{b} Briar Dr"))
    return _placed(dice, "grid", line)


def _queens(dice: Random) -> Shape:
    number = f"{dice.randint(10, 160)}-{dice.randint(1, 79):02d}"
    return _placed(dice, "hyphen", f"{number} {dice.randint(11, 99)}th Ave{dice.choice(('', ' Apt 4B', ' #2'))}")


def _fraction(dice: Random) -> Shape:
    line, street = _street(dice)
    number, _, rest = line.partition(" ")
    return _placed(dice, "fraction", f"{number} 1/2 {rest}", street.replace(number, f"{number} 1/2", 1))


def _spanish(dice: Random) -> Shape:
    return _placed(dice, "Spanish", f"{dice.randint(1, 9999)} {dice.choice(SPANISH)}{dice.choice(('', '', ' Apt 4', ' N'))}")


def _junk(dice: Random) -> Shape:
    return _placed(dice, "junk", _street(dice)[0] + dice.choice(JUNK))


def _reversed(dice: Random) -> Shape:
    line, _ = _street(dice)
    number, _, rest = line.partition(" ")
    return _placed(dice, "reversed", dice.choice((f"{rest}, {number}", f"{rest} {number}", f"Apt {dice.randint(1, 40)}, {line}")))


def _whole_line(dice: Random) -> Shape:
    (line, street), (city, state, zip_) = _street(dice), dice.choice(PLACES)
    whole = dice.choice(
        (
            f"{line}, {city}, {state} {zip_}",
            f"{line}, {city} {state}",
            f"{line}, {city}, {state}, {zip_}-1234",
            f"{line}, {city}, {state}",
        )
    )
    return Shape("whole line", {"street": dice.choice((str, str.upper))(whole)}, street)


def _letters(dice: Random) -> Shape:
    number = f"{dice.randint(1, 999)}{dice.choice('ABC')}"
    name, (_, short, postal) = _name(dice), dice.choice(KINDS)
    return _placed(dice, "lettered number", f"{number} {name} {short}", f"{number} {name.upper()} {postal}")


def _saint(dice: Random) -> Shape:
    name = dice.choice(
        ("St Marys", "St. Charles", "Saint Rose", "Mt Vernon", "Ft Apache", "Martin Luther King Jr", "O'Neil", "Court")
    )
    return _placed(dice, "name like a kind", f"{dice.randint(1, 9999)} {name} {dice.choice(('Blvd', 'St', 'Ave'))}")
