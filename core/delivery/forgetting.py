"""The log of calls is not kept for ever: what is over and old goes, with every answer (SPEC 13.6)."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

# A delivery that was replayed goes with its last replay.
_OLD = """from webhook_delivery d where d.id < oldest_id(:before) and d.state <> 'waiting' and d.finished_at < :before
            and not exists (select from webhook_delivery r where r.replay_of = d.id)"""


def count_old(session: Session, *, before: datetime, most: int) -> int:
    """How many deliveries were over before a moment; counts up to ``most``."""
    counted = text(f"select count(*) from (select 1 {_OLD} limit :most) found")  # noqa: S608 -- constant
    return int(session.execute(counted, {"before": before, "most": most}).scalar_one())


def forget_old(session: Session, *, before: datetime, most: int) -> int:
    """Delete up to ``most`` of them with their calls, oldest first; returns how many."""
    chosen = text(f"select d.id {_OLD} order by d.id limit :most for update skip locked")
    ids = list(session.execute(chosen, {"before": before, "most": most}).scalars())
    for table, column in (("webhook_attempt", "delivery_id"), ("webhook_delivery", "id")):
        session.execute(text(f"delete from {table} where {column} = any (:ids)"), {"ids": ids})  # noqa: S608 -- our own names
    return len(ids)
