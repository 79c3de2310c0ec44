"""Read a do-not-contact list: a CSV or plain text with an address or a number in each line; hashed as it is read."""

import csv
import io
import re
from dataclasses import dataclass

from core.kit.errors import Invalid
from core.leads import identity

MOST_BYTES, MOST_LINES = 20_000_000, 500_000
MOST_UNREADABLE = 0.1  # of the lines; beyond, it is not the file that its owner thinks it is

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_NUMBER = re.compile(r"[+(\d][\d\s().-]{8,}")


@dataclass(frozen=True, slots=True)
class Entries:
    """The hashed entries of a file, and how many of its lines held none."""

    keys: frozenset[str]
    unreadable: int

    @property
    def entries(self) -> int:
        """How many people are on it."""
        return len(self.keys)


def read_entries(content: bytes) -> Entries:
    """Every address and number of a file; raises ``Invalid`` for one that is empty, too large or mostly unreadable.

    Half a list would let through whom the other half was to keep out, so a file that can't be read is refused whole.
    """
    if len(content) > MOST_BYTES:
        raise _wrong(f"The file has more than {MOST_BYTES // 1_000_000} MB. Split it into several lists.")
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        words = content.decode("cp1252", "replace")
    keys: set[str] = set()
    lines = unreadable = 0
    for number, row in enumerate(csv.reader(io.StringIO(words.replace("\x00", "")))):
        if not any(cell.strip() for cell in row):
            continue
        lines += 1
        if lines > MOST_LINES:
            raise _wrong(f"The file has more than {MOST_LINES:,} lines. Split it into several lists.")
        found = {key for cell in row for part in re.split(r"[;\t]", cell) for key in _keys(part.strip())}
        unreadable += not found and number > 0  # the first line may name the columns
        keys |= found
    if not keys:
        raise _wrong("There is no e-mail address and no phone number in the file. Give one in each line.")
    if unreadable > max(1, MOST_UNREADABLE * lines):
        raise _wrong(f"{unreadable:,} of {lines:,} lines hold no address or number that can be read. Nothing was taken over.")
    return Entries(frozenset(keys), unreadable)


def _keys(cell: str) -> list[str]:
    email = identity.read_email(cell) if _ADDRESS.fullmatch(cell) else None
    phone = identity.read_phone(cell) if _NUMBER.fullmatch(cell) else None
    return identity.block_keys(identity.email_key(email) if email else None, phone) if email or phone else []


def _wrong(sentence: str) -> Invalid:
    return Invalid("list.unreadable", sentence, fields={"file": sentence})
