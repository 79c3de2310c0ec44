"""What lead forms of all platforms have in common: the words that people agree to, and the keys of contact data (SPEC 8.1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from core.sourcing.connectors.setting import Settings, WebAddress, Word

_CONTACT = {
    "name": ("full_name", "name"),
    "first": ("first_name",),
    "last": ("last_name",),
    "email": ("email", "work_email"),
    "phone": ("phone_number", "phone", "work_phone"),
    "street": ("street_address", "address"),
    "city": ("city",),
    "state": ("state", "province", "region"),
    "zip": ("zip_code", "zip", "postal_code", "post_code"),
}


class FormWords(Settings):
    """What people agree to where they fill in the form. The platform does not send the words along, so they stand here.

    Without ``text`` a lead carries no consent of its own.
    """

    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=5_000)] = ""
    version: Annotated[str, StringConstraints(max_length=50)] = "1"
    sellers: tuple[Word, ...] = ()
    channels: tuple[Literal["email", "phone", "sms"], ...] = ("email", "phone")
    page_url: WebAddress | None = None

    def consent(self, *, agreed: bool, at: datetime | None) -> dict[str, Any] | None:
        """As ``Parsed.consent``; ``None`` when no words are known."""
        if not self.text:
            return None
        return {
            "agreed": agreed, "text": self.text, "version": self.version, "sellers": list(self.sellers),
            "channels": list(self.channels), "page_url": self.page_url, "at": at.isoformat() if at else None,
        }  # fmt: skip


def contact_of(answers: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Answers by key, split into contact data by our names and everything else."""
    found: dict[str, Any] = {}
    used: set[str] = set()
    for field, keys in _CONTACT.items():
        key = next((key for key in keys if answers.get(key)), None)
        found[field] = answers[key] if key else None
        used |= {key} if key else set()
    first, last = found.pop("first"), found.pop("last")
    found["name"] = found["name"] or " ".join(part for part in (first, last) if part) or None
    return found, {key: answer for key, answer in answers.items() if key not in used and answer}
