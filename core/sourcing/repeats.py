"""Records that were taken for somebody known when they came, as a page shows them beside the lead they repeat (SPEC 8.4)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, leads
from core.kit.actor import Actor
from core.leads import Arrival, ContactView
from core.sourcing import permission, sources
from core.sourcing.apart import attempt, item_of, standing
from core.sourcing.record import Connector

_NEWEST = text("""
select r.id, r.source_id, s.name as source, n.name as niche, r.lead_id, l.status as lead_status, r.received_at as at
from raw_record r
join source_record w on w.source_id = r.source_id and w.record_id = r.record_id and not w.founder and w.gone_at is null
  and w.lead_id = r.lead_id
join source s on s.id = r.source_id join lead l on l.id = r.lead_id join niche n on n.id = l.niche_id
where r.outcome = 'duplicate' and r.content is not null and (cast(:source as uuid) is null or r.source_id = :source)
  and (cast(:before as uuid) is null or r.id < :before)
  and not exists (select from raw_record m where m.source_id = r.source_id and m.record_id = r.record_id
    and (m.fetched_at, m.id) > (r.fetched_at, r.id) and m.outcome not in ('stale', 'discarded'))
order by r.id desc limit :limit""")


@dataclass(frozen=True, slots=True)
class RepeatRow:
    """One record that repeats a lead, without what it says; ``id`` is its newest version's."""

    id: UUID
    source_id: UUID
    source: str
    niche: str
    lead_id: UUID
    lead_status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RepeatView:
    """What a record says beside the lead that it repeats; ``exact``: by SPEC 2.6, not by likeness. ``refusal``: why it can't be
    set apart, in words, or nothing."""

    lead_id: UUID
    record: ContactView
    lead: ContactView
    exact: bool
    refusal: str | None


def merged_on_arrival(
    session: Session, *, actor: Actor, source_id: UUID | None = None, before_id: UUID | None = None, limit: int = 25
) -> list[RepeatRow]:
    """Records that were taken for somebody known, the newest first."""
    actor.require("admin", "analyst")
    rows = session.execute(_NEWEST, {"source": source_id, "before": before_id, "limit": limit})
    return [RepeatRow(**row) for row in rows.mappings()]


def compare_repeat(
    session: Session, *, actor: Actor, raw_id: UUID, connector: Connector | None = None, now: datetime
) -> RepeatView:
    """Record and lead beside each other, masked for analysts; the reading is recorded (SPEC 1.6).

    Raises ``NotFound``, or ``CannotSetApart`` when the record repeats nobody any more.
    """
    actor.require("admin", "analyst")
    kept = standing(session, raw_id)
    source = sources.find_source(session, kept.source_id)
    uses = permission.require_permission(session, source.id, now=now)
    item = item_of(session, source, kept, uses, connector)
    tried = attempt(session, item, kept, uses=uses, now=now)
    masked = actor.role == "analyst"
    if not masked:
        audit.record_opening(session, actor, "contact.read", entity_type="raw_record", entity_ids=[raw_id], now=now)
    theirs = leads.reveal(session, actor=actor, lead_ids=[kept.lead_id], now=now)[kept.lead_id]
    return RepeatView(kept.lead_id, _said(item.arrival, masked=masked), theirs, tried.exact, tried.refusal)


def _said(one: Arrival | None, *, masked: bool) -> ContactView:
    """The record's contact data as this reader may see it; nothing of one that can't be read any more."""
    if one is None:
        return ContactView("", "", "", "", "", "", "", "", masked, False)
    name, email, phone = one.name or "", one.email or "", one.phone or ""
    return ContactView(
        name=leads.mask_name(name) if masked else name, email=leads.mask_email(email) if masked else email,
        phone=leads.mask_phone(phone) if masked else phone, street="" if masked else one.street or "",
        unit="" if masked else one.unit or "", city=one.city or "", state=one.state or "", zip=one.zip or "", masked=masked,
        erased=False,
    )  # fmt: skip
