"""Who looked for what, and at what: for demand, recently viewed leads and the models; never a reason to fail (SPEC 9.1).

What was looked at, held or bought is written with it. A search is only a note, which a job writes down soon after, so that
nobody waits for it; it may be lost.
"""

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit import notes
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.marketplace.query import SearchQuery

SEARCHES, AT_ONCE = "market_search", 5_000

_RECORD = text("""
    insert into market_event (id, kind, user_id, provider_id, lead_id, at) values (:id, :kind, :user, :provider, :lead, :now)""")
_SEARCHES = text("""
    insert into market_event (id, kind, user_id, provider_id, query, found, at)
    select dated_id(n.at), 'search', n.user_id, n.provider_id, n.query, n.found, n.at
      from jsonb_to_recordset(cast(:notes as jsonb))
        n (user_id uuid, provider_id uuid, query jsonb, found integer, at timestamptz)""")
_RECENT = text("""
    select seen.lead_id from (
      select distinct on (lead_id) lead_id, id from (
        select lead_id, id from market_event where user_id = :user and kind = 'view' order by id desc limit 200) latest
       order by lead_id, id desc) seen
      join on_sale o using (lead_id) order by seen.id desc limit :limit""")


def note_search(session: Session, *, actor: Actor, query: SearchQuery, found: int, now: datetime) -> None:
    """Note a search of a company's people; staff look without leaving a trace in the demand."""
    if actor.role != "provider":
        return
    who = {"user_id": str(actor.user_id), "provider_id": str(actor.provider_id)}
    notes.note(session, SEARCHES, who | {"query": query.document(), "found": found, "at": now.isoformat()})


def keep_searches(session: Session) -> int:
    """Write down the searches noted since the last time, ``AT_ONCE`` at most (SPEC 13.1); returns how many."""
    noted = notes.take(SEARCHES, most=AT_ONCE)
    if noted:
        session.execute(_SEARCHES, {"notes": json.dumps(noted)})
    return len(noted)


def record(session: Session, *, actor: Actor, kind: str, lead_id: UUID, now: datetime) -> None:
    """Note that a company's person viewed, held or bought a listing."""
    if actor.role == "provider":
        values = {"id": uuid7(), "kind": kind, "user": actor.user_id, "provider": actor.provider_id, "lead": lead_id, "now": now}
        session.execute(_RECORD, values)


def recently_viewed(session: Session, *, actor: Actor, limit: int = 6) -> list[UUID]:
    """The listings that this person looked at last and that are still on sale, the latest first."""
    return list(session.execute(_RECENT, {"user": actor.user_id, "limit": limit}).scalars())
