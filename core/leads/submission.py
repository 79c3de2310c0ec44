"""What a person, page or partner sends in, before any of it is believed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from uuid import UUID

from core.leads.lifecycle import Status

Source = Literal["form", "api", "partner", "connector"]


@dataclass(frozen=True, slots=True)
class Submission:
    """One request for a lead (SPEC 2.2). Values are as received: ``submit`` checks them all at once.

    ``contact``: name, email, phone. ``address``: street, unit, city, state, zip, or one line of text. ``point``:
    lat and lon in degrees. ``consent``: agreed, version, and optionally text, sellers, channels, page_url,
    certificate_url. ``attribution``: utm_source and so on, referrer, partner.
    """

    niche: Any
    contact: Any = field(default_factory=dict)
    address: Any = None
    zip: Any = None
    point: Any = None
    form_data: Any = field(default_factory=dict)
    consent: Any = field(default_factory=dict)
    attribution: Any = field(default_factory=dict)
    source: Source = "api"

    @classmethod
    def of(cls, body: Mapping[str, Any], *, source: Source) -> Self:
        """From the JSON body of ``POST /api/v1/leads``; ``null`` counts as left out, unknown keys are ignored."""
        known = ("niche", "contact", "address", "zip", "point", "form_data", "consent", "attribution")
        given = {key: body[key] for key in known if body.get(key) is not None}
        return cls(**{"niche": "", **given}, source=source)


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a submission; ``status`` is ours, strangers are told the same for new and duplicate."""

    lead_id: UUID
    status: Status
    niche_slug: str
