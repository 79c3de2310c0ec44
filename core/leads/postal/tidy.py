"""A typed street before it is read: upper case, single spaces, no full stops, one way to write a fraction."""

import re
from unicodedata import combining, normalize

from core.leads.postal.beside import without_signs

_SPACE = re.compile(r"\s+")
_STOP = re.compile(r"(?<!\d)\.|\.(?!\d)")  # not the one in "Km 45.6"
_CARE_OF = re.compile(r"(?:^|[\s,])(?:C/O|CARE OF|ATTN:?)\s+[^\d,]+(?:,|(?=\d)|$)", re.I)
_DASHED = re.compile(r"^(\d+[A-Z]?) ?- ?(?=\d+[A-Z]? )")
_NTH_FLOOR = re.compile(r"\b(\d{1,3})(?:ST|ND|RD|TH) (?:FLOOR|FLR|FL)\b")
_COUNTY_ROAD = re.compile(r"\b(?:CR|C R|CO RD|CTY RD) (?=\d)")
COUNTRY = re.compile(r",? (?:USA|U S A|UNITED STATES(?: OF AMERICA)?)$")


def tidied(text: str) -> str:
    """Upper case, single spaces, no full stops; commas stay, they part street and unit."""
    bare = (
        text.upper()
        .replace("–", "-")
        .replace("½", " 1/2")
        .replace("¼", " 1/4")
        .replace("¾", " 3/4")
        .replace("'", "")
        .replace("’", "")
    )
    if not bare.isascii():
        bare = "".join(char for char in normalize("NFKD", bare) if not combining(char))
    bare = _COUNTY_ROAD.sub("COUNTY RD ", _SPACE.sub(" ", _STOP.sub(" ", bare)))
    bare = _NTH_FLOOR.sub(r"FL \1", _DASHED.sub(r"\1-", bare.strip()))
    return without_signs(_SPACE.sub(" ", _CARE_OF.sub(" ", bare).replace(" ,", ",")).strip(" ,;:-"))
