"""Who holds a lead, what they paid, and whether it was paid back: for the lead's page (SPEC 7.4)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor

_SALES = text("""
select a.id, a.provider_id, p.company_name, a.channel, v.name, a.price_cents, a.assigned_at, a.viewed_at, a.decision, a.outcome,
       c.id, c.reason, c.status, r.cause, r.at
  from assignment a join provider p on p.id = a.provider_id left join competition_level v on v.id = a.level_id
  left join claim c on c.assignment_id = a.id left join refund r on r.assignment_id = a.id
 where a.lead_id = :lead order by a.id""")


@dataclass(frozen=True, slots=True)
class SaleView:
    """One buyer of a lead; ``claim_status`` and ``refund_cause`` are ``None`` when there was no report, no refund."""

    assignment_id: UUID
    provider_id: UUID
    company: str
    channel: str
    level: str | None
    price_cents: int
    assigned_at: datetime
    viewed_at: datetime | None
    decision: str | None
    outcome: str | None
    claim_id: UUID | None
    claim_reason: str | None
    claim_status: str | None
    refund_cause: str | None
    refunded_at: datetime | None


def sales_of_lead(session: Session, *, actor: Actor, lead_id: UUID) -> list[SaleView]:
    """The buyers of a lead in the order of the sales, for staff."""
    actor.require("admin", "analyst")
    return [SaleView(*row) for row in session.execute(_SALES, {"lead": lead_id})]
