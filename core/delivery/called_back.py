"""News and endpoints that a clock which was ahead has put off (docs/adr/0033)."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.delivery.carry import BUSY
from core.kit.db import rows_of
from core.kit.outbox_clock import AHEAD

_NEWS = text("""
    update webhook_delivery d set next_at = :now
     where state = 'waiting' and next_at > :now
       and greatest(created_at, (select max(at) from webhook_attempt where delivery_id = d.id)) > :ahead""")
_ENDPOINTS = text("""
    update webhook_endpoint set busy_until = case when busy_until > :longest then :busy else busy_until end,
           calls_from = case when updated_at > :ahead then null else calls_from end
     where active and (busy_until > :longest or (calls_from > :now and updated_at > :ahead))""")


def call_back(session: Session, *, now: datetime) -> int:
    """Make due what was told, tried or left alone in what is still the future; returns how many rows. All else waits on."""
    moments = {"now": now, "ahead": now + AHEAD, "busy": now + BUSY, "longest": now + BUSY + AHEAD}
    return sum(rows_of(session.execute(statement, moments)) for statement in (_NEWS, _ENDPOINTS))
