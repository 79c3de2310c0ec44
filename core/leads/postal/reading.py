"""The ways to read a street, from the quickest to the last.

Most streets are plain ("12 N Main St Apt 4") and are read by pattern in microseconds; the parsers behind the rest
take a millisecond.
"""

import re

from core.leads.postal.beside import known_whole, parted
from core.leads.postal.boxes import box
from core.leads.postal.form import PostalForm
from core.leads.postal.plain import plain, turned
from core.leads.postal.short_forms import shortened, tables, unit_form
from core.leads.postal.tidy import COUNTRY, tidied

_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[A-Z0-9]+(?:[-/'][A-Z0-9]+)*|#")
_SPELLED = frozenset({"ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "TEN"})


def postal_form(street: str, unit: str | None = None) -> PostalForm:
    """The postal form of a street line and an optional second line (SPEC 8.3); never fails, never drops a word.

    A person's name after "c/o" is the one thing left out: it is no part of the place.
    """
    line = COUNTRY.sub("", tidied(street))
    second = tidied(unit or "")
    quick = box(line, second) or plain(line, second) or turned(line, second) or _whole(line, second)
    return quick or _beside(line, second) or _strict(line, second) or _tagged(line, second) or _typed(line, second)


def _whole(line: str, second: str) -> PostalForm | None:
    """Roads by kilometre or mile, streets by letter, ``Calle 1 B-4``."""
    found = known_whole(line)
    if found is None or (found[1] and second):
        return None
    return PostalForm(found[0], unit_form(found[1] or second), "box", numbered=found[2])


def _beside(line: str, second: str) -> PostalForm | None:
    """A street with something beside it: a box, a part of the house, a quarter; the street must be plain by itself."""
    found = parted(line) if not second else None
    if found is None:
        return None
    street, beside, sure = found
    read = box(street, "") or plain(street, "") or (PostalForm(shortened(street.split()), None, "box") if sure else None)
    if read is None or read.unit:
        return None
    boxed = box(beside, "")
    return PostalForm(read.street, boxed.street if boxed else beside if sure else unit_form(beside), "box")


def _words(*texts: str | None) -> list[str]:
    return [word for text in texts if text for word in _WORD.findall(text)]


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
    return PostalForm(_SPACE.sub(" ", street), unit_form(unit), "strict", numbered=_numbered(street))


def _kept(given: list[str], read: list[str]) -> bool:
    """Whether as many words came out as went in, not counting what only announces a unit or a number."""
    _, units, _ = tables()
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
    return PostalForm(shortened(street), unit_form(" ".join(unit)), "tagged", numbered=street[0][:1].isdigit())


def _typed(line: str, second: str) -> PostalForm:
    """What was typed, in short forms."""
    street = shortened(line.split(" "))
    return PostalForm(street or None, unit_form(second), "typed", numbered=_numbered(street))


def _numbered(street: str) -> bool:
    return any(char.isdigit() for char in street.split(" ", 1)[0]) or street.split(" ", 1)[0] in _SPELLED
