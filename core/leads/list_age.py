"""How old a do-not-contact list may be to be believed: by the policies of place and niche, else by the setting (SPEC 2.5)."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ops, policies

_STRICTEST = text("""
    select min(list_age_days) from (
      select distinct on (niche_id, state) list_age_days from policy_period where from_at <= :now
       order by niche_id, state, from_at desc) rules""")


def oldest_good_list(session: Session, *, niche_id: UUID, state: str, now: datetime) -> date:
    """The day a list must have been made on, or later, to be believed for leads of a niche in a state."""
    rules = policies.in_force(session, niche_id=niche_id, state=state, at=now)
    days = rules.list_age_days if rules.list_age_days is not None else ops.threshold(session, "list_age_days")
    return now.date() - timedelta(days=days)


def believed_everywhere(session: Session, *, now: datetime) -> timedelta:
    """How old a list may be to be believed for every lead, whatever its niche and state."""
    days, strictest = ops.threshold(session, "list_age_days"), session.execute(_STRICTEST, {"now": now}).scalar_one()
    return timedelta(days=days if strictest is None else min(days, strictest))
