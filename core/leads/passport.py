"""A lead's page: everything known about it, from intake to now, for staff; where it stands, for its submitter."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, niches, scoring
from core.kit.actor import SYSTEM, Actor
from core.kit.db import Json
from core.kit.words import without_contact
from core.leads import consent, contact, duplicates, links
from core.leads.consent import ConsentView
from core.leads.contact import ContactView
from core.leads.duplicates import DuplicateView
from core.leads.errors import LeadNotFound
from core.leads.lifecycle import STEPS, Status
from core.scoring import StoredScore

_DETAIL = text("""
select l.id, l.status, n.id as niche_id, n.name as niche, m.id as market_id, m.name as market, m.timezone, l.zip,
  z.city, z.county, l.source, l.attribution, l.form_data, l.facts, f.schema,
  ST_X(l.location) as lon, ST_Y(l.location) as lat, ST_X(l.public_location) as public_lon, ST_Y(l.public_location) as public_lat,
  l.location_source, l.accuracy_m, l.duplicate_of, l.do_not_sell, host(l.submitted_ip) as submitted_ip, l.submitted_at,
  l.confirmed_at, host(l.confirmed_ip) as confirmed_ip, l.confirmed_agent, l.reviewed_at, u.full_name as reviewed_by,
  l.review_note, c.address_review, lead_sale_refusal(l.id, :now) as sale_refusal
from lead l join niche n on n.id = l.niche_id join market m on m.id = l.market_id join contact c on c.id = l.contact_id
join form_schema f on f.niche_id = l.niche_id and f.version = l.schema_version
left join market_zip z on z.zip = l.zip left join user_account u on u.id = l.reviewed_by
where l.id = :lead
""")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer by the label that the form showed."""

    key: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline; ``memo`` for admins only."""

    at: datetime
    action: str
    actor_role: str
    actor_id: UUID
    before: Json | None
    after: Json | None
    memo: str | None


@dataclass(frozen=True, slots=True)
class LeadDetail:
    """All of a lead for staff. The point is the true one for admins, the blurred one for who sees contact masked."""

    id: UUID
    status: Status
    niche_id: UUID
    niche: str
    market_id: UUID
    market: str
    timezone: str
    zip: str
    city: str | None
    county: str | None
    source: str
    attribution: Json
    facts: Json
    location_source: str | None
    accuracy_m: int | None
    duplicate_of: UUID | None
    do_not_sell: bool
    submitted_ip: str | None
    submitted_at: datetime
    confirmed_at: datetime | None
    confirmed_ip: str | None
    confirmed_agent: str | None
    reviewed_at: datetime | None
    reviewed_by: str | None
    review_note: str | None
    address_review: bool
    sale_refusal: str | None
    lon: float | None
    lat: float | None
    exact: bool
    answers: tuple[Answer, ...]
    contact: ContactView
    consents: tuple[ConsentView, ...]
    duplicates: tuple[DuplicateView, ...]
    fraud: StoredScore | None
    quality: StoredScore | None
    timeline: tuple[Moment, ...]
    may_become: tuple[Status, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a submitter may know of their own request: no contact data, no buyer."""

    lead_id: UUID
    status: Status
    niche: str
    niche_slug: str
    timezone: str
    submitted_at: datetime
    confirmed_at: datetime | None
    sold_to: int
    consent_live: bool
    may_withdraw: bool


def get_lead(session: Session, *, actor: Actor, lead_id: UUID, now: datetime) -> LeadDetail:
    """Everything about one lead for staff; reading its contact data is recorded (SPEC 1.9, 3.1)."""
    actor.require("admin", "analyst", "scientist")
    row = session.execute(_DETAIL, {"lead": lead_id, "now": now}).one_or_none()
    if row is None:
        raise LeadNotFound
    values = row._asdict()
    exact = actor.role in ("admin", "system")
    schema, form_data = values.pop("schema"), values.pop("form_data")
    public = {"lon": values.pop("public_lon"), "lat": values.pop("public_lat")}
    scores = scoring.latest(session, lead_id)
    hidden = {} if exact else public | {"submitted_ip": None, "confirmed_ip": None, "confirmed_agent": None}
    return LeadDetail(
        **(values | hidden),
        exact=exact,
        answers=answers(schema, form_data, masked=not exact),
        contact=contact.reveal(session, actor=actor, lead_ids=[lead_id], now=now)[lead_id],
        consents=tuple(consent.events_of(session, lead_id, origins=exact)),
        duplicates=tuple(duplicates.of_lead(session, lead_id)),
        fraud=scores.get("fraud"),
        quality=scores.get("quality"),
        timeline=_timeline(session, lead_id, memos=exact, now=now),
        may_become=STEPS[row.status],
    )


def standing(session: Session, *, code: str) -> Standing:
    """Where a request stands, for who holds its signed link; raises ``LinkUnknown`` (SPEC 2.7)."""
    lead_id = links.lead_of_code(code)
    row = session.execute(
        text("""select l.id as lead_id, l.status, n.name as niche, n.slug as niche_slug, m.timezone, l.submitted_at,
                  l.confirmed_at, (select count(*) from assignment a where a.lead_id = l.id) as sold_to,
                  coalesce((select event = 'given' from consent_event e where e.lead_id = l.id order by e.id desc limit 1), false)
                    as consent_live
                from lead l join niche n on n.id = l.niche_id join market m on m.id = l.market_id where l.id = :lead"""),
        {"lead": lead_id},
    ).one_or_none()
    if row is None:
        raise LeadNotFound
    return Standing(**row._asdict(), may_withdraw="withdrawn" in STEPS[row.status])


def answers(schema: Json, form_data: Json, *, masked: bool = False) -> tuple[Answer, ...]:
    """What was answered, in the form's order and by its labels; questions left empty are left out.

    ``masked`` takes e-mail addresses and phone numbers out of every answer, for analysts and scientists (SPEC 1.6).
    """
    return tuple(
        Answer(field["key"], field["label"], _in_words(field, form_data[field["key"]], masked=masked))
        for field in schema["fields"]
        if form_data.get(field["key"]) not in (None, "", [])
    )


def _in_words(field: Json, value: Any, *, masked: bool) -> str:
    if masked and isinstance(value, str | list):
        return without_contact(value if isinstance(value, str) else ", ".join(map(str, value)))
    return niches.in_words(field, value)


def _timeline(session: Session, lead_id: UUID, *, memos: bool, now: datetime) -> tuple[Moment, ...]:
    entries = audit.search(session, actor=SYSTEM, entity_type="lead", entity_id=lead_id, limit=200, now=now)
    return tuple(
        Moment(e.at, e.action, e.actor_role, e.actor_id, e.before, e.after, e.memo if memos else None) for e in reversed(entries)
    )
