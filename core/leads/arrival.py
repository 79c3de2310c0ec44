"""A request as a source outside tells it, and what becomes of it when it is landed (SPEC 8.3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from core.leads.grounds import NicheGround
from core.leads.wording import ConsentText

Errors = dict[str, str]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One record in normal forms: ``email`` and ``phone`` (E.164) reach somebody, ``zip`` has five digits, degrees, cents.

    ``form_data`` are answers that somebody gave, so a wrong one is an error; ``facts`` are what is known of the matter, of
    which the form takes what fits. ``needed``: answers without which it is no lead. ``holder``: whose contact data it is.
    """

    niche: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    street: str | None = None
    unit: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    lat: float | None = None
    lon: float | None = None
    address_review: bool = False
    form_data: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    text: str | None = None
    price_cents: int | None = None
    consent: ConsentText | None = None
    page_url: str | None = None
    certificate_url: str | None = None
    consent_at: datetime | None = None
    attribution: Mapping[str, str] = field(default_factory=dict)
    holder: Literal["consumer", "owner", "agent"] = "consumer"
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Landed:
    """An arrival that can be stored: the values of its rows, its keys, and the niche it asks in."""

    lead_id: UUID
    niche: NicheGround
    values: dict[str, Any]

    @property
    def keys(self) -> list[str]:
        """What makes it the same request as another one in its niche."""
        keys: list[str] = self.values["keys"]
        return keys

    def copy(self) -> "Landed":
        """The same, to be changed by itself."""
        return Landed(self.lead_id, self.niche, dict(self.values))
