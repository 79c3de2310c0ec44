"""After-work for a whole batch: many rows of the outbox in one statement."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.db import Json
from core.kit.ids import uuid7
from core.kit.logs import correlation_id
from core.kit.outbox import USUAL, wake_after_commit
from core.kit.sql_values import as_json

# In the order of their keys, so that two batches which ask for the same work don't wait for each other in a circle.
_INSERT = text("""
insert into outbox (id, kind, key, payload, priority, run_at, correlation_id, created_at)
select r.id, :kind, r.key, r.payload, :priority, :now, :correlation, :now
  from jsonb_to_recordset(cast(:rows as jsonb)) r (id uuid, key text, payload jsonb) order by r.key
on conflict do nothing returning id""")


def enqueue_all(session: Session, kind: str, *, payloads: Mapping[str, Json], now: datetime, priority: int = USUAL) -> int:
    """``outbox.enqueue`` of many rows of one kind, by key; the relay is told of them after commit. Returns how many are new."""
    if not payloads:
        return 0
    rows = [{"id": uuid7(), "key": key, "payload": payload} for key, payload in payloads.items()]
    values = {"kind": kind, "priority": priority, "now": now, "correlation": correlation_id.get()}
    added = session.execute(_INSERT, values | {"rows": as_json(rows)}).all()
    if added:
        wake_after_commit(session)
    return len(added)
