"""Which column of somebody's file holds what, by the names that people give to columns."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from core.kit.errors import Invalid
from core.leads import postal, zip_book
from core.sourcing.dedupe.field_names import ABOUT, BOOK, NAMES, RUN, WHOSE, WORDS
from core.sourcing.dedupe.shape import FIELDS
from core.sourcing.normalise.names import looks_like_business

_HUMPS = re.compile(r"([a-z0-9])([A-Z])")
_SIGNS = re.compile(r"[\W_]+")
_DATA = re.compile(r"[^@\s]+@[^@\s]+\.\w+|\+?[\d\s().-]{7,}|\d{5}(?:-\d{4})?|\d+ \S.*")
FIELD_NAMES = tuple(NAMES)
SAMPLE = 2_000  # rows by whose names a file is told to be one of businesses
MOSTLY = 0.35

Columns = dict[str, list[int]]


def recognise(header: Sequence[str], given: Mapping[str, str] | None = None) -> Columns:
    """Positions of the columns that hold each field, by name; ``given`` (field: column) settles what names do not.

    Raises ``Invalid`` for a field or column that does not exist, and when nothing at all is recognised.
    """
    found: Columns = {}
    unsure: Columns = {}
    for at, name in enumerate(header):
        key = _key(name)
        if field := BOOK.get(key):
            found.setdefault(field, []).append(at)
        elif field := BOOK.get(_bare(key)) or RUN.get(key.replace("_", "").rstrip("0123456789")):
            unsure.setdefault(field, []).append(at)
    taken = {at for known in (found, unsure) for at_all in known.values() for at in at_all}
    unsure = _by_words(header, taken=taken) | unsure
    found = unsure | found  # a name that says it plainly comes before one that says it by the way
    found |= _else(header, found)
    for told, column in (given or {}).items():
        field = told if told in NAMES else BOOK.get(_key(told), "")
        if not field:
            raise Invalid("columns.field", f"There is no field {told!r}. Fields: {', '.join(FIELD_NAMES)}.")
        places = [at for at, name in enumerate(header) if name.strip().casefold() == column.strip().casefold()]
        if not places:
            raise Invalid("columns.missing", f"The file has no column {column!r}. Its columns: {', '.join(header) or 'none'}.")
        found = {other: [at for at in at_all if at not in places] for other, at_all in found.items()} | {field: places}
    found = _half_a_name({field: places for field, places in found.items() if places})
    if not found:
        raise Invalid("columns.unknown", _nothing_known(header))
    return found


def _else(header: Sequence[str], found: Columns) -> Columns:
    """What ``title`` and ``location`` mean where nothing else says who and where: they often say something else."""
    keys = {_key(name): at for at, name in enumerate(header)}
    who = not {"name", "company", "first_name", "last_name"} & set(found)
    wanted = {"name": ("title",) if who else (), "address": ("location",) if "address" not in found else ()}
    return {field: [keys[name]] for field, names in wanted.items() for name in names if name in keys}


def _half_a_name(found: Columns) -> Columns:
    """``Name`` beside a first name is the last one, as Germans and the French write it; beside a last name the first."""
    if "name" not in found or ("first_name" in found) == ("last_name" in found):
        return found
    missing = "last_name" if "first_name" in found else "first_name"
    return {missing if field == "name" else field: places for field, places in found.items()}


def _nothing_known(header: Sequence[str]) -> str:
    if any(_DATA.fullmatch(name.strip()) for name in header):
        return (
            "The first line looks like a record, not like names of columns. Put a line such as name,address,zip,phone above it."
        )
    told = ", ".join(name[:60] for name in header[:40]) or "none"
    return f"No column is recognised (there are: {told}). Say which is which, such as --map name=COLUMN."


def _by_words(header: Sequence[str], *, taken: set[int]) -> Columns:
    """Columns that no known name fits, by the words in theirs: ``Prop. Addr 1``, ``Zip/Postal``, ``Day Phone #``."""
    found: Columns = {}
    for at, name in enumerate(header):
        said = set(_key(name).split("_"))
        if at in taken or said & ABOUT:
            continue
        field = next((field for field, words in WORDS if all(said & one for one in words)), None)
        if field:
            found.setdefault(field, []).append(at)
    return found


def _key(name: str) -> str:
    """``E-Mail Address``, ``emailAddress`` and ``EMAIL_ADDRESS`` as ``email_address`` or one of its spellings."""
    parted = name if name.isupper() else _HUMPS.sub(r"\1_\2", name)
    bare = "".join(char for char in unicodedata.normalize("NFKD", parted) if not unicodedata.combining(char))
    return _SIGNS.sub("_", bare.strip().casefold()).strip("_")


def _bare(key: str) -> str:
    """A column's name without whose it is and without a number behind it."""
    words = key.split("_")
    while len(words) > 1 and words[0] in WHOSE:
        words = words[1:]
    return "_".join(words[:-1] if len(words) > 1 and (words[-1].isdigit() or words[-1] in ("desc", "txt", "text")) else words)


def values(row: Sequence[str], columns: Columns) -> dict[str, str]:
    """A row's values by field, the first filled column of each; middle name and suffix go with the names they belong to."""
    read = {field: next((row[at] for at in places if at < len(row) and row[at].strip()), "") for field, places in columns.items()}
    if middle := read.pop("middle_name", ""):
        read["first_name"] = f"{read.get('first_name', '')} {middle}"
    if (suffix := read.pop("suffix", "")) and read.get("last_name"):
        read["last_name"] = f"{read['last_name']} {suffix}"
    if read.get("address") and "zip" not in columns and "city" not in columns:
        read |= _parts(read["address"])
    return {field: value for field, value in read.items() if field in FIELDS}


def _parts(line: str) -> dict[str, str]:
    """Street, city, state and ZIP of a whole address in one cell, as far as they can be told."""
    found = postal.take_apart(line, states=zip_book.state_names())
    parts = {"address": found.street, "city": found.city, "state": found.state, "zip": found.zip}
    return {field: value for field, value in parts.items() if value} if found.street else {}


def of_businesses(names: Sequence[str]) -> bool | None:
    """True when a column of names is mostly one of businesses; ``None``: look at each name by itself."""
    known = [name for name in names if name.strip()]
    odd = sum(_like_a_business(name) for name in known)
    return True if known and odd >= MOSTLY * len(known) else None


def _like_a_business(name: str) -> bool:
    words = name.replace(",", " ").split()
    of = any(word.casefold() in ("of", "the", "on", "at", "in", "by", "and") for word in words)
    return looks_like_business(name) or "'s" in name or len(words) > 3 or len(words) == 1 or of
