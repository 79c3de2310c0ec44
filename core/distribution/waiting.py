"""What else waits for the same niche: a worker takes it along in one transaction (docs/adr/0003)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

# By key, which is the lead's id: the oldest lead first, straight from the index of open rows.
_BESIDE = text("""
    select o.id from outbox o join lead l on l.id = cast(o.key as uuid)
     where o.kind = 'distribution.run' and o.state in ('ready', 'taken') and o.state = 'ready' and o.run_at <= :now
       and l.niche_id = (select niche_id from lead where id = :lead) and l.id <> :lead
     order by o.key limit :most for update of o skip locked""")


def waiting_beside(session: Session, *, lead_id: UUID, most: int, now: datetime) -> list[UUID]:
    """Ids of due jobs that distribute other leads of the lead's niche, oldest first, ``most`` at the most; locked."""
    return list(session.scalars(_BESIDE, {"lead": lead_id, "most": most, "now": now}))
