"""What the rules look at: plain figures about one lead, gathered by ``leads`` and free of contact data."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from core.kit.db import Json

VERSION = "rules-1"
AreaCode = Literal["zip", "state", "elsewhere", "unknown"]


@dataclass(frozen=True, slots=True)
class Signals:
    """Counts exclude the lead itself. ``None`` means that the thing was not given or could not be compared."""

    disposable_domain: bool = False
    reserved_domain: bool = False
    fake_phone: bool = False
    email_leads_day: int = 0
    phone_leads_day: int = 0
    ip_leads_hour: int = 0
    area_code: AreaCode = "unknown"
    address_in_zip: bool | None = None
    address_review: bool = False
    pin_outside_zip_m: int | None = None
    ip_in_market: bool | None = None
    ip_database: bool = False
    gibberish: float = 0.0
    copied_text: int = 0
    past_claims: int = 0
    source_sold: int = 0
    source_claims: int = 0
    optional_asked: int = 0
    optional_answered: int = 0
    detail_words: int = 0
    confirmed_after_s: float | None = None
    street_given: bool = False
    pin_given: bool = False
    certificate_given: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A lead at the moment of decision: its signals, and what it is about, by slug."""

    lead_id: UUID
    niche: str
    market: str
    source: str
    at: datetime
    signals: Signals


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that applied: a code for programs, a sentence for people, and how much it weighed."""

    code: str
    text: str
    weight: float

    def as_json(self) -> Json:
        """The form in which it is stored."""
        return {"code": self.code, "text": self.text, "weight": self.weight}


@dataclass(frozen=True, slots=True)
class Scored:
    """A score, why it is what it is, and which rules or model said so."""

    value: float
    reasons: tuple[Reason, ...]
    version: str = VERSION
