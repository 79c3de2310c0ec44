"""How soon something is wanted, from words and dates (SPEC 8.5)."""

import re
from datetime import date

from core.sourcing.enrichment.answer import Urgency
from core.sourcing.enrichment.figures import WORD_NUMBER, number

_WORDS: tuple[tuple[Urgency, str], ...] = (
    (
        "later",
        r"no (?:rush|hurry)|not in a (?:rush|hurry)|just (?:looking|curious|browsing|comparing|finding out)|planning ahead|"
        r"some ?day|eventually|next year|(?:later|in) (?:this|next) year|6 to 12 months|down the road",
    ),
    (
        "now",
        r"asap|as soon as possible|urgent(?:ly)?|emergency|immediately|right away|right now|today|tonight|tomorrow|this week|"
        r"at once|leaking now|quick(?:ly)? sale|sell fast|fast sale",
    ),
    ("weeks", r"soon|next week|this month|end of the month|(?:a )?(?:couple|few) (?:of )?weeks"),
    (
        "months",
        r"next month|(?:a )?(?:couple|few) (?:of )?months|3 to 6 months|(?:this |in )?(?:spring|summer|fall|autumn|winter)",
    ),
)
_SPAN = re.compile(
    rf"\b(?:with)?in (?:the next |about |around |less than )?(?P<n>\d+|an?|{WORD_NUMBER})\s*(?:-|to|or)?\s*(?P<m>\d+)?\s*"
    r"(?P<unit>hour|day|week|month|year)s?\b",
    re.IGNORECASE,
)
_UNIT_DAYS = {"hour": 0.05, "day": 1.0, "week": 7.0, "month": 30.4, "year": 365.0}
_YEAR = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = _YEAR.split()
_DATE = re.compile(
    r"\b(?:by|before|until|on|in|around|end of|early|mid|late)\s+(?:(?:the )?(?:end|beginning|start|middle) of\s+)?"
    r"(?:(?P<m>\d{1,2})/(?P<d>\d{1,2})(?:/(?P<y>\d{2,4}))?|(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
    r"(?:\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?\b)?(?:,?\s+(?P<year>20\d\d))?)",
    re.IGNORECASE,
)


def urgency_of(text: str, *, on: date) -> Urgency | None:
    """How soon, as a text that was written ``on`` a day tells; ``None`` when it does not."""
    spans = [_days(match) for match in _SPAN.finditer(text)]
    if spans:
        return _within(min(spans))
    if by_words := next((kind for kind, words in _WORDS[:2] if _has(words, text)), None):
        return by_words
    for match in _DATE.finditer(text):
        if (day := _day(match, on)) is not None and day >= on:
            return _within((day - on).days)
    return next((kind for kind, words in _WORDS[2:] if _has(words, text)), None)


def _has(words: str, text: str) -> bool:
    return re.search(rf"\b(?:{words})\b", text, re.IGNORECASE) is not None


def _days(match: re.Match[str]) -> float:
    count = match["m"] or match["n"]
    value = 1.0 if count.lower() in ("a", "an") else number(count) or 1.0
    return value * _UNIT_DAYS[match["unit"].lower()]


def _within(days: float) -> Urgency:
    if days <= 7:
        return "now"
    if days <= 31:
        return "weeks"
    return "months" if days <= 184 else "later"


def _day(match: re.Match[str], on: date) -> date | None:
    """The day that is meant: without a year the next one; without a day the last of the month counts as its 28th."""
    month = int(match["m"]) if match["m"] else _MONTHS.index(match["name"].lower()[:3]) + 1
    day = int(match["d"] or match["day"] or 28)
    year = int(match["y"] or match["year"] or 0)
    year = year + 2000 if 0 < year < 100 else year
    try:
        meant = date(year or on.year, month, day)
        return meant if year or meant >= on else date(on.year + 1, month, day)
    except ValueError:
        return None
