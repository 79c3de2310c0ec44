"""A request follows its source: changed there, it changes here; gone there, it ends (SPEC 8.3)."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit import outbox
from core.kit.actor import Actor
from core.leads import duplicates, lifecycle
from core.leads.arrival import Landed
from core.leads.lifecycle import STEPS

OVER = ("withdrawn", "erased", "rejected", "expired", "duplicate")
CONTACT = ("full_name", "email", "phone", "street", "unit", "city", "state", "email_key", "phone_key", "address_key")
_PLACE = ("zip", "market_id", "location_source", "accuracy_m")

_NOW_THERE = text("""
select l.niche_id, l.form_data, l.zip, l.market_id, l.location_source, l.accuracy_m, l.contact_id, c.full_name, c.email, c.phone,
  c.street, c.unit, c.city, c.state, c.email_key, c.phone_key, c.address_key
from lead l join contact c on c.id = l.contact_id where l.id = :lead""")
_CONTACT = text("""
update contact set full_name = :name, email = :email, phone = :phone, street = :street, unit = :unit, city = :city,
  state = :state, email_key = :email_key, phone_key = :phone, address_key = :address_key, address_review = :address_review,
  block_keys = :block_keys
where id = :contact and erased_at is null""")
_LEAD = text("""
update lead set form_data = cast(:form_data as jsonb), schema_version = :version, text_key = :text_key,
  facts = cast(:facts as jsonb) || coalesce((select jsonb_object_agg(key, value) from jsonb_each(facts)
    where key in ('quality', 'fraud', 'submitted_on', 'submitted_day')), '{}'),
  zip = :zip, market_id = :market, location = ST_Point(:lon, :lat, 4326), location_source = :location_source,
  accuracy_m = :accuracy_m, public_location = ST_Point(:public_lon, :public_lat, 4326), updated_at = :now
where id = :lead""")
_KEYS = text("""
with kept as (delete from lead_identity where lead_id = :lead and not key = any(:keys))
insert into lead_identity as held (niche_id, key, lead_id, held_until)
select :niche, k, :lead, :until from unnest(cast(:keys as text[])) k order by k
on conflict (niche_id, key) do update set lead_id = excluded.lead_id, held_until = excluded.held_until
  where held.held_until <= :now or held.lead_id = excluded.lead_id""")


def follow_change(session: Session, *, actor: Actor, lead_id: UUID, landed: Landed, source: str, now: datetime) -> bool:
    """Bring a lead to what its source says now; the trail names the fields, not what is in them. ``False``: nothing to do.

    ``landed`` was made for this lead's id and niche. A lead whose life is over stays as it was. Scores and the listing
    follow by job.
    """
    actor.require("admin")
    lead = lifecycle.lock(session, lead_id)
    there = session.execute(_NOW_THERE, {"lead": lead_id}).one()
    values = landed.values | {"lead": lead_id, "contact": there.contact_id}
    changed = _differences(there, values)
    if lead.status in OVER or landed.niche.id != there.niche_id or not changed:
        return False
    sent = values | {"form_data": json.dumps(values["form_data"]), "facts": json.dumps(values["facts"])}
    session.execute(_CONTACT, sent)
    session.execute(_LEAD, sent)
    session.refresh(lead)
    if {"email_key", "phone", "address_key"} & set(changed):
        days = duplicates.window_days(session, niche_id=there.niche_id, state=values["zip_state"], now=now)
        until = now + timedelta(days=days)
        session.execute(_KEYS, {"lead": lead_id, "niche": there.niche_id, "keys": landed.keys, "until": until, "now": now})
    audit.record(
        session, actor, "lead.changed", entity_type="lead", entity_id=lead_id, now=now, after={"fields": changed, "from": source}
    )
    outbox.enqueue(session, "lead.score", key=str(lead_id), now=now, payload={"lead_id": str(lead_id)}, priority=7)
    return True


def follow_end(session: Session, *, actor: Actor, lead_id: UUID, source: str, now: datetime) -> bool:
    """Withdraw a lead whose record its source no longer has, with its listing; ``False`` when it had ended before."""
    actor.require("admin")
    lead = lifecycle.lock(session, lead_id)
    if "withdrawn" not in STEPS[lead.status]:  # type: ignore[index]
        return False
    old = lifecycle.move(session, lead, "withdrawn", now=now)
    after = {"status": "withdrawn", "because": "gone from its source", "from": source}
    audit.record(
        session, actor, "lead.withdrawn", entity_type="lead", entity_id=lead_id, now=now, before={"status": old}, after=after
    )
    return True


def _differences(there: Any, values: dict[str, Any]) -> list[str]:
    """Names of what is different; contact data by name only."""
    wanted = values | {"full_name": values["name"], "phone_key": values["phone"], "market_id": values["market"]}
    changed = [name for name in (*CONTACT, *_PLACE) if getattr(there, name) != wanted[name]]
    answers = {
        key for key in {**there.form_data, **wanted["form_data"]} if there.form_data.get(key) != wanted["form_data"].get(key)
    }
    return [name for name in changed if name != "phone_key"] + sorted(f"form_data.{key}" for key in answers)
