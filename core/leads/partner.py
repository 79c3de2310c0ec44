"""The partner who sent a lead and earns a share of its sales (SPEC 6.7)."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.leads import lifecycle
from core.leads.errors import PartnerSettled, PartnerUnknown

BEFORE_SALE = ("pending_confirmation", "pending_approval", "quarantined")


def credit_partner(session: Session, *, actor: Actor, lead_id: UUID, partner_id: UUID | None, now: datetime) -> None:
    """Note who sent a lead (``None``: nobody), as long as it is not on sale; admins and the system only (SPEC 6.7).

    Taken from whose key or link a lead came by, never from what a submitter types. Raises ``PartnerUnknown``, and
    ``PartnerSettled`` once the lead has been approved: shares of sales are never posted afterwards.
    """
    actor.require("admin")
    lead = lifecycle.lock(session, lead_id)
    if lead.partner_id == partner_id:
        return
    if lead.status not in BEFORE_SALE:
        raise PartnerSettled
    if (
        partner_id
        and not session.execute(text("select exists (select from partner where id = :id)"), {"id": partner_id}).scalar()
    ):
        raise PartnerUnknown
    before, lead.partner_id, lead.updated_at = lead.partner_id, partner_id, now
    session.flush()
    # What one partner was offered for it is no word to another.
    session.execute(text("update lead set partner_share_percent = null where id = :lead"), {"lead": lead_id})
    told = [{"partner_id": str(one) if one else None} for one in (before, partner_id)]
    audit.record(
        session, actor, "lead.partner_credited", entity_type="lead", entity_id=lead_id, now=now, before=told[0], after=told[1]
    )


def agree_share(session: Session, *, lead_id: UUID, percent: Decimal) -> None:
    """The share that this lead's partner was offered before it was sent: sales go by it from now on (SPEC 6.7)."""
    session.execute(
        text("update lead set partner_share_percent = :percent where id = :lead"), {"percent": percent, "lead": lead_id}
    )
