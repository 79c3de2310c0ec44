"""When the person behind one's own lead may be called (SPEC 2.5, 7.1)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import policies
from core.inbox.errors import AssignmentNotFound
from core.kit.actor import Actor
from core.policies import Calling

_CASE = text("""
    select l.niche_id, coalesce(z.state, m.state) as state, m.timezone
      from assignment a join lead l on l.id = a.lead_id join market m on m.id = l.market_id
      left join market_zip z on z.zip = l.zip
     where a.id = :id and a.provider_id = :provider""")


def calling_of(session: Session, *, actor: Actor, assignment_id: UUID, now: datetime) -> Calling:
    """Whether now is a time to call, by the policies of the person's state and the niche; for the company that holds the lead."""
    values = {"id": assignment_id, "provider": actor.require_provider()}
    case = session.execute(_CASE, values).one_or_none()
    if case is None:
        raise AssignmentNotFound
    rules = policies.in_force(session, niche_id=case.niche_id, state=case.state, at=now)
    return policies.calling(rules, timezone=case.timezone, at=now)
