"""A record in the form in which it is compared: short lower-case texts, none of them checked, any of them empty."""

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from core.leads import identity
from core.sourcing.dedupe.words import WORD, company_words, is_street_kind, street_word
from core.sourcing.normalise.names import SUFFIXES, looks_like_business

FIELDS = (
    "name",
    "first_name",
    "last_name",
    "company",
    "email",
    "phone",
    "street_number",
    "address",
    "address2",
    "city",
    "state",
    "zip",
)

_UNIT = re.compile(
    r"(?:\b(?:apt|apartment|unit|ste|suite|rm|room|flat|lot|spc|trlr)\b\.?\s*#?\s*|#\s*)([a-z]?-?\d+-?[a-z]?|[a-z])\b"
)
_DIGITS = re.compile(r"\D+")
_US_NUMBER = re.compile(r"(?:1[\s.-]*)?\(?\d{3}\)?[\s./-]*\d{3}[\s./-]*\d{4}(?!\d)")
LONGEST_NUMBER = 15  # digits a number has anywhere in the world
_NUMBER = re.compile(r"^(\d+)(?:\s*-\s*(\d+))?([a-z]?)\b|^([nsew]\d+[nsew]?\d*)\b")
_NAMED_BEFORE = re.compile(r"^([^\d,]*[^\W\d_][^\d,]*),\s*(?=\d)")
_SAID_BESIDE = re.compile(
    r"^(\d\S* \S+(?: +\S+)*?)(?: *,)? +((?:between|betw|bet|btwn|btw|near|at|opposite|opp|off|corner of|@) .+)$"
)
_SPOKEN = str.maketrans({"'": "", "’": "", "`": "", ".": " "})
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "rev", "md", "phd", "esq", "dds"})
_PARTICLES = frozenset(
    {"de", "del", "della", "der", "di", "do", "dos", "du", "la", "le", "las", "los", "van", "vander", "von", "st", "san"}
)


class Shape(NamedTuple):
    """What is compared of a record. ``first`` and ``last`` are a person's, ``org`` a business's; ``line2`` is what an address
    says beyond its street; ``box`` and ``host`` are the two sides of an e-mail address."""

    first: str = ""
    middle: str = ""
    last: str = ""
    suffix: str = ""
    org: str = ""
    number: str = ""
    street: str = ""
    unit: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    phone: str = ""
    box: str = ""
    host: str = ""


def shape(given: Mapping[str, str], *, business: bool | None = None) -> Shape:
    """The comparable form of whatever a record says under ``FIELDS``; ``business`` settles what kind of name it is.

    Nothing is refused: records of other countries, half records and misspelt ones are compared too.
    """
    first, middle, last, suffix, org = _names(given, business)
    number, street, unit, line2 = _address(given)
    box, host = _mailbox(_plain(given.get("email")))
    return Shape(
        first, middle, last, suffix, org, number, street, unit, line2, " ".join(WORD.findall(_plain(given.get("city")))),
        "".join(WORD.findall(_plain(given.get("state")))), _zip(given.get("zip")), _phone(given.get("phone")), box, host,
    )  # fmt: skip


def _plain(text: str | None) -> str:
    """Lower case without accents; what only says that nothing is known is nothing."""
    if not text:
        return ""
    bare = text if text.isascii() else "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    bare = bare.casefold().strip()
    return "" if bare in ("nan", "none", "null", "n/a", "na", "-", "unknown") else bare


def _names(given: Mapping[str, str], business: bool | None) -> tuple[str, str, str, str, str]:
    company = _plain(given.get("company"))
    whole = _plain(given.get("name"))
    first, last = _plain(given.get("first_name")), _plain(given.get("last_name"))
    org = " ".join(company_words(company)) if company else ""
    if whole and not (first or last):
        if business or (business is None and looks_like_business(whole)):
            return "", "", "", "", org or " ".join(company_words(whole))
        first, last = _split(whole)
    return (*_person(first, last), org)


def _split(whole: str) -> tuple[str, str]:
    """First and last part of a name in one piece: ``last, first`` or ``first ... last``."""
    if "," in whole and whole.split(",", 1)[1].strip(" .") not in SUFFIXES:
        last, first = whole.split(",", 1)
        return first.strip(), last.strip()
    words = whole.replace(",", " ").translate(_SPOKEN).split()
    words = [word for word in words if word not in _TITLES] or words
    tail = words[-1:] if len(words) > 2 and words[-1] in SUFFIXES else []
    words = words[: len(words) - len(tail)]
    if len(words) == 1:
        return "", words[0]
    cut = len(words) - 1
    while cut > 1 and words[cut - 1] in _PARTICLES:
        cut -= 1
    return " ".join(words[:cut]), " ".join(words[cut:] + tail)


def _person(first: str, last: str) -> tuple[str, str, str, str]:
    firsts = [word for word in WORD.findall(first.translate(_SPOKEN)) if word not in _TITLES]
    lasts = WORD.findall(last.translate(_SPOKEN))
    suffix = ""
    for words in (lasts, firsts):
        if len(words) > 1 and words[-1] in SUFFIXES:
            suffix = SUFFIXES[words.pop()].lower()
    middle = "".join(firsts[1:]) if firsts else ""
    return firsts[0] if firsts else "", middle, "".join(lasts), suffix


def _address(given: Mapping[str, str]) -> tuple[str, str, str, str]:
    line = f"{_plain(given.get('street_number'))} {_plain(given.get('address'))}".translate(_SPOKEN).strip()
    second = _plain(given.get("address2")).translate(_SPOKEN)
    if found := _NAMED_BEFORE.match(line):  # "Empire Plaza, 350 5th Ave"
        second, line = f"{second} {found.group(1)}", line[found.end() :]
    if found := _SAID_BESIDE.match(line):  # "350 5th Ave between Oak and Elm"
        second, line = f"{second} {found.group(2)}", found.group(1)
    unit = ""
    if found := _UNIT.search(line, 1) if line else None:
        unit, line = found.group(1), f"{line[: found.start()]} {line[found.end() :]}"
    elif found := _UNIT.search(second):
        unit, second = found.group(1), f"{second[: found.start()]} {second[found.end() :]}"
    number = ""
    if found := _NUMBER.match(line):
        number, line = found.group(0).replace(" ", ""), line[found.end() :]
    words = [street_word(word) for word in WORD.findall(line)]
    return number, " ".join(words), unit.replace("-", ""), " ".join(street_word(word) for word in WORD.findall(second))


def name_of_street(street: str) -> str:
    """The words that tell a street from others: without road, north and the like, unless there is nothing else."""
    words = street.split(" ")
    return " ".join(word for word in words if not is_street_kind(word)) or street


def _zip(text: str | None) -> str:
    bare = "".join(WORD.findall(_plain(text).removesuffix(".0")))
    return bare[:5] if bare.isdigit() and len(bare) == 9 else bare


def _phone(text: str | None) -> str:
    bare = _plain(text)
    if not bare:
        return ""
    digits = _DIGITS.sub("", bare.split("x")[0].removesuffix(".0"))
    if len(digits) > LONGEST_NUMBER and (first := _US_NUMBER.search(bare)):  # "212-234-5678 or 212-345-6789"
        digits = _DIGITS.sub("", first.group(0))
    return digits[1:] if len(digits) == 11 and digits[0] == "1" else digits if len(digits) >= 5 else ""


def _mailbox(text: str) -> tuple[str, str]:
    if text.count("@") != 1:
        return ("".join(text.split()), "")
    box, _, host = identity.email_key(text.replace(" ", "")).rpartition("@")
    return box, host
