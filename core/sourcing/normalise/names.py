"""Names of people in their parts, and names of businesses as they are."""

import re
from dataclasses import dataclass
from typing import Literal

from core.kit.seen import seen
from core.sourcing.normalise.reasons import Reason

LONGEST = 200
Kind = Literal["person", "business"]

_PLAIN = re.compile(r"[^\W\d_]{2,}(?:[-'’][^\W\d_]+)*(?: [^\W\d_]\.?)? [^\W\d_]{2,}(?:[-'’][^\W\d_]+)*")
_LETTER = re.compile(r"[^\W\d_]")
_ODD = re.compile(r"[\d@#$%^*=<>{}\[\]|\\~/]")
_PLACEHOLDER_WORDS = """
none null na n/a nil unknown test tester testing asdf qwerty xxx xx x anonymous anon nobody noname name
customer client user guest resident occupant homeowner owner tbd deleted blank undefined nan
"""
_PLACEHOLDER_PHRASES = "no name|test test|first last|your name|current resident|not provided|not available|to be determined"
PLACEHOLDERS = frozenset(_PLACEHOLDER_WORDS.split()) | frozenset(_PLACEHOLDER_PHRASES.split("|"))
SUFFIXES = {
    "jr": "Jr",
    "junior": "Jr",
    "sr": "Sr",
    "senior": "Sr",
    "ii": "II",
    "iii": "III",
    "iv": "IV",
    "2nd": "II",
    "3rd": "III",
}
# Words that nameparser has to look at: titles, suffixes, and the particles of longer family names.
_SPECIAL_WORDS = """
mr mrs ms miss dr prof rev hon sir lady capt col gen lt sgt maj jr sr ii iii iv v md phd esq dds cpa rn dvm
de del della der di do dos du la le las los van vander von bin ibn al el st ste san santa y e and of the
abu ap ben bon da dal degli dei delle den des ter zu fra pres gov sen rep judge king queen prince princess
"""
_SPECIAL = frozenset(_SPECIAL_WORDS.split())
_TRADES = """
inc incorporated llc llp lp ltd limited corp corporation co company plc pllc pc gmbh sa holdings group partners
partnership associates services service solutions systems industries enterprises international technologies
consulting restaurant cafe grill bar pizza pizzeria bakery deli diner bistro kitchen hotel motel inn resort spa salon
barbershop clinic hospital medical dental pharmacy church school university college academy institute bank trust
insurance realty properties construction contractors builders roofing plumbing electric electrical heating cooling
hvac landscaping painting cleaning repair auto automotive motors tires garage towing transport trucking logistics
store shop market supermarket grocery foods liquor furniture hardware supply supplies equipment rentals storage
studio gallery museum theater theatre club fitness gym center centre foundation society association agency bureau
department county district authority office offices
"""
# One of these behind another word and it is a business, unless it may be a family name and is one of two words.
BUSINESS_WORDS = frozenset(_TRADES.split())
_FAMILY_NAMES = frozenset(
    {"church", "kitchen", "market", "bank", "college", "bar", "inn", "school", "club", "county", "sa", "pc"}
)
_SURE_BUSINESS_WORDS = BUSINESS_WORDS - _FAMILY_NAMES
_WORD = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Name:
    """A name in normal form. A business has ``full`` only. ``suffix`` is Jr, Sr, II and so on: it tells father and son apart."""

    full: str | None = None
    first: str | None = None
    middle: str | None = None
    last: str | None = None
    suffix: str | None = None
    kind: Kind = "person"
    reasons: tuple[Reason, ...] = ()


def looks_like_business(name: str) -> bool:
    """True for a name with a legal form, a trade, an ampersand between names, or digits in it."""
    words = _WORD.findall(name.casefold())
    trades = _SURE_BUSINESS_WORDS if len(words) == 2 else BUSINESS_WORDS
    return not trades.isdisjoint(words[1:] or words) or ("&" in name and len(words) > 1) or bool(_DIGIT.search(name))


def read_name(
    name: str | None = None, *, first: str | None = None, last: str | None = None, business: bool | None = None
) -> Name:
    """A whole name, or its two parts, in normal form: titles go, particles stay with the family name. ``business`` settles what
    kind of name it is."""
    bare = _tidied(name) or _tidied(f"{first or ''} {last or ''}")
    if not bare:
        return Name()
    if bare.casefold() in PLACEHOLDERS or not _LETTER.search(bare) or _mashed(bare):
        return Name(reasons=(Reason("name", "name_placeholder"),))
    if business or (business is None and looks_like_business(bare)):
        return Name(full=bare, kind="business")
    given, middle, family, suffix = _parts(bare) if _tidied(name) else _two_parts(_tidied(first), _tidied(last))
    full = " ".join(part for part in (given, middle, family, suffix) if part) or bare
    reasons = [Reason("name", "name_odd")] if _ODD.search(bare) else []
    if not (given and family):
        reasons.append(Reason("name", "name_partial"))
    return Name(full, given or None, middle or None, family or None, suffix or None, "person", tuple(reasons))


def _tidied(text: str | None) -> str:
    return seen(text).strip(" ,;\"'")[:LONGEST]


def _mashed(name: str) -> bool:
    """One letter again and again."""
    letters = [char for char in name.casefold() if char.isalpha()]
    return len(letters) > 2 and len(set(letters)) == 1


def _parts(name: str) -> tuple[str, str, str, str]:
    words = name.split(" ")
    if _PLAIN.fullmatch(name) and not any(word.casefold() in _SPECIAL for word in words):
        loud = name.isupper()
        middle = _cased(words[1].rstrip("."), loud) if len(words) > 2 else ""
        return _cased(words[0], loud), middle, _cased(words[-1], loud), ""
    from nameparser import HumanName  # a millisecond a name: only for those that need it

    read = HumanName(name)
    suffix = next((SUFFIXES[word] for word in _WORD.findall(str(read.suffix).casefold()) if word in SUFFIXES), "")
    first, middle, last = (_cased(str(part), name.isupper()) for part in (read.first, read.middle, read.last))
    return first, middle, last, suffix


def _two_parts(first: str, last: str) -> tuple[str, str, str, str]:
    """Two columns: a suffix may stand behind either, a middle name behind the first."""
    suffix, kept = "", []
    for part in (first, last):
        words = [word for word in part.replace(",", " ").split(" ") if word]
        if len(words) > 1 and (found := SUFFIXES.get(words[-1].casefold().rstrip("."))):
            suffix, words = found, words[:-1]
        kept.append(words)
    given, family = kept
    loud = first.upper() == first and last.upper() == last
    return _cased(" ".join(given[:1]), loud), _cased(" ".join(given[1:]), loud), _cased(" ".join(family), loud), suffix


def _cased(name: str, loud: bool) -> str:
    """``MCKAY-SMITH`` and ``pat`` in name's case; what is in mixed case already stays as its owner writes it, and so does the
    ``AJ`` of a name that is not all in capitals (``loud``)."""
    if not (name.isupper() or name.islower()) or (name.isupper() and len(name) == 2 and not loud):
        return name
    return re.sub(r"[^\W\d_]+", lambda word: word[0][:1].upper() + word[0][1:].lower(), name)
