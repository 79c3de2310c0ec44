"""Sold leads looked at again: does their contact data still hold (SPEC 8.6)? What fails counts as an error in lead data."""

import json
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.sourcing.normalise import normalise

AT_ONCE = 500
EVERY = timedelta(days=7)
FOR = timedelta(days=90)  # a sale that is older is nobody's claim any more

_SOLD = text("""
select l.id, c.full_name, c.email, c.phone, c.street, c.unit, c.city, c.state, l.zip
from (select distinct a.lead_id from assignment a where a.assigned_at > :since) sold
join lead l on l.id = sold.lead_id join contact c on c.id = l.contact_id
where c.erased_at is null and not exists (select from lead_recheck r where r.lead_id = l.id and r.checked_at > :lately)
order by l.id limit :most""")
_KEEP = text("""
insert into lead_recheck (lead_id, checked_at, ok, reasons)
select lead, :now, reasons = '{}', reasons from jsonb_to_recordset(cast(:rows as jsonb)) r (lead uuid, reasons text[])
on conflict do nothing""")


def recheck_sold(session: Session, *, now: datetime) -> int:
    """Look again at sold leads that were not looked at for a week, ``AT_ONCE`` at most; returns how many."""
    rows = session.execute(_SOLD, {"since": now - FOR, "lately": now - EVERY, "most": AT_ONCE}).all()
    found = [
        {
            "lead": row.id,
            "reasons": failures(
                name=row.full_name, email=row.email, phone=row.phone, street=row.street, unit=row.unit, city=row.city,
                state=row.state, zip=row.zip,
            ),
        }
        for row in rows
    ]  # fmt: skip
    session.execute(_KEEP, {"rows": json.dumps(found, default=str), "now": now})
    return len(found)


def failures(**said: str | None) -> list[str]:
    """Codes of what makes contact data useless: each part that was given and is of no use, or no way to reach anybody."""
    normal = normalise(business=None, **said)
    codes = [reason.code for reason in normal.reasons if reason.level == "unusable"]
    if not (normal.email or normal.phone) and not codes:
        codes.append("no_contact")
    return codes
