"""A JSON cache with its age, for figures that may be minutes old (SPEC 12.1)."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from redis import RedisError

from core.kit.logs import logger
from core.kit.redis import redis


@dataclass(frozen=True, slots=True)
class Cached:
    """A value and the moment it was computed."""

    value: Any
    computed_at: datetime


def cached(key: str, compute: Callable[[], Any], *, now: datetime, keep: timedelta, refresh: bool = False) -> Cached:
    """The cached JSON value of ``key``, or a fresh one; a Redis that is down only costs the saving."""
    try:
        found = None if refresh else redis().get(f"cache:{key}")
        if found:
            kept = json.loads(found)
            return Cached(kept["value"], datetime.fromisoformat(kept["at"]))
        value = compute()
        redis().set(f"cache:{key}", json.dumps({"value": value, "at": now.isoformat()}), ex=keep)
        return Cached(value, now)
    except RedisError as error:
        logger().warning("cache.unavailable", key=key, error=str(error))
        return Cached(compute(), now)
