"""Look at every chain in the database (SPEC 13.8); the rows themselves are compared with their seals by ``audit``."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.checks import Check

NAMED = 100


def verify(session: Session) -> list[Check]:
    """One check: each entry follows from the one before it in its lead's passport; names the first that does not."""
    faults = session.execute(text("select lead_id, n, entry_id from passport_faults(:most)"), {"most": NAMED}).all()
    if faults:
        first = faults[0]
        more = f" {len(faults)}{'+' if len(faults) == NAMED else ''} entries in all." if len(faults) > 1 else ""
        words = f"passport_entry {first.entry_id}, number {first.n} of lead {first.lead_id}, does not follow."
        return [Check("passports", False, words + more)]
    figures = session.execute(text("select count(*) as entries, count(distinct lead_id) as leads from passport_entry")).one()
    return [Check("passports", True, f"{figures.entries} entries of {figures.leads} leads, each linked to the one before.")]
