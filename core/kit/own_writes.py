"""Whoever wrote sees it: up to which place of the log a replica must have come before it may answer them (docs/adr/0030).

Kept in Redis per company, for staff per person. While Redis can't tell, the primary answers; what a flush of it loses is at
most as old as ``HOTLEADS_REPLICA_LAG_S``.
"""

from redis import RedisError

from core.kit import replica_lag
from core.kit.actor import STAFF, Actor
from core.kit.config import settings
from core.kit.errors import Unavailable
from core.kit.logs import logger
from core.kit.redis import redis

KEEP_S = 3600  # a replica further behind than this is not asked in any case


def note(actor: Actor | None) -> None:
    """Remember where the log stood after what the actor did was committed; nothing without a replica."""
    if not settings().database_replica_url or actor is None or (actor.provider_id is None and actor.role not in STAFF):
        return
    place, key = replica_lag.written(), _key(actor)
    try:
        with redis().pipeline(transaction=False) as pipe:
            pipe.zadd(key, {"place": place}, gt=True)  # never back: two may have written at once
            pipe.expire(key, KEEP_S)
            pipe.execute()
    except (RedisError, Unavailable) as error:
        logger().warning("own_writes.unavailable", error=str(error))


def mark_of(actor: Actor) -> int | None:
    """The place a replica must have replayed for the actor, 0 when any will do; ``None`` when nobody can tell."""
    try:
        found = redis().zscore(_key(actor), "place")
    except (RedisError, Unavailable) as error:
        logger().warning("own_writes.unavailable", error=str(error))
        return None
    return 0 if found is None else int(found)


def _key(actor: Actor) -> str:
    return f"own:{actor.provider_id or actor.user_id}"
