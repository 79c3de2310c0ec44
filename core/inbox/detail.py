"""One lead as its buyer sees it: contact, answers, place, price, consent (SPEC 7.1)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads
from core.inbox import own
from core.inbox.errors import AssignmentNotFound
from core.inbox.listing import STATUS_SQL, Status
from core.inventory import Assignment
from core.kit.actor import Actor
from core.kit.ids import SYSTEM_USER_ID
from core.leads import Answer, ContactView

_DETAIL = text(f"""
select a.id, a.lead_id, l.status as lead_status, a.niche_id, n.name as niche, n.slug as niche_slug,
       l.market_id, m.name as market, m.timezone, z.city, z.county, l.zip,
       a.channel, v.name as level, v.max_recipients as shared_with, a.price_cents,
       {STATUS_SQL} as status, a.assigned_at, a.viewed_at, a.decided_at, a.reject_reason, a.outcome, a.outcome_value_cents,
       a.outcome_at, a.rating, a.notes, a.refunded_at, l.submitted_at, l.confirmed_at, l.quality,
       ST_X(b.location) as lon, ST_Y(b.location) as lat, l.location_source, l.accuracy_m, b.form_data, f.schema,
       given.at as consent_at, given.wording as consent_wording, given.wording_version as consent_version,
       given.sellers as consent_sellers, given.channels as consent_channels, given.certificate_url as consent_certificate,
       revoked.at as consent_revoked_at
  from assignment a join lead l on l.id = a.lead_id join lead_bought b on b.id = a.lead_id
  join niche n on n.id = a.niche_id join market m on m.id = l.market_id
  join form_schema f on f.niche_id = l.niche_id and f.version = l.schema_version
  left join market_zip z on z.zip = l.zip left join competition_level v on v.id = a.level_id
  left join lateral (select e.id, e.at, e.wording, e.wording_version, e.sellers, e.channels, e.certificate_url
                       from consent_event e where e.lead_id = l.id and e.event = 'given' order by e.id desc limit 1) given on true
  left join lateral (select e.at from consent_event e where e.lead_id = l.id and e.event = 'revoked' and e.id > given.id
                      order by e.id desc limit 1) revoked on true
 where a.id = :id and a.provider_id = :provider""")  # noqa: S608


@dataclass(frozen=True, slots=True)
class ConsentSummary:
    """What the consumer agreed to, when, and whether they have taken it back since."""

    at: datetime
    wording: str
    wording_version: str
    sellers: tuple[str, ...]
    channels: tuple[str, ...]
    certificate_url: str | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class AssignmentDetail:
    """All a provider knows of a lead it holds; ``id`` is the assignment's, the point is the exact one (degrees)."""

    id: UUID
    lead_id: UUID
    lead_status: str
    niche_id: UUID
    niche: str
    niche_slug: str
    market_id: UUID
    market: str
    timezone: str
    city: str | None
    county: str | None
    zip: str
    channel: str
    level: str | None
    shared_with: int | None  # how many the level sells a lead to at most, this provider included
    price_cents: int
    status: Status
    assigned_at: datetime
    viewed_at: datetime | None
    decided_at: datetime | None
    reject_reason: str | None
    outcome: str | None
    outcome_value_cents: int | None
    outcome_at: datetime | None
    rating: int | None
    notes: str
    refunded_at: datetime | None
    submitted_at: datetime
    confirmed_at: datetime | None
    quality: float | None
    lon: float | None
    lat: float | None
    location_source: str | None
    accuracy_m: int | None
    answers: tuple[Answer, ...]
    contact: ContactView
    consent: ConsentSummary | None


def open_assignment(session: Session, *, actor: Actor, assignment_id: UUID, now: datetime) -> AssignmentDetail:
    """One of the provider's own leads, whole; the first view is stamped, the reading of the contact recorded (SPEC 7.1).

    Raises ``AssignmentNotFound`` for every other provider's.
    """
    row = own.lock_own(session, actor, assignment_id)
    if row.viewed_at is None:
        row.viewed_at = now
        session.flush()
        own.record(session, actor, "viewed", row, now=now)
    return _detail(session, actor, row, now=now)


def assignment_for_delivery(session: Session, *, assignment_id: UUID, now: datetime) -> AssignmentDetail:
    """A lead as its holder's own programs get it (SPEC 7.7): no person has seen it, so no view is stamped.

    The reading of the contact is recorded as the company's. Raises ``AssignmentNotFound``.
    """
    row = session.get(Assignment, assignment_id)
    if row is None:
        raise AssignmentNotFound
    return _detail(session, Actor(SYSTEM_USER_ID, "provider", row.provider_id), row, now=now)


def _detail(session: Session, actor: Actor, row: Assignment, *, now: datetime) -> AssignmentDetail:
    contact = leads.reveal(session, actor=actor, lead_ids=[row.lead_id], now=now)[row.lead_id]
    found = session.execute(_DETAIL, {"id": row.id, "provider": row.provider_id}).one()._asdict()
    consent = {key.removeprefix("consent_"): found.pop(key) for key in list(found) if key.startswith("consent_")}
    schema, form_data = found.pop("schema"), found.pop("form_data")
    found["quality"] = None if found["quality"] is None else float(found["quality"])
    return AssignmentDetail(
        **found, answers=leads.answers(schema, form_data), contact=contact, consent=_consent(**consent) if consent["at"] else None
    )


def _consent(
    *,
    at: datetime,
    wording: str,
    version: str,
    sellers: list[str],
    channels: list[str],
    certificate: str | None,
    revoked_at: datetime | None,
) -> ConsentSummary:
    return ConsentSummary(at, wording, version, tuple(sellers), tuple(channels), certificate, revoked_at)
