"""Put an open listing where it can be searched: priced, its place blurred, its words without contact data (SPEC 5.5, 9.1)."""

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads, pricing
from core.kit import live

_PUBLISH = text("""
    insert into on_sale as o (lead_id, niche_id, market_id, zip, place, ground, accuracy_m, quality, price_cents, submitted_at,
                              opened_at, closes_at, facts, words)
    select i.lead_id, l.niche_id, l.market_id, l.zip, l.public_location, ST_Transform(l.public_location, 3857),
           coalesce(l.accuracy_m, 500), l.quality, i.price_cents, l.submitted_at, i.opened_at, i.closes_at,
           cast(:facts as jsonb), concat_ws(' . ', n.name, m.name, z.city, l.zip, cast(:words as text))
      from listing i join lead l on l.id = i.lead_id join niche n on n.id = l.niche_id join market m on m.id = l.market_id
      left join market_zip z on z.zip = l.zip
     where i.lead_id = :lead and i.state = 'open' and l.status = 'approved'
    on conflict (lead_id) do update set quality = excluded.quality, price_cents = excluded.price_cents,
      facts = excluded.facts, words = excluded.words, closes_at = excluded.closes_at""")
_FOLD = text("select fold_cells()")


def publish(session: Session, *, lead_id: UUID, now: datetime) -> bool:
    """Price an open listing and make it searchable; again, it brings the copy up to date. ``False``: it is closed."""
    if not pricing.reprice(session, [lead_id], now=now):
        return False
    for request in leads.public_requests(session, [lead_id]):
        facts = json.dumps(leads.public_facts(request))
        shown = session.execute(_PUBLISH, {"lead": lead_id, "facts": facts, "words": request.words})
        live.touch(session, "marketplace")
        return bool(shown.rowcount)  # type: ignore[attr-defined]
    return False


def fold_cells(session: Session) -> int:
    """Sum up what changed on the map since the last time; returns how many differences."""
    folded: int = session.execute(_FOLD).scalar_one()
    return folded
