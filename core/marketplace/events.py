"""Who looked for what, and at what: for demand, recently viewed leads and the models; never a reason to fail (SPEC 9.1)."""

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.marketplace.query import SearchQuery

_RECORD = text("""
    insert into market_event (id, kind, user_id, provider_id, lead_id, query, found, at)
    values (:id, :kind, :user, :provider, :lead, cast(:query as jsonb), :found, :now)""")
_RECENT = text("""
    select seen.lead_id from (
      select distinct on (lead_id) lead_id, id from (
        select lead_id, id from market_event where user_id = :user and kind = 'view' order by id desc limit 200) latest
       order by lead_id, id desc) seen
      join on_sale o using (lead_id) order by seen.id desc limit :limit""")


def record_search(session: Session, *, actor: Actor, query: SearchQuery, found: int, now: datetime) -> None:
    """Note a search of a company's people; staff look without leaving a trace in the demand."""
    if actor.role == "provider":
        _record(session, actor, "search", None, now, query=json.dumps(query.document()), found=found)


def record(session: Session, *, actor: Actor, kind: str, lead_id: UUID, now: datetime) -> None:
    """Note that a company's person viewed, held or bought a listing."""
    if actor.role == "provider":
        _record(session, actor, kind, lead_id, now)


def recently_viewed(session: Session, *, actor: Actor, limit: int = 6) -> list[UUID]:
    """The listings that this person looked at last and that are still on sale, the latest first."""
    return list(session.execute(_RECENT, {"user": actor.user_id, "limit": limit}).scalars())


def _record(
    session: Session,
    actor: Actor,
    kind: str,
    lead_id: UUID | None,
    now: datetime,
    *,
    query: str | None = None,
    found: int | None = None,
) -> None:
    values = {"id": uuid7(), "kind": kind, "user": actor.user_id, "provider": actor.provider_id, "lead": lead_id}
    session.execute(_RECORD, values | {"query": query, "found": found, "now": now})
