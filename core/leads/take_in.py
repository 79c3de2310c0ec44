"""Take a batch of a source's requests in: a few statements, however many they are (SPEC 8.3, 8.4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit import metrics, outbox_batch
from core.kit.actor import Actor
from core.kit.db import rows_of
from core.kit.ids import uuid7
from core.kit.sql_values import array, as_json
from core.leads import duplicates, grounds, identity
from core.leads.arrival import Landed

_GIVEN = """jsonb_to_recordset(cast(:rows as jsonb)) r (
 lead uuid, contact uuid, consent uuid, niche uuid, version int, market uuid, name text, email text, phone text, street text,
 unit text, city text, state text, address_review bool, email_key text, address_key text, block_keys text[], keys text[],
 form_data jsonb, facts jsonb, attribution jsonb, text_key text, zip text, lon float8, lat float8, location_source text,
 accuracy_m int, public_lon float8, public_lat float8, wording text, wording_version text, sellers text[], channels text[],
 page_url text, certificate_url text, consent_at timestamptz, until timestamptz)"""
# Keys are claimed in one order over the whole batch, so that writers who meet in them queue. One that a live lead holds
# is left out; which were claimed tells whose request came in between.
_WRITE = text(f"""
with given as (select * from {_GIVEN}),
person as (
 insert into contact (id, full_name, email, phone, street, unit, city, state, email_key, phone_key, address_key, address_review,
  block_keys, created_at)
 select contact, name, email, phone, street, unit, city, state, email_key, phone, address_key, address_review, block_keys, :now
   from given
), request as (
 insert into lead (id, niche_id, market_id, contact_id, schema_version, form_data, facts, status, source, attribution, zip,
  location, location_source, accuracy_m, public_location, text_key, submitted_at, updated_at)
 select lead, niche, market, contact, version, form_data, facts, 'pending_approval', 'connector', attribution, zip,
  ST_Point(lon, lat, 4326), location_source, accuracy_m, ST_Point(public_lon, public_lat, 4326), text_key, :now, :now from given
), agreed as (
 insert into consent_event (id, lead_id, event, wording, wording_version, sellers, channels, page_url, certificate_url, at)
 select consent, lead, 'given', wording, wording_version, sellers, channels, page_url, certificate_url, consent_at
   from given where wording is not null
)
insert into lead_identity as held (niche_id, key, lead_id, held_until)
select niche, k, lead, until from given, unnest(keys) k order by niche, k
on conflict (niche_id, key) do update set lead_id = excluded.lead_id, held_until = excluded.held_until
  where held.held_until <= :now
returning lead_id, key""")  # noqa: S608 -- constants
_HELD = text("""
select i.niche_id, i.key, i.lead_id, l.status, c.full_name, c.street, c.unit, l.zip from
 (select distinct w.niche, k as key from jsonb_to_recordset(cast(:wanted as jsonb)) w (niche uuid, keys text[]),
   unnest(w.keys) k) w
join lead_identity i on i.niche_id = w.niche and i.key = w.key and i.held_until > :now
join lead l on l.id = i.lead_id join contact c on c.id = l.contact_id""")
_BLOCKED = text("select distinct key from do_not_contact where key = any(cast(:keys as text[]))")
_STANDS = text("""
select count(*) from jsonb_to_recordset(cast(:rows as jsonb)) r (niche uuid, version int, most int, market uuid, zip text)
join niche n on n.id = r.niche and n.status = 'open' and n.schema_version = r.version and n.max_providers = r.most
join market m on m.id = r.market and m.status = 'open' join market_zip z on z.zip = r.zip and z.market_id = m.id""")
_LATE = text("""
with late as (
 select distinct on (w.lead) w.lead, i.lead_id as first
   from jsonb_to_recordset(cast(:rows as jsonb)) w (lead uuid, niche uuid, keys text[]), unnest(w.keys) k
   join lead_identity i on i.niche_id = w.niche and i.key = k and i.lead_id <> w.lead
  order by w.lead, i.lead_id
), given_back as (delete from lead_identity where lead_id in (select lead from late))
update lead l set status = 'duplicate', duplicate_of = late.first, updated_at = :now from late where l.id = late.lead
returning l.id, late.first""")


@dataclass(frozen=True, slots=True)
class Held:
    """A key that a live request holds, and what tells whether it is really the same one: name, street, ZIP."""

    niche_id: UUID
    key: str
    lead_id: UUID
    status: str
    name: str | None
    street: str | None
    unit: str | None
    zip: str


def holders_of(session: Session, landed: Iterable[Landed], *, now: datetime) -> dict[UUID, dict[str, Held]]:
    """Which of the arrivals' keys are held by live requests, by niche."""
    wanted = [{"niche": one.niche.id, "keys": one.keys} for one in landed]
    rows = session.execute(_HELD, {"wanted": as_json(wanted), "now": now})
    held: dict[UUID, dict[str, Held]] = {}
    for row in rows:
        held.setdefault(row.niche_id, {})[row.key] = Held(*row)
    return held


def blocked_among(session: Session, landed: Iterable[Landed]) -> set[UUID]:
    """The arrivals whose person must not be contacted (SPEC 2.5)."""
    keys = {key for one in landed for key in one.values["block_keys"]}
    found = set(session.execute(_BLOCKED, {"keys": array(keys)}).scalars())
    if not found:
        return set()
    return {one.lead_id for one in landed if found & set(one.values["block_keys"])}


def still_stands(session: Session, landed: Iterable[Landed]) -> bool:
    """Whether niches, forms and markets are as they were read for the arrivals; if not, what was kept of them is forgotten."""
    used = {(one.niche.id, one.niche.version, one.niche.max_providers, one.values["market"], one.values["zip"]) for one in landed}
    rows = [{"niche": n, "version": v, "most": most, "market": m, "zip": z} for n, v, most, m, z in used]
    stands = session.execute(_STANDS, {"rows": as_json(rows)}).scalar_one() == len(used)
    if not stands:
        grounds.forget(session)
    return bool(stands)


def take_in(session: Session, *, actor: Actor, landed: Sequence[Landed], source: str, now: datetime) -> dict[UUID, UUID | None]:
    """Store arrivals as ``pending_approval``; by lead the first request that it repeats, ``None`` for those that are first.

    Their keys must have been found free. Somebody who asks by another way at the same moment may still come first: such
    a lead becomes its duplicate. ``source`` is the source's name for the trail and the figures. A phone held by another
    person is not among the keys to claim (SPEC 2.6 leaves households their own requests).
    """
    actor.require("admin")
    if not landed:
        return {}
    until = _windows(session, landed, now=now)
    rows = [
        one.values | {"contact": uuid7(), "consent": uuid7(), "until": until[one.niche.id, one.values["zip_state"]]}
        for one in landed
    ]
    claimed = session.execute(_WRITE, {"rows": as_json(rows), "now": now})
    all_of_them = rows_of(claimed) == sum(len(one.keys) for one in landed)
    firsts = {} if all_of_them else _link_late(session, landed, {(row.lead_id, row.key) for row in claimed}, now=now)
    entries = {one.lead_id: _told(one, source, firsts.get(one.lead_id)) for one in landed}
    audit.record_all(session, actor, "lead.submitted", entity_type="lead", entries=entries, now=now)
    fresh = [one for one in landed if one.lead_id not in firsts]
    payloads = {str(one.lead_id): {"lead_id": str(one.lead_id)} for one in fresh}
    outbox_batch.enqueue_all(session, "lead.score", payloads=payloads, now=now, priority=7)
    for niche in {one.niche.slug for one in fresh}:
        metrics.leads_submitted(session, niche=niche, source=source, leads=sum(one.niche.slug == niche for one in fresh))
    return {one.lead_id: firsts.get(one.lead_id) for one in landed}


def _windows(session: Session, landed: Iterable[Landed], *, now: datetime) -> dict[tuple[UUID, str], datetime]:
    """Until when a request holds its keys, by niche and state."""
    asked = {(one.niche.id, one.values["zip_state"]) for one in landed}
    days = {(n, state): duplicates.window_days(session, niche_id=n, state=state, now=now) for n, state in asked}
    return {of: now + timedelta(days=length) for of, length in days.items()}


def same_place(held: Held, landed: Landed) -> bool:
    """True when both name the same street and unit in the same ZIP."""
    mine = landed.values
    return bool(held.street) and (held.street, held.unit, held.zip) == (mine["street"], mine["unit"], mine["zip"])


def same_words(held: Held, landed: Landed) -> bool:
    """True when the names share a word of three letters or more: phones are shared by households, names less so."""
    mine, theirs = (set(identity.name_key(name or "").split()) for name in (landed.values["name"], held.name))
    return any(len(word) >= 3 for word in mine & theirs)


def _link_late(session: Session, landed: Sequence[Landed], claimed: set[tuple[UUID, str]], *, now: datetime) -> dict[UUID, UUID]:
    """Leads that could not claim all their keys repeat a request that came in between."""
    short = [one for one in landed if any((one.lead_id, key) not in claimed for key in one.keys)]
    if not short:
        return {}
    rows = [{"lead": one.lead_id, "niche": one.niche.id, "keys": one.keys} for one in short]
    linked = session.execute(_LATE, {"rows": as_json(rows), "now": now})
    return {row.id: row.first for row in linked}


def _told(one: Landed, source: str, first: UUID | None) -> dict[str, Any]:
    told = {
        "status": "duplicate" if first else "pending_approval",
        "niche": one.niche.slug,
        "source": "connector",
        "from": source,
    }
    return told | ({"duplicate_of": str(first)} if first else {})
