"""A lead's free slots on sale, and off sale again when their time is over (SPEC 2.7, 5.5)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, leads
from core.inventory.errors import NothingToSell
from core.inventory.models import Listing
from core.inventory.slots import count_slots
from core.kit.actor import SYSTEM

AT_ONCE = 500

_OPEN = text("select open_listing(l.id, n.listing_days, :now) from lead l join niche n on n.id = l.niche_id where l.id = :lead")
# The lead before the listing: the order in which everybody locks. What lies in a cart is that company's until its hold is over.
_STALE = text("""
    select l.id from listing i join lead l on l.id = i.lead_id
     where i.state = 'open' and i.closes_at <= :now and l.status in ('approved', 'sold_out')
       and not exists (select from slot s where s.lead_id = l.id and s.state = 'held' and s.expires_at >= :now)
     order by l.id limit :most for no key update of l skip locked""")
_CLOSE = text("update listing set state = 'closed', closed_at = :now where lead_id = :lead")
_VOID = text(
    """update slot set state = 'void', provider_id = null, expires_at = null, quote = null, held_at = null, extended_at = null
        where lead_id = :lead and state in ('free', 'held')"""
)


def open_listing(session: Session, *, lead_id: UUID, now: datetime) -> Listing:
    """Put an approved lead with a free slot on sale for its niche's days; an open listing stays as it is (SPEC 5.5).

    Its price floor is the lowest price that distribution got for the lead (SPEC 9.4). Raises ``NothingToSell``.
    """
    lead = leads.lock(session, lead_id)
    if lead.status != "approved" or not count_slots(session, lead_id=lead_id, now=now).free:
        raise NothingToSell("lead.nothing_to_sell", "This lead has nothing left to sell.")
    session.execute(_OPEN, {"lead": lead_id, "now": now})
    return session.get_one(Listing, lead_id, populate_existing=True)


def close_stale_listings(session: Session, *, now: datetime) -> int:
    """Close listings older than their niche allows, with their leads, once nobody holds them (SPEC 2.7, 9.2); returns how many,
    ``AT_ONCE`` at most."""
    stale = session.scalars(_STALE, {"now": now, "most": AT_ONCE}).all()
    for lead_id in stale:
        before = leads.move(session, leads.lock(session, lead_id), "closed", now=now)
        session.execute(_CLOSE, {"lead": lead_id, "now": now})
        session.execute(_VOID, {"lead": lead_id})
        audit.record(
            session,
            SYSTEM,
            "lead.closed",
            entity_type="lead",
            entity_id=lead_id,
            now=now,
            before={"status": before},
            after={"status": "closed"},
        )
    return len(stale)
