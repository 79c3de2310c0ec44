"""The slots of a lead: opened at once, as many as the niche's cap and the consumer's consent allow (SPEC 5.2)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads
from core.inventory.errors import NothingToSell


@dataclass(frozen=True, slots=True)
class SlotCount:
    """How many of a lead's slots are in each state; all zero before they are opened."""

    free: int
    held: int
    sold: int
    void: int


_OPEN = text("""
    insert into slot (lead_id, slot_no)
    select l.id, number
      from lead l join niche n on n.id = l.niche_id, generate_series(1, slots_allowed(l.id, n.max_providers)) number
     where l.id = :lead and not exists (select from slot s where s.lead_id = l.id)""")
_COUNT = text("""
    select count(*) filter (where state = 'free' or expires_at < :now) as free,
           count(*) filter (where state = 'held' and expires_at >= :now) as held,
           count(*) filter (where state = 'sold') as sold, count(*) filter (where state = 'void') as void
      from slot where lead_id = :lead""")


def open_slots(session: Session, *, lead_id: UUID, now: datetime) -> SlotCount:
    """Open an approved lead's slots unless they are open; raises ``NothingToSell`` for any other lead (SPEC 5.1)."""
    if leads.lock(session, lead_id).status != "approved":
        raise NothingToSell("lead.not_for_sale", "Only an approved lead can be sold. Approve it first.")
    session.execute(_OPEN, {"lead": lead_id})
    return count_slots(session, lead_id=lead_id, now=now)


def count_slots(session: Session, *, lead_id: UUID, now: datetime) -> SlotCount:
    """The lead's slots by state; a hold that ran out counts as free."""
    return SlotCount(*session.execute(_COUNT, {"lead": lead_id, "now": now}).one())
