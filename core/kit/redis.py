"""Redis holds only what may be lost: caches, rate windows, broker messages, presence (house rule 7)."""

from functools import lru_cache

from redis import Redis

from core.kit.config import settings
from core.kit.errors import Unavailable


@lru_cache(maxsize=1)
def redis() -> "Redis[bytes]":
    """The process's client; raises ``Unavailable`` when no Redis is configured."""
    if not settings().redis_url:
        raise Unavailable("redis.missing", "No Redis is configured. Run `make run`, or set REDIS_URL.")
    return Redis.from_url(settings().redis_url, socket_timeout=2, socket_connect_timeout=2)
