"""Where a free text has a street address in it: a house number, and words that ``usaddress`` reads as its street."""

import re
from collections.abc import Iterator

import usaddress

# A number that counts or measures something is no house number.
_THINGS = (
    "bed beds bedroom bedrooms br bd bdrm bath baths bathroom bathrooms ba sq sqft square ft feet foot acre acres year years yr "
    "yrs month months week weeks day days hour hours minute minutes story stories storey storeys floor floors car cars unit "
    "units ton tons percent k thousand million grand dollars bucks degrees seer btu panel panels tree trees dog dogs people "
    "blocks miles mile of or and to other more times layers squares shingles windows rooms room ceilings inch inches"
)
_COUNTED = frozenset(_THINGS.split())
_WORDS = r"(?:[\s,]+(?:#\s*\w+|[A-Za-z0-9][\w.'’-]*)){1,8}"
# Looked at from every number on, since an address may begin within what looked like another one.
_CANDIDATE = re.compile(rf"\b(?=(\d{{1,6}}(?:-\d{{1,4}})?[A-Za-z]?(?:\s*1/2)?(?!\s*%)(?![\w,.]*\d){_WORDS}))", re.IGNORECASE)
_BOX = re.compile(r"\bp\.?\s*o\.?\s*box\s*#?\s*\w+|\bpost office box\s*#?\s*\w+", re.IGNORECASE)
_SUFFIX = re.compile(
    r"\b\d{1,6}(?:-\d{1,4})?[A-Za-z]?\s+(?:(?!(?:on|in|at|an?|the|and|with|from|near|my|is|has|to|for|of|by|we|i|it)\b)[A-Za-z0-9.'’-]+\s+){0,4}?"
    r"(?:st|street|ave|avenue|av|blvd|boulevard|rd|road|dr|drive|ln|lane|ct|court|cir|circle|pl|place|way|pkwy|parkway|ter|terrace|trl|trail|"
    r"hwy|highway|loop|plaza|xing|crossing|point|cove|cv|walk|alley|aly|bend|ridge|hollow|canyon|expy|fwy)\b\.?"
    r"(?:[\s,]+(?:[nsew]{1,2}\b\.?|north|south|east|west))?"
    r"(?:[\s,]*(?:(?:apt|apartment|unit|ste|suite|space|lot|rm|room|bldg|no|number)\b\.?\s*#?|#)\s*[\w-]+)*",
    re.IGNORECASE,
)
_LITTLE = (
    "on in at a an the and with from near my is has to for of by we i it was are but so or about around asking built roughly"
)
_SMALL = frozenset(_LITTLE.split())
_STREET = {"StreetName", "StreetNamePreDirectional", "StreetNamePreModifier", "StreetNamePreType", "StreetNamePostType"}
_PLACE = _STREET | {
    "AddressNumber",
    "AddressNumberPrefix",
    "AddressNumberSuffix",
    "StreetNamePostDirectional",
    "StreetNamePostModifier",
    "OccupancyType",
    "OccupancyIdentifier",
    "SubaddressType",
    "SubaddressIdentifier",
    "BuildingName",
    "PlaceName",
    "StateName",
    "ZipCode",
}
_PROOF = {"StreetNamePreType", "StreetNamePostType", "StreetNamePreDirectional", "StateName", "ZipCode"}


def find(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every address in a text, in no order; they may overlap."""
    yield from (found.span() for found in _BOX.finditer(text))
    yield from (found.span() for found in _SUFFIX.finditer(text) if not _counts(text, found.start()))
    for found in _CANDIDATE.finditer(text):
        if not _counts(text, found.start()) and (length := _address_length(found[1])):
            yield found.start(), found.start() + length


def _counts(text: str, start: int) -> bool:
    """Whether the number at ``start`` counts the thing after it, or is an amount of money."""
    if text[:start].rstrip().endswith("$"):
        return True
    following = re.match(r"[\d-]+(?![A-JL-Za-jl-z]\b)[\s+-]*([A-Za-z]+)", text[start : start + 40])
    return following is not None and following[1].lower() in _COUNTED


def _address_length(candidate: str) -> int:
    """How many characters from the start are an address, 0 when it is none."""
    labelled = usaddress.parse(candidate)
    at, kinds = 0, set()
    for token, label in labelled:
        word = token.strip(",.").lower()
        if label not in _PLACE or word in _SMALL:
            break
        found = candidate.find(token.strip(","), at)
        if found < 0:
            break
        at = found + len(token.strip(","))
        kinds.add(label)
    return at if {"AddressNumber", "StreetName"} <= kinds and kinds & _PROOF else 0
