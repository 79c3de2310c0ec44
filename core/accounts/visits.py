"""Visits: when people use the pages, and for how long (SPEC 12.2). A pause of half an hour ends a visit."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.ids import uuid7

PAUSE = timedelta(minutes=30)
_NOTE = text("""
    with going_on as (
      update user_visit set last_seen_at = greatest(last_seen_at, :now)
       where id = (select id from user_visit where user_id = :user order by id desc limit 1) and last_seen_at > :since
      returning id)
    insert into user_visit (id, user_id, started_at, last_seen_at)
    select :id, :user, :now, :now where not exists (select from going_on)""")


def note_visit(session: Session, *, user_id: UUID, now: datetime) -> None:
    """Somebody was seen on a page: their visit goes on, or a new one begins."""
    session.execute(_NOTE, {"id": uuid7(), "user": user_id, "now": now, "since": now - PAUSE})
