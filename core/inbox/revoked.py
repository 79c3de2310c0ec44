"""Tell every company that holds a lead that its consumer took the consent back, or was erased (SPEC 2.5, 11.2, 13.6)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import SYSTEM
from core.kit.clock import in_zone
from core.kit.config import settings
from core.kit.mail import request_mail


def tell_holders(session: Session, *, lead_id: UUID, at: datetime, erase: bool = False, now: datetime) -> int:
    """Ask for one mail to each company that bought the lead; returns how many. ``at``: when the consent was taken back.

    ``erase``: the person wants to be forgotten, so the company is to erase what it has.
    """
    holders = session.execute(
        text("""select a.id, a.provider_id, n.name as niche, m.name as market, m.timezone
                  from assignment a join lead l on l.id = a.lead_id join niche n on n.id = l.niche_id
                  join market m on m.id = l.market_id where a.lead_id = :lead order by a.id"""),
        {"lead": lead_id},
    ).all()
    for held in holders:
        there = in_zone(at, held.timezone)
        context = {
            "niche": held.niche,
            "market": held.market,
            "when": f"{there.day} {there:%B %Y, %H:%M %Z}",
            "link": f"{settings().base_url}/inbox?lead={held.id}",
        }
        letter, key = ("lead_erased", f"{held.id}:erased") if erase else ("consent_revoked", str(held.id))
        request_mail(session, letter, key=key, now=now, provider_id=held.provider_id, context=context)
    if holders:
        after = {"companies": len(holders), "erase": erase}
        audit.record(session, SYSTEM, "lead.told_holders", entity_type="lead", entity_id=lead_id, now=now, after=after)
    return len(holders)
