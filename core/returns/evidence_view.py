"""What ``evidence`` answers with: the parts of a claim's file, as pages and programs read them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.returns.suggest import Suggestion


@dataclass(frozen=True, slots=True)
class Step:
    """One event of the claim: who, when, and what they wrote."""

    event: str
    actor_role: str
    name: str | None
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MailReceipt:
    """One mail about the lead, with the last state known and each event of its delivery."""

    status: str
    queued_at: datetime
    sent_at: datetime | None
    events: tuple[tuple[str, datetime], ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """That the company got the lead: the sale, the mails, the first view, how often the contact was read."""

    assigned_at: datetime
    mails: tuple[MailReceipt, ...]
    viewed_at: datetime | None
    contact_reads: int
    last_read_at: datetime | None
    decision: str | None
    decided_at: datetime | None
    reject_reason: str | None
    outcome: str | None
    outcome_at: datetime | None
    rating: int | None


@dataclass(frozen=True, slots=True)
class Score:
    """A stored score with the sentences that made it; quality 0..100, fraud 0..1."""

    kind: str
    value: float
    codes: tuple[str, ...]
    reasons: tuple[str, ...]
    version: str


@dataclass(frozen=True, slots=True)
class Validation:
    """What the exchange itself knew of the lead: scores, confirmation, place, what came back of its mails."""

    fraud: Score | None
    quality: Score | None
    confirmed_at: datetime | None
    location_source: str | None
    accuracy_m: int | None
    address_review: bool
    consumer_mails: tuple[tuple[str, str], ...]  # template, status
    filter_fits: bool | None
    in_area: bool | None


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """One consent event."""

    event: str
    wording_version: str
    channels: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class LinkedLead:
    """Another request of the same person in the niche."""

    lead_id: UUID
    status: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class SoldBefore:
    """A lead of the same person that the company had got before."""

    lead_id: UUID
    niche: str
    assigned_at: datetime


@dataclass(frozen=True, slots=True)
class OtherBuyer:
    """Another company that holds the lead, what came of it there, and its report."""

    company: str
    assigned_at: datetime
    viewed_at: datetime | None
    decision: str | None
    outcome: str | None
    rating: int | None
    refunded_at: datetime | None
    claim_id: UUID | None
    claim_reason: str | None
    claim_status: str | None


@dataclass(frozen=True, slots=True)
class History:
    """The company's other reports so far."""

    reports: int
    approved: int
    rejected: int
    withdrawn: int
    class_credits: int
    last_30_days: int
    delivered_30_days: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """One claim with everything that an admin needs to answer it; ``suggestion`` while it is open."""

    id: UUID
    assignment_id: UUID
    lead_id: UUID
    provider_id: UUID
    company: str
    reason: str
    status: str
    resolution: str | None
    reported_at: datetime
    due_at: datetime
    escalated_at: datetime | None
    appealed_at: datetime | None
    decided_at: datetime | None
    niche_id: UUID
    niche: str
    claim_auto_credit: bool
    market_id: UUID
    market: str
    timezone: str
    city: str | None
    zip: str
    lead_status: str
    price_cents: int
    channel: str
    level: str | None
    refunded_at: datetime | None
    steps: tuple[Step, ...]
    delivery: Delivery
    validation: Validation
    consents: tuple[ConsentLine, ...]
    linked: tuple[LinkedLead, ...]
    sold_before: tuple[SoldBefore, ...]
    others: tuple[OtherBuyer, ...]
    history: History
    suggestion: Suggestion | None
