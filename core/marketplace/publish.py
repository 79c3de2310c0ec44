"""Put an open listing where it can be searched: priced, its place blurred, its words without contact data (SPEC 5.5, 9.1)."""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads, pricing
from core.kit import live

AT_ONCE = 500

# Whoever changes a slot or takes a lead off sale has its row: what is copied here can't be stale when it appears.
_LOCK = text("select id from lead where id = any (:leads) order by id for no key update")
_PUBLISH = text("""
    with request as (select * from jsonb_to_recordset(cast(:requests as jsonb)) r (lead_id uuid, facts jsonb, words text))
    insert into on_sale as o (lead_id, niche_id, market_id, zip, place, ground, accuracy_m, quality, price_cents, floor_cents,
                              places, free, held_until, submitted_at, opened_at, closes_at, facts, words)
    select i.lead_id, l.niche_id, l.market_id, l.zip, l.public_location, ST_Transform(l.public_location, 3857),
           coalesce(l.accuracy_m, 500), l.quality, i.price_cents, i.price_floor_cents, s.places,
           s.free, s.held_until, l.submitted_at, i.opened_at, i.closes_at,
           r.facts, concat_ws(' . ', n.name, m.name, z.city, l.zip, r.words)
      from request r join listing i on i.lead_id = r.lead_id join lead l on l.id = i.lead_id
      join niche n on n.id = l.niche_id join market m on m.id = l.market_id left join market_zip z on z.zip = l.zip
     cross join places_of(i.lead_id) s
     where i.state = 'open' and l.status = 'approved'
    on conflict (lead_id) do update set niche_id = excluded.niche_id, market_id = excluded.market_id, zip = excluded.zip,
      place = excluded.place, ground = excluded.ground, accuracy_m = excluded.accuracy_m, quality = excluded.quality,
      price_cents = excluded.price_cents,
      floor_cents = excluded.floor_cents, places = excluded.places, free = excluded.free, held_until = excluded.held_until,
      facts = excluded.facts, words = excluded.words, closes_at = excluded.closes_at
    returning o.lead_id""")
_MISSING = text("""
    select i.lead_id from listing i join lead l on l.id = i.lead_id and l.status = 'approved'
     where i.state = 'open' and not exists (select from on_sale o where o.lead_id = i.lead_id) order by i.lead_id limit :most
       for no key update of l skip locked""")
_FOLD = text("select fold_cells()")


def publish(session: Session, *, lead_ids: Sequence[UUID], now: datetime) -> int:
    """Price open listings and make them searchable; again, it brings the copies up to date. Returns how many are on sale."""
    session.execute(_LOCK, {"leads": list(lead_ids)})
    pricing.reprice(session, lead_ids, now=now)
    found = leads.public_requests(session, lead_ids)
    requests = [{"lead_id": str(r.lead_id), "facts": leads.public_facts(r), "words": r.words} for r in found]
    shown = session.execute(_PUBLISH, {"requests": json.dumps(requests)}).all()
    if shown:
        live.touch(session, "marketplace")
    return len(shown)


def publish_missing(session: Session, *, now: datetime) -> int:
    """Make open listings searchable that are not, ``AT_ONCE`` at most: for history loaded late, and for lost jobs."""
    missing = session.execute(_MISSING, {"most": AT_ONCE}).scalars().all()
    return publish(session, lead_ids=missing, now=now) if missing else 0


def fold_cells(session: Session) -> int:
    """Sum up what changed on the map since the last time; returns how many differences."""
    folded: int = session.execute(_FOLD).scalar_one()
    return folded
