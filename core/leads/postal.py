"""The postal form of a US street: strict where the postal service's own rules read it, tagged or tidied where not.

Most streets are plain ("12 N Main St Apt 4") and are read by pattern in microseconds; the parsers behind the rest
take a millisecond. Whatever way it goes, no word of the address is lost.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal
from unicodedata import combining, normalize

from core.leads.postal_parts import BARE_UNITS, known_whole, parted, without_signs

How = Literal["plain", "box", "strict", "tagged", "typed"]

_SPACE = re.compile(r"\s+")
_STOP = re.compile(r"(?<!\d)\.|\.(?!\d)")  # not the one in "Km 45.6"
_WORD = re.compile(r"[A-Z0-9]+(?:[-/'][A-Z0-9]+)*|#")
_CARE_OF = re.compile(r"(?:^|[\s,])(?:C/O|CARE OF|ATTN:?)\s+[^\d,]+(?:,|(?=\d)|$)", re.I)
_NUMBER = r"(?:\d{1,6}(?:-\d{1,5})?[A-Z]?|[NSEW]\d{1,5}[NSEW]\d{1,6}|\d{1,3}[NSEW]\d{1,5})"
_PLAIN = re.compile(
    rf"(?P<number>{_NUMBER}(?: \d/\d)?) (?P<words>[A-Z0-9' ]*?)"
    r"(?: ?(?P<kind>APT|APARTMENT|UNIT|STE|SUITE|SPC|SPACE|TRLR|TRAILER|LOT|BLDG|BUILDING|RM|ROOM|FL|FLOOR|#) ?#? ?"
    r"(?P<id>[A-Z]?-?\d{1,5}-?[A-Z]?|[A-Z]))?$"
)
_TURNED = re.compile(r"(?P<words>[A-Z][A-Z0-9' ]*[A-Z])(?P<comma>,?) (?P<number>\d{1,6}[A-Z]?)")
_DASHED = re.compile(r"^(\d+[A-Z]?) ?- ?(?=\d+[A-Z]? )")
_NTH_FLOOR = re.compile(r"\b(\d{1,3})(?:ST|ND|RD|TH) (?:FLOOR|FLR|FL)\b")
_COUNTY_ROAD = re.compile(r"\b(?:CR|C R|CO RD|CTY RD) (?=\d)")
_COUNTRY = re.compile(r",? (?:USA|U S A|UNITED STATES(?: OF AMERICA)?)$")
_ORDINAL = re.compile(r"\d{1,3}(?:ST|ND|RD|TH)")
_BOXES = (
    (
        re.compile(r"(?:P(?:OST)? ?O(?:FFICE)? ?(?:BOX|BX|DRAWER)|P ?O ?B|POB|BOX|DRAWER|CALLER(?: BOX)?) ?#? ?([A-Z0-9-]+)"),
        "PO BOX {0}",
    ),
    (re.compile(r"(?:PMB|PRIVATE MAILBOX) ?#? ?([A-Z0-9-]+)"), "PMB {0}"),
    (re.compile(r"(?:RFD|RR|RURAL ROUTE) ?#? ?([0-9]+)"), "RR {0}"),
    (re.compile(r"STAR (?:ROUTE|RT) (?:BOX|BX) ?#? ?([A-Z0-9-]+)"), "HC BOX {0}"),
    (re.compile(r"(US(?:S|NS|CGC) [A-Z ]+)"), "{0}"),
    (
        re.compile(r"(?:RR|R R|RFD|RD|RT|RTE|ROUTE|RURAL (?:RT|RTE|ROUTE)) ?[#-]? ?([A-Z0-9]+) (?:BOX|BX) ?#? ?([A-Z0-9-]+)"),
        "RR {0} BOX {1}",
    ),
    (
        re.compile(
            r"(?:HC|H C|HIGHWAY CONTRACT(?: (?:ROUTE|RTE|RT))?|STAR (?:ROUTE|RTE|RT)|HCR) ?[#-]?"
            r" ?([A-Z0-9]+) (?:BOX|BX) ?#? ?([A-Z0-9-]+)"
        ),
        "HC {0} BOX {1}",
    ),
    (re.compile(r"(PSC|CMR|UNIT) ?#? ?([0-9]+) (?:BOX|BX) ?#? ?([A-Z0-9-]+)"), "{0} {1} BOX {2}"),
    (re.compile(r"(?:GENERAL|GEN) (?:DELIVERY|DEL)"), "GENERAL DELIVERY"),
)
_ROADS = frozenset({"HWY", "RD", "COUNTY", "STATE", "FM", "RM", "CR", "SR", "US", "LOOP", "AVE", "IH", "RTE"})
_BEFORE_NUMBERS = frozenset({"MARKET", "RANCH", "FARM", "TOWNSHIP"})
_NUMBERED_ROADS = frozenset({"HWY", "LOOP", "PARK", "EXPY", "FWY", "RTE", "SPUR"})
_DIRECTIONS = {
    long: short
    for short, long in (
        pair.split()
        for pair in ("N NORTH", "S SOUTH", "E EAST", "W WEST", "NE NORTHEAST", "NW NORTHWEST", "SE SOUTHEAST", "SW SOUTHWEST")
    )
}
_DIRECTIONS |= {short: short for short in _DIRECTIONS.values()}
_SPELLED = frozenset({"ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "TEN"})


@dataclass(frozen=True, slots=True)
class PostalForm:
    """Street and unit in upper case and short forms. ``how`` they were read; ``typed``: only tidied, a person should look.

    ``numbered`` is false for a street without a house or box number.
    """

    street: str | None
    unit: str | None
    how: How
    numbered: bool = True


def postal_form(street: str, unit: str | None = None) -> PostalForm:
    """The postal form of a street line and an optional second line (SPEC 8.3); never fails, never drops a word.

    A person's name after "c/o" is the one thing left out: it is no part of the place.
    """
    line = _COUNTRY.sub("", _tidied(street))
    second = _tidied(unit or "")
    quick = _box(line, second) or _plain(line, second) or _turned(line, second) or _whole(line, second)
    return quick or _beside(line, second) or _strict(line, second) or _tagged(line, second) or _typed(line, second)


def _whole(line: str, second: str) -> PostalForm | None:
    """Roads by kilometre or mile, streets by letter, ``Calle 1 B-4``."""
    found = known_whole(line)
    if found is None or (found[1] and second):
        return None
    return PostalForm(found[0], _unit(found[1] or second), "box", numbered=found[2])


def _beside(line: str, second: str) -> PostalForm | None:
    """A street with something beside it: a box, a part of the house, a quarter; the street must be plain by itself."""
    found = parted(line) if not second else None
    if found is None:
        return None
    street, beside, sure = found
    read = _box(street, "") or _plain(street, "") or (PostalForm(_shortened(street.split()), None, "box") if sure else None)
    if read is None or read.unit:
        return None
    box = _box(beside, "")
    return PostalForm(read.street, box.street if box else beside if sure else _unit(beside), "box")


def short_forms() -> tuple[dict[str, str], dict[str, str]]:
    """Postal short forms by word: of streets and directions, and of units."""
    streets, units, _ = _tables()
    return streets, units


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, str], dict[str, str], frozenset[str]]:
    # Imported on first use: the model file behind it takes 0.1 s, and processes that never need it don't pay.
    from scourgify.address_constants import DIRECTIONAL_REPLACEMENTS, OCCUPANCY_TYPE_ABBREVIATIONS, STREET_TYPE_ABBREVIATIONS

    streets = STREET_TYPE_ABBREVIATIONS | DIRECTIONAL_REPLACEMENTS
    units = dict(OCCUPANCY_TYPE_ABBREVIATIONS) | {short: short for short in OCCUPANCY_TYPE_ABBREVIATIONS.values()}
    return streets, units, frozenset(STREET_TYPE_ABBREVIATIONS.values())


def _tidied(text: str) -> str:
    """Upper case, single spaces, no full stops; commas stay, they part street and unit."""
    bare = (
        text.upper()
        .replace("–", "-")
        .replace("½", " 1/2")
        .replace("¼", " 1/4")
        .replace("¾", " 3/4")
        .replace("'", "")
        .replace("’", "")
    )
    if not bare.isascii():
        bare = "".join(char for char in normalize("NFKD", bare) if not combining(char))
    bare = _COUNTY_ROAD.sub("COUNTY RD ", _SPACE.sub(" ", _STOP.sub(" ", bare)))
    bare = _NTH_FLOOR.sub(r"FL \1", _DASHED.sub(r"\1-", bare.strip()))
    return without_signs(_SPACE.sub(" ", _CARE_OF.sub(" ", bare).replace(" ,", ",")).strip(" ,;:-"))


def _words(*texts: str | None) -> list[str]:
    return [word for text in texts if text for word in _WORD.findall(text)]


def _box(line: str, second: str) -> PostalForm | None:
    """Boxes, rural routes, military mail and general delivery: whole addresses without a street."""
    flat = line.replace(",", "")
    for pattern, form in _BOXES:
        if found := pattern.fullmatch(flat):
            return PostalForm(form.format(*found.groups()), _unit(second), "box")
    return None


def _plain(line: str, second: str) -> PostalForm | None:
    """Number, direction, name, street type, direction, unit, each where it belongs and none of them doubtful."""
    found = _PLAIN.fullmatch(line.replace(",", "")) if line.count(",") < 2 else None
    if found is None or (found["kind"] and second):
        return None
    streets, units, types = _tables()
    words = found["words"].split()
    before = [_DIRECTIONS[word] for word in words[:1] if word in _DIRECTIONS and len(words) > 2]
    after = [_DIRECTIONS[word] for word in words[-1:] if word in _DIRECTIONS and len(words) > 2]
    body = words[len(before) : len(words) - len(after)]
    kind_of_street = streets.get(body[-1], body[-1]) if len(body) > 1 else ""
    if kind_of_street not in types or not _is_name_of_street(body[:-1], streets, units):
        return None
    street = [found["number"], *before, *body[:-1], kind_of_street, *after]
    kind = units.get(found["kind"] or "", found["kind"] or "")
    return PostalForm(" ".join(street), _unit(f"{kind} {found['id']}" if kind else second), "plain")


def _turned(line: str, second: str) -> PostalForm | None:
    """``Oak St 12``, as other countries write it; a number behind a highway is the road's own."""
    found = _TURNED.fullmatch(line)
    words = found["words"].split() if found else []
    streets, _, types = _tables()
    kind = streets.get(words[-1], words[-1]) if words else ""
    if found is None or kind not in types or not set(words[:-1]).isdisjoint(_ROADS | _BEFORE_NUMBERS):
        return None
    if kind in _NUMBERED_ROADS and not found["comma"]:
        return None
    return _plain(f"{found['number']} {found['words']}", second)


def _is_name_of_street(words: list[str], streets: dict[str, str], units: dict[str, str]) -> bool:
    """True for words that can only be a street's name; behind one that is, or alone, kinds such as Canyon and Ridge are, too."""
    first, *others = words
    kinds = [word for word in (others if others else words) if word in streets and len(word) > 3 and streets[word] != word]
    if any(word in _ROADS or word in units or word in _DIRECTIONS for word in kinds):
        return False
    return all(word in kinds or _is_name(word, streets, units) for word in words) and (first not in kinds or not others)


def _is_name(word: str, streets: dict[str, str], units: dict[str, str]) -> bool:
    """True for a word that can only be a street's name."""
    lettered = word.replace("'", "").isalpha() and len(word) > 1
    return (lettered and word not in streets and word not in units and word not in _ROADS and word not in _DIRECTIONS) or bool(
        _ORDINAL.fullmatch(word)
    )


def _strict(line: str, second: str) -> PostalForm | None:
    """As scourgify reads it: the postal service's Publication 28. It refuses about 2 % of real addresses."""
    from scourgify import normalize_address_record
    from scourgify.exceptions import AddressNormalizationError

    # City and state only have to be there: they are looked after by the ZIP.
    record = {"address_line_1": line, "address_line_2": second or None, "city": "X", "state": "NV", "postal_code": "89109"}
    try:
        normal = normalize_address_record(record)
    except AddressNormalizationError:
        return None
    street, unit = normal["address_line_1"] or "", normal["address_line_2"]
    if not _kept(_words(line, second), _words(street, unit)) or not street[:1].isalnum() or (unit and "&" in unit):
        return None
    return PostalForm(_SPACE.sub(" ", street), _unit(unit), "strict", numbered=_numbered(street))


def _kept(given: list[str], read: list[str]) -> bool:
    """Whether as many words came out as went in, not counting what only announces a unit or a number."""
    _, units, _ = _tables()
    says_nothing = {"NO", "NUM", "NUMBER", "NBR", "#", *units, *units.values()}
    return sum(word not in says_nothing for word in read) >= sum(word not in says_nothing for word in given)


def _tagged(line: str, second: str) -> PostalForm | None:
    """As usaddress labels the words: the ones about the unit are moved behind, all keep their order."""
    import usaddress

    labelled: list[tuple[str, str]] = usaddress.parse(f"{line}, {second}" if second else line)
    labels = {label for _, label in labelled}
    if not {"AddressNumber", "StreetName"} <= labels or labels & {
        "Recipient",
        "PlaceName",
        "LandmarkName",
        "IntersectionSeparator",
    }:
        return None
    inside = ("Occupancy", "Subaddress")
    street = [word for word, label in labelled if not label.startswith(inside)]
    unit = [word for word, label in labelled if label.startswith(inside)]
    if not unit or labelled[-1][1].endswith("Type"):  # "12 Main St Unit": which one?
        return None
    return PostalForm(_shortened(street), _unit(" ".join(unit)), "tagged", numbered=street[0][:1].isdigit())


def _typed(line: str, second: str) -> PostalForm:
    """What was typed, in short forms."""
    street = _shortened(line.split(" "))
    return PostalForm(street or None, _unit(second), "typed", numbered=_numbered(street))


def _numbered(street: str) -> bool:
    return any(char.isdigit() for char in street.split(" ", 1)[0]) or street.split(" ", 1)[0] in _SPELLED


def _shortened(words: list[str]) -> str:
    """Words in postal short forms, except the first of a street's name: "12 Park Ave" stays Park."""
    streets, _, types = _tables()
    bare = [word for part in words if (word := part.strip(",;:"))]
    last = max((at for at, word in enumerate(bare) if at > 1 and streets.get(word) in types), default=-1)
    short = {last: streets, 1: _DIRECTIONS if len(bare) > 2 else {}}
    return " ".join(short.get(at, {}).get(word, word) for at, word in enumerate(bare))


def _unit(text: str | None) -> str | None:
    """A unit in short forms: ``APT 4``, ``STE 200-B``; a bare ``4`` is ``# 4``."""
    if not text:
        return None
    _, units, _ = _tables()
    words: list[Any] = [units.get(word, word) for word in text.replace("#", " # ").replace(",", " ").split()]
    if len(words) > 2 and words[0] in units and words[1] in ("#", "NO"):  # "APT # 4"
        del words[1]
    if len(words) == 2 and words[0] == "UNIT" and words[1] in BARE_UNITS:  # "(rear)"
        words = [BARE_UNITS[words[1]]]
    if len(words) == 1 and any(char.isdigit() for char in words[0]):
        return f"# {words[0]}"
    return " ".join(words) or None
