"""Take out of a text what tells who a person is, before anybody outside reads it (SPEC 8.5).

Better too much than too little: what is taken out leaves a word in brackets, so that the sentence still reads.
Amounts of money, counts of rooms and sizes stay; they are what the reader is asked about.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from phonenumbers import Leniency, PhoneNumberMatcher

from core.sourcing.enrichment import street_lines

LONGEST_TEXT = 4_000
SHORTEST_NAME = 2


class Span(NamedTuple):
    """A part of a text and the word that stands for it afterwards."""

    start: int
    end: int
    word: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the person, so that it is found however it is written."""

    names: Sequence[str] = ()
    streets: Sequence[str] = ()
    others: Sequence[str] = ()  # mailbox, phone, ids: taken out as they stand


# Marks without width or with none of their own, which can split a word for us and not for a reader.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufe00-\ufe0f\ufeff]"
)
_AT = r"\s{0,5}(?:@|[\[({<]\s{0,3}at\s{0,3}[\])}>]|(?<=\s)at(?=\s))\s{0,5}"
_DOT = r"\s{0,5}(?:\.|[\[({<]\s{0,3}(?:dot|\.)\s{0,3}[\])}>]|(?<=\s)dot(?=\s))\s{0,5}"
_ENDS = "com|net|org|edu|gov|io|co|us|me|info|biz|example|test|invalid|app|dev|tv|ai|ly|uk|ca|de|mx"
# Everything is bounded and begins where a word begins, so that no text takes long to look through.
_MAILBOX, _LABEL = r"(?<![\w.+%'-])[\w.+%'-]{1,64}", r"[\w-]{1,63}"
_SPACED_EMAIL = re.compile(rf"{_MAILBOX}\s{{0,5}}@\s{{0,5}}{_LABEL}(?:\s{{0,5}}\.\s{{0,5}}{_LABEL}){{1,5}}")
_SPOKEN_EMAIL = re.compile(rf"{_MAILBOX}{_AT}{_LABEL}(?:{_DOT}{_LABEL}){{0,4}}{_DOT}(?:{_ENDS})\b", re.IGNORECASE)
_LINK = re.compile(
    r"\b[a-z][a-z0-9+.-]{0,20}://\S+|\bwww\.\S+|"
    rf"(?<![a-z0-9.-])[a-z0-9-]{{1,63}}(?:\.[a-z0-9-]{{1,63}}){{0,12}}\.(?:{_ENDS})\b(?:[/?#:]\S*)?",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w@])@\s?[A-Za-z0-9_][\w.]*", re.IGNORECASE)
_NETWORK = (
    r"instagram|insta|ig|facebook|fb|messenger|twitter|x\.com|tiktok|snapchat|snap|telegram|whatsapp|signal|discord|skype|linkedin|"
    r"venmo|cash ?app|zelle|kik|wechat|viber|line id"
)
_NETWORK_NAME = re.compile(
    rf"\b(?:{_NETWORK})\b(?:\s+(?:me|us|id|handle|name|user|username|account))*\s*(?:is|at|as|@|:|-|=|on)?\s*[@#]?"
    r"(?P<who>[A-Za-z0-9_][\w.#-]*)",
    re.IGNORECASE,
)
_DIGIT_WORD = r"(?:zero|oh|o|one|two|three|four|five|six|seven|eight|nine|double|triple|\d)"
_SPELLED = re.compile(rf"\b{_DIGIT_WORD}(?:[\s,.()/-]*{_DIGIT_WORD}){{6,}}\b", re.IGNORECASE)
_MONEY = re.compile(r"[$]\s?\d[\d,. ]*(?:k|m|mil|million|thousand)?\b|(?<![\d-])\d{1,3}(?:,\d{3})+(?![\d-])", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"\+?\(?\d(?:[\s().,_*/\\~|-]{0,3}\d){6,}")
_ID = re.compile(r"\b(?=[A-Z0-9-]*\d[A-Z0-9-]*\d[A-Z0-9-]*\d[A-Z0-9-]*\d)(?=\w*[A-Z])[A-Z0-9][A-Z0-9-]{6,}\b", re.IGNORECASE)
_BORN = re.compile(
    r"\b(?:born|birthday|birth ?date|date of birth|d\.?o\.?b\.?)\b[\s:]*(?:is|on|in|was)?\s*[\w/.,-]+(?:\s+\d{1,2},?)?"
    r"(?:\s+\d{2,4})?",
    re.IGNORECASE,
)
# After such words a name follows; one or two words with a capital are taken for it.
_NAMED = re.compile(
    r"\b(?i:my name is|name is|name's|names are|i am|i'm|this is|it's|ask for|asking for|call|contact|reach|speak (?:to|with)|"
    r"talk (?:to|with)|text|attn:?|signed,?|regards,?|sincerely,?|thanks,?|thank you,?|cheers,?|best,?|mr\.?|mrs\.?|ms\.?|dr\.?|"
    r"husband|wife|partner|brother|sister|son|daughter|mother|father|mom|dad|neighbou?r|tenant|owner|agent|realtor)\s+"
    r"(?P<who>[A-Z][\w'’-]+(?:\s+[A-Z]\.)?(?:\s+[A-Z][\w'’-]+){0,2})"
)
_COMMON = (
    "I We My Our The A An In On At To For And But Looking Need Needs Interested Selling Buying Moving Ready Not Available Please "
    "Asap ASAP HVAC AC Realtor Today Tomorrow Monday Tuesday Wednesday Thursday Friday Saturday Sunday Las Vegas"
)
_NOT_NAMES = frozenset(_COMMON.split())


def plain(text: str) -> str:
    """A text as it will be read: one form for each letter and digit (NFKC), nothing unseen in it."""
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))


def redacted(text: str, *, known: Known) -> str:
    """The text without e-mail addresses, links, numbers to call, handles, street addresses, ids and the person's names.

    Anything longer than 4,000 characters is cut before it is read.
    """
    seen = plain(text[: LONGEST_TEXT * 2])[:LONGEST_TEXT]
    # All look at the same text: what one of them took out could hide the rest from the next.
    spans = [*_mail_and_links(seen), *_numbers(seen), *_about(seen, known), *_people(seen), *_streets(seen)]
    return " ".join(_replaced(seen, spans).split())


def _replaced(text: str, spans: Iterable[Span]) -> str:
    """The text with the parts replaced; where they overlap, the whole stretch goes."""
    parts, at = [], 0
    for span in sorted(spans):
        if span.end <= at:
            continue
        if span.start >= at:
            parts += [text[at : span.start], f" [{span.word}] "]
        at = span.end
    return "".join([*parts, text[at:]])


def _mail_and_links(text: str) -> Iterator[Span]:
    yield from (Span(*found.span(), "email") for found in re.finditer(r"\S+", text) if "@" in found.group())
    for pattern in (_SPACED_EMAIL, _SPOKEN_EMAIL):
        yield from (Span(*found.span(), "email") for found in pattern.finditer(text))
    yield from (Span(*found.span(), "link") for found in _LINK.finditer(text))


def _numbers(text: str) -> Iterator[Span]:
    money = [found.span() for found in _MONEY.finditer(text)]

    def is_money(start: int, end: int) -> bool:
        return any(a <= start and end <= b for a, b in money)

    for number in PhoneNumberMatcher(text, "US", leniency=Leniency.POSSIBLE):
        if not is_money(number.start, number.end) and not _are_figures(number.raw_string):
            yield Span(number.start, number.end, "number")
    for pattern in (_LONG_NUMBER, _SPELLED, _ID):
        for found in pattern.finditer(text):
            if not is_money(*found.span()) and not _are_figures(found.group()):
                yield Span(*found.span(), "number")
    yield from (Span(*found.span(), "date") for found in _BORN.finditer(text))


def _are_figures(text: str) -> bool:
    """Whether digits in a row are years, sizes or round amounts side by side: "1990, 2500", "300000-400000"."""
    groups = re.findall(r"\d+", text)
    if not groups:
        return False
    years = len(groups) == 2 and all(len(group) == 4 for group in groups) and any(group[:2] in ("19", "20") for group in groups)
    round_ones = all((len(g) <= 6 and g.endswith("000")) or (len(g) <= 8 and g.endswith("00000")) for g in groups)
    return not text.startswith("+") and (years or round_ones)


def _people(text: str) -> Iterator[Span]:
    yield from (Span(*found.span(), "handle") for found in _HANDLE.finditer(text))
    yield from (Span(*found.span("who"), "handle") for found in _NETWORK_NAME.finditer(text))
    for found in _NAMED.finditer(text):
        if found["who"].split()[0] not in _NOT_NAMES:
            yield Span(*found.span("who"), "name")


def _about(text: str, known: Known) -> Iterator[Span]:
    folded = _folded(text)
    for pattern, word in _known_patterns(known):
        yield from (Span(*found.span(), word) for found in pattern.finditer(folded))


def _streets(text: str) -> Iterator[Span]:
    return (Span(start, end, "address") for start, end in street_lines.find(text))


def _known_patterns(known: Known) -> Iterator[tuple[re.Pattern[str], str]]:
    for values, word, whole in ((known.names, "name", False), (known.streets, "address", True), (known.others, "number", True)):
        for value in values:
            folded = _folded(plain(value)).strip()
            for part in {folded} if whole else {folded, *re.split(r"[\s.,'’-]+", folded)}:
                if len(part) >= SHORTEST_NAME:
                    loose = r"[\s.,'’-]*".join(map(re.escape, part.split()))
                    yield re.compile(rf"(?<![^\W_]){loose}(?:['’]?s)?(?![^\W_])"), word


def _folded(text: str) -> str:
    """Letter by letter in lower case without accents, every letter at its old place."""
    return "".join(_fold(letter) for letter in text)


def _fold(letter: str) -> str:
    base = unicodedata.normalize("NFKD", letter)[:1].lower()
    return base if len(base) == 1 else letter
