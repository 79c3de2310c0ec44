"""Plain streets, read by pattern: number, direction, name, street type, direction, unit."""

import re

from core.leads.postal.form import PostalForm
from core.leads.postal.short_forms import DIRECTIONS, tables, unit_form

_NUMBER = r"(?:\d{1,6}(?:-\d{1,5})?[A-Z]?|[NSEW]\d{1,5}[NSEW]\d{1,6}|\d{1,3}[NSEW]\d{1,5})"
_PLAIN = re.compile(
    rf"(?P<number>{_NUMBER}(?: \d/\d)?) (?P<words>[A-Z0-9' ]*?)"
    r"(?: ?(?P<kind>APT|APARTMENT|UNIT|STE|SUITE|SPC|SPACE|TRLR|TRAILER|LOT|BLDG|BUILDING|RM|ROOM|FL|FLOOR|#) ?#? ?"
    r"(?P<id>[A-Z]?-?\d{1,5}-?[A-Z]?|[A-Z]))?$"
)
_TURNED = re.compile(r"(?P<words>[A-Z][A-Z0-9' ]*[A-Z])(?P<comma>,?) (?P<number>\d{1,6}[A-Z]?)")
_ORDINAL = re.compile(r"\d{1,3}(?:ST|ND|RD|TH)")
_ROADS = frozenset({"HWY", "RD", "COUNTY", "STATE", "FM", "RM", "CR", "SR", "US", "LOOP", "AVE", "IH", "RTE"})
_BEFORE_NUMBERS = frozenset({"MARKET", "RANCH", "FARM", "TOWNSHIP"})
_NUMBERED_ROADS = frozenset({"HWY", "LOOP", "PARK", "EXPY", "FWY", "RTE", "SPUR"})


def plain(line: str, second: str) -> PostalForm | None:
    """Number, direction, name, street type, direction, unit, each where it belongs and none of them doubtful."""
    found = _PLAIN.fullmatch(line.replace(",", "")) if line.count(",") < 2 else None
    if found is None or (found["kind"] and second):
        return None
    streets, units, types = tables()
    words = found["words"].split()
    before = [DIRECTIONS[word] for word in words[:1] if word in DIRECTIONS and len(words) > 2]
    after = [DIRECTIONS[word] for word in words[-1:] if word in DIRECTIONS and len(words) > 2]
    body = words[len(before) : len(words) - len(after)]
    kind_of_street = streets.get(body[-1], body[-1]) if len(body) > 1 else ""
    if kind_of_street not in types or not _is_name_of_street(body[:-1], streets, units):
        return None
    street = [found["number"], *before, *body[:-1], kind_of_street, *after]
    kind = units.get(found["kind"] or "", found["kind"] or "")
    return PostalForm(" ".join(street), unit_form(f"{kind} {found['id']}" if kind else second), "plain")


def turned(line: str, second: str) -> PostalForm | None:
    """``Oak St 12``, as other countries write it; a number behind a highway is the road's own."""
    found = _TURNED.fullmatch(line)
    words = found["words"].split() if found else []
    streets, _, types = tables()
    kind = streets.get(words[-1], words[-1]) if words else ""
    if found is None or kind not in types or not set(words[:-1]).isdisjoint(_ROADS | _BEFORE_NUMBERS):
        return None
    if kind in _NUMBERED_ROADS and not found["comma"]:
        return None
    return plain(f"{found['number']} {found['words']}", second)


def _is_name_of_street(words: list[str], streets: dict[str, str], units: dict[str, str]) -> bool:
    """True for words that can only be a street's name; behind one that is, or alone, kinds such as Canyon and Ridge are, too."""
    first, *others = words
    kinds = [word for word in (others if others else words) if word in streets and len(word) > 3 and streets[word] != word]
    if any(word in _ROADS or word in units or word in DIRECTIONS for word in kinds):
        return False
    return all(word in kinds or _is_name(word, streets, units) for word in words) and (first not in kinds or not others)


def _is_name(word: str, streets: dict[str, str], units: dict[str, str]) -> bool:
    """True for a word that can only be a street's name."""
    lettered = word.replace("'", "").isalpha() and len(word) > 1
    return (lettered and word not in streets and word not in units and word not in _ROADS and word not in DIRECTIONS) or bool(
        _ORDINAL.fullmatch(word)
    )
