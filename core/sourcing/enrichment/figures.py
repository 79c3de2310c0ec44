"""Numbers as people write them: "450k", "half a million", "four hundred thousand", "three", "2 1/2" (SPEC 8.5)."""

import re

_TEENS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TIES = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS = {word: value for value, word in enumerate(_TEENS.split())}
_TENS = {word: 10 * value for value, word in enumerate(_TIES.split(), start=2)}
LARGEST = 1e12
_MANY = {"hundred": 100, "thousand": 1_000, "grand": 1_000, "million": 1_000_000}
_SMALL = {**_UNITS, **_TENS, "a": 1, "couple": 2, "half": 0.5}
_SCALE = {"k": 1_000, "thousand": 1_000, "grand": 1_000, "m": 1_000_000, "mm": 1_000_000, "mil": 1_000_000, "million": 1_000_000}
_WORDS = "|".join([*_UNITS, *_TENS])
# At most so many words, so that no text takes long to look through.
WORD_NUMBER = rf"(?:{_WORDS})(?:[\s-]{{1,3}}(?:and\s)?(?:{_WORDS}|hundred|thousand|million|grand)){{0,8}}"
_AMOUNT = re.compile(
    r"(?P<dollar>\$|usd)?\s?(?P<number>(?<![\d.,-])\d{1,3}(?:,\d{3})+|(?<![\d.,])\d+(?:\.\d+)?)\s?(?P<scale>k|mm|mil|million|thousand|grand|m)?"
    r"(?![\w,]?\d)(?P<end>\s?(?:dollars|bucks|usd))?\b",
    re.IGNORECASE,
)
_SPOKEN = re.compile(
    r"\b(?:(?P<half>half) an? (?P<half_scale>million|thousand)|"
    rf"(?P<words>an? (?:hundred )?(?:thousand|million)|{WORD_NUMBER}))\b",
    re.IGNORECASE,
)
_LARGE = re.compile(r"\b(?:thousand|million|grand)\b", re.IGNORECASE)


def spoken(words: str) -> float | None:
    """The value of a number in words, ``None`` when they are none: "two hundred and fifty" is 250."""
    total, part, seen = 0.0, 0.0, False
    for word in re.findall(r"[a-z]+", words.lower()):
        if word == "and":
            continue
        if word in _SMALL:
            part += _SMALL[word]
        elif word == "hundred":
            part = max(part, 1) * 100
        elif word in _MANY:
            total, part = total + max(part, 1) * _MANY[word], 0.0
        else:
            return None
        seen = True
    return total + part if seen else None


def number(text: str) -> float | None:
    """The value of a figure or a number in words; commas may part its thousands."""
    plain = text.strip().replace(",", "")
    try:
        value = float(plain)
    except ValueError:
        return spoken(plain)
    return value if abs(value) < LARGEST else None


def amounts(text: str) -> list[tuple[int, int]]:
    """Amounts of money in a text as (place, whole dollars). A bare number counts when it says so or is at least 10,000."""
    found = []
    for match in _AMOUNT.finditer(text):
        value = float(match["number"].replace(",", "")) * _SCALE.get((match["scale"] or "").lower(), 1)
        if value >= LARGEST:
            continue
        if match["dollar"] or match["end"] or (value >= 10_000 and not _measured(text, match.end())):
            found.append((match.start(), round(value)))
    for match in _SPOKEN.finditer(text):
        if match["half"]:
            found.append((match.start(), _SCALE[match["half_scale"].lower()] // 2))
        elif _LARGE.search(match["words"]) and (told := spoken(match["words"])):
            found.append((match.start(), round(told)))
    return sorted(found)


def _measured(text: str, end: int) -> bool:
    return re.match(r"\s*(?:sq|square|sf\b|feet|foot|ft|btu|miles|acres?)", text[end:], re.IGNORECASE) is not None
