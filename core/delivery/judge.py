"""What the policies say of a lead as it is brought to a company: kept with the delivery, told in it (SPEC 2.5, 7.7)."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads
from core.kit.actor import SYSTEM
from core.kit.db import Json

LEAD_EVENTS = ("lead.assigned", "lead.refunded")
# Nobody's contact leaves us once these stand against it, whatever was paid; the company can still see its lead in the inbox.
WITHHELD = ("no_consent", "do_not_contact")
INACTIVE = "company_not_active"  # nor does anybody's reach a company that may not see leads now (SPEC 1.3)

_LEAD = text("""
    select a.lead_id, p.status = 'active' as active from assignment a join provider p on p.id = a.provider_id where a.id = :id""")
_KEEP = text("update webhook_delivery set judged = cast(:judged as jsonb) where id = :id")


def judge_delivery(session: Session, *, delivery: Any, now: datetime) -> Json | None:
    """Judge the lead of a delivery by the policies of this moment and keep the verdict; ``None`` for other news.

    ``contact`` is ``given`` or ``withheld``; ``may_call_now`` and the hours are by the clock of the person's market.
    """
    if delivery.assignment_id is None or delivery.event not in LEAD_EVENTS:
        return None
    sold = session.execute(_LEAD, {"id": delivery.assignment_id}).one()
    told = leads.judge(session, actor=SYSTEM, lead_id=sold.lead_id, at=now)
    because = told.refusal if told.refusal in WITHHELD else None if sold.active else INACTIVE
    calls = told.calling
    verdict: Json = {
        "judged_at": now.isoformat(),
        "contact": "withheld" if because else "given",
        "because": because,
        "may_call_now": calls.allowed and because is None,
        "call_from": calls.call_from,
        "call_until": calls.call_until,
        "timezone": calls.timezone,
        "next_call_from": calls.opens_at.isoformat() if calls.opens_at else None,
        "policies": [str(policy_id) for policy_id in told.rules.policy_ids],
        "lists": {one.name: one.list_date.isoformat() for one in told.lists},
    }
    session.execute(_KEEP, {"id": delivery.id, "judged": json.dumps(verdict)})
    return verdict
