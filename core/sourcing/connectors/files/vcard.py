"""vCards (RFC 6350 and its elders), one record each (SPEC 8.1)."""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import vobject

from core.sourcing.errors import Unreadable
from core.sourcing.record import Parsed

_CARD = re.compile(rb"^BEGIN:VCARD\s*$.*?^END:VCARD\s*$", re.IGNORECASE | re.MULTILINE | re.DOTALL)
_UID = re.compile(rb"^UID[^:\r\n]*:(.+?)\s*$", re.IGNORECASE | re.MULTILINE)
LARGEST_CARD = 1 << 20  # photographs


def read_cards(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Id and text of each card: its ``UID``, or its hash."""
    for found in _CARD.finditer(content.replace(b"\r\n", b"\n")):
        card = found[0]
        uid = _UID.search(card)
        yield (uid[1].decode("utf-8", "replace")[:500] if uid else sha256(card).hexdigest()[:32]), card


def parse_card(card: bytes) -> Parsed:
    """Whose card it is; raises ``Unreadable``."""
    if len(card) > LARGEST_CARD:
        raise Unreadable("record.vcard", "The card is larger than 1 MB.")
    try:
        found = vobject.readOne(card.decode("utf-8", "replace"), ignoreUnreadable=True)
    except Exception as error:  # vobject raises many kinds for many kinds of broken cards
        raise Unreadable("record.vcard", "The card can't be read.") from error
    address = _value(found, "adr")
    title, company, note = (_words(_value(found, name)) for name in ("title", "org", "note"))
    facts = {name: words for name, words in (("title", title), ("company", company)) if words}
    return Parsed(
        name=_words(_value(found, "fn")) or _words(_value(found, "n")),
        email=_words(_value(found, "email")),
        phone=(_words(_value(found, "tel")) or "").removeprefix("tel:") or None,
        street=_words(getattr(address, "street", None)),
        unit=_words(getattr(address, "extended", None)),
        city=_words(getattr(address, "city", None)),
        state=_words(getattr(address, "region", None)),
        zip=_words(getattr(address, "code", None)),
        text=note,
        facts=facts,
    )


def _value(card: Any, name: str) -> Any:
    found = card.contents.get(name) if card is not None else None
    return found[0].value if found else None


def _words(value: Any) -> str | None:
    parts = value if isinstance(value, list) else [value]
    words = " ".join(" ".join(str(part).split()) for part in parts if part not in (None, ""))
    return words[:2_000] or None
