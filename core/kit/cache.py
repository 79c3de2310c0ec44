"""A JSON cache with its age, for figures that may be minutes old (SPEC 12.1)."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from redis import RedisError

from core.kit.errors import Unavailable
from core.kit.logs import logger
from core.kit.redis import redis


@dataclass(frozen=True, slots=True)
class Cached:
    """A value and the moment it was computed."""

    value: Any
    computed_at: datetime


def cached(key: str, compute: Callable[[], Any], *, now: datetime, keep: timedelta, refresh: bool = False) -> Cached:
    """The cached JSON value of ``key``, or a fresh one; a Redis that is down or missing only costs the saving."""
    found = None if refresh else _look(key)
    if found is not None:
        return found
    value = compute()
    try:
        redis().set(f"cache:{key}", json.dumps({"value": value, "at": now.isoformat()}), ex=keep)
    except (RedisError, Unavailable) as error:
        logger().warning("cache.unavailable", key=key, error=str(error))
    return Cached(value, now)


def _look(key: str) -> Cached | None:
    try:
        found = redis().get(f"cache:{key}")
    except (RedisError, Unavailable) as error:
        logger().warning("cache.unavailable", key=key, error=str(error))
        return None
    if not found:
        return None
    kept = json.loads(found)
    return Cached(kept["value"], datetime.fromisoformat(kept["at"]))
