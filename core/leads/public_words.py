"""What strangers may read of a request: answers that can't tell who asks, and free text without contact data (SPEC 9.1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.db import Json
from core.kit.words import without_contact
from core.niches import CONTACT_TYPES, in_words

FREE_TEXT = ("text", "textarea")
SHORTEST_NAME = 3
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_DIGITS = re.compile(r"\d[\d\s().-]{4,}\d")

_REQUESTS = text("""
    select l.id, l.form_data, f.schema, c.full_name, c.street, c.unit, c.email
      from lead l join form_schema f on f.niche_id = l.niche_id and f.version = l.schema_version
      join contact c on c.id = l.contact_id where l.id = any (:leads)""")


@dataclass(frozen=True, slots=True)
class PublicRequest:
    """A request for everybody's eyes: facts by label in the form's order, and the words that can be searched."""

    lead_id: UUID
    facts: tuple[tuple[str, str], ...]
    words: str


def public_requests(session: Session, lead_ids: Sequence[UUID]) -> list[PublicRequest]:
    """These requests without anything that tells who asks: free text goes into the words only, redacted."""
    return [_public(row) for row in session.execute(_REQUESTS, {"leads": list(lead_ids)})]


def redacted(given: str, *, names: Sequence[str]) -> str:
    """A text without e-mail addresses, links, long numbers and these names; blanks in one."""
    kept = _DIGITS.sub(" ", _LINK.sub(" ", without_contact(given)))
    for name in names:
        kept = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", kept, flags=re.IGNORECASE)
    return " ".join(kept.split())


def _public(row: Any) -> PublicRequest:
    names = _names(row)
    facts, words = [], []
    for field in row.schema["fields"]:
        answer = row.form_data.get(field["key"])
        if answer in (None, "", []) or field["type"] in CONTACT_TYPES:
            continue
        if field["type"] in FREE_TEXT:
            words.append(redacted(str(answer), names=names))
        else:
            facts.append((field["label"], in_words(field, answer)))
            words.append(f"{field['label']} {_shown(answer)}")
    return PublicRequest(row.id, tuple(facts), " . ".join(word for word in words if word))


def _names(row: Any) -> list[str]:
    """What would give the person away, longest first: whole name, its parts, street, and the mailbox's name."""
    mailbox = (row.email or "").split("@")[0]
    parts = [row.full_name or "", *(row.full_name or "").split(), row.street or "", row.unit or "", mailbox]
    return sorted({part for part in parts if len(part) >= SHORTEST_NAME}, key=len, reverse=True)


def _shown(answer: Any) -> str:
    if isinstance(answer, bool):
        return "Yes" if answer else "No"
    return ", ".join(map(str, answer)) if isinstance(answer, list) else str(answer)


def public_facts(request: PublicRequest) -> list[Json]:
    """The facts as they are kept: ``[{"label", "value"}]``."""
    return [{"label": label, "value": value} for label, value in request.facts]
