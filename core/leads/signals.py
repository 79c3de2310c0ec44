"""Gather what the scoring rules look at: one statement, and what the texts themselves tell (SPEC 10.2)."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core.kit.db import Json
from core.leads import identity, ip_place, zip_book
from core.leads.errors import LeadNotFound
from core.scoring import AreaCode, Signals, gibberish

# Counts are of the time around the submission, not around now: a score computed late is the same score.
_GATHER = text("""
select c.full_name, c.email, c.phone, c.street, c.city, c.state, c.address_review, l.zip, l.form_data, l.location_source,
  f.schema, extract(epoch from l.confirmed_at - l.submitted_at)::float8 as confirmed_after_s,
  z.state as zip_state, z.radius_m, ST_DistanceSphere(l.location, z.centre)::float8 as from_zip_m,
  (select certificate_url is not null from consent_event e where e.lead_id = l.id order by e.id limit 1) as certificate,
  (select count(*) from contact o join lead ol on ol.contact_id = o.id where o.email_key = c.email_key and ol.id <> l.id
     and ol.submitted_at between l.submitted_at - interval '1 day' and l.submitted_at) as email_leads_day,
  (select count(*) from contact o join lead ol on ol.contact_id = o.id where o.phone_key = c.phone_key and ol.id <> l.id
     and ol.submitted_at between l.submitted_at - interval '1 day' and l.submitted_at) as phone_leads_day,
  -- A partner's program sends for many people: its address is nobody's own.
  case when l.source <> 'partner' then (select count(*) from lead o where o.submitted_ip = l.submitted_ip and o.id <> l.id
     and o.source <> 'partner' and o.submitted_at between l.submitted_at - interval '1 hour' and l.submitted_at)
     else 0 end as ip_leads_hour,
  (select count(*) from lead o join contact oc on oc.id = o.contact_id where o.text_key = l.text_key and o.id <> l.id
     and o.submitted_at <= l.submitted_at and oc.email_key is distinct from c.email_key) as copied_text,
  -- Reports belong to a chapter above this one, so that table is asked by name.
  (select count(distinct ol.id) from contact o join lead ol on ol.contact_id = o.id join claim k on k.lead_id = ol.id
    where (o.email_key = c.email_key or o.phone_key = c.phone_key) and ol.id <> l.id
      and k.status = 'approved' and k.decided_at <= l.submitted_at) as past_claims,
  case when l.source <> 'partner' then host(l.submitted_ip) end as ip, ST_Y(coalesce(l.location, z.centre)) as lat,
  ST_X(coalesce(l.location, z.centre)) as lon,
  coalesce(of_source.sold, 0) as source_sold, coalesce(of_source.claims, 0) as source_claims
from lead l
join contact c on c.id = l.contact_id
join form_schema f on f.niche_id = l.niche_id and f.version = l.schema_version
left join market_zip z on z.zip = l.zip
-- Sources are above this chapter, too. Ids tell the time, so the newest leads of a big source are found without the others.
left join lateral (
  select count(*) as sold, count(*) filter (where exists (select from claim k where k.lead_id = past.lead_id
    and k.status = 'approved' and k.decided_at <= l.submitted_at)) as claims
  from (select r.lead_id from source_record own join source_record r on r.source_id = own.source_id and r.founder
        where own.lead_id = l.id and own.founder and r.lead_id < l.id order by r.lead_id desc limit 500) past
  where exists (select from assignment a where a.lead_id = past.lead_id and a.assigned_at <= l.submitted_at)) of_source on true
where l.id = :lead
""")


def gather(session: Session, lead_id: UUID) -> Signals:
    """The signals of one lead; what was erased counts as not given. Raises ``LeadNotFound``."""
    row = session.execute(_GATHER, {"lead": lead_id}).one_or_none()
    if row is None:
        raise LeadNotFound
    email, phone = row.email or "", row.phone or ""
    words = _own_words(row.schema, row.form_data)
    pin = row.location_source == "pin"
    asked, answered = _optional(row.schema, row.form_data)
    return Signals(
        disposable_domain=identity.disposable_domain(email),
        reserved_domain=identity.reserved_domain(email) and not identity.reserved_allowed(),
        fake_phone=bool(phone) and identity.fake_phone(phone),
        email_leads_day=row.email_leads_day,
        phone_leads_day=row.phone_leads_day,
        ip_leads_hour=row.ip_leads_hour,
        area_code=_area_code(phone, row.zip, row.zip_state),
        address_in_zip=zip_book.fits(row.zip, city=row.city, state=row.state) if row.city or row.state else None,
        address_review=row.address_review,
        pin_outside_zip_m=_outside(row) if pin else None,
        ip_in_market=_ip_near(row),
        ip_database=ip_place.configured(),
        gibberish=max(gibberish(row.full_name or ""), gibberish(words)),
        copied_text=row.copied_text,
        past_claims=row.past_claims,
        source_sold=row.source_sold,
        source_claims=row.source_claims,
        optional_asked=asked,
        optional_answered=answered,
        detail_words=len(words.split()),
        confirmed_after_s=row.confirmed_after_s,
        street_given=bool(row.street),
        pin_given=pin,
        certificate_given=bool(row.certificate),
    )


def _area_code(phone: str, zip: str, state: str | None) -> AreaCode:
    if not phone.startswith("+1"):
        return "elsewhere" if phone else "unknown"
    code = phone[2:5]
    if code in zip_book.area_codes(zip):
        return "zip"
    if state is None:
        return "unknown"
    return "state" if code in zip_book.area_codes_of_state(state) else "elsewhere"


def _outside(row: Row[Any]) -> int | None:
    """Metres by which a pin lies outside its ZIP's circle, 0 inside."""
    if row.from_zip_m is None or row.radius_m is None:
        return None
    return int(max(0, round(row.from_zip_m - row.radius_m)))


def _ip_near(row: Row[Any]) -> bool | None:
    place = ip_place.place_of(row.ip) if row.ip else None
    return None if place is None or row.lat is None else ip_place.near(place, lat=row.lat, lon=row.lon)


def _own_words(schema: Json, form_data: Json) -> str:
    return " ".join(str(form_data.get(f["key"], "")) for f in schema["fields"] if f["type"] in ("text", "textarea"))


def _optional(schema: Json, form_data: Json) -> tuple[int, int]:
    optional = [f["key"] for f in schema["fields"] if not f.get("required")]
    return len(optional), sum(form_data.get(key) not in (None, "", []) for key in optional)
