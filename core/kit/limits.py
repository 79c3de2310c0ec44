"""Rate limits: sliding windows in Redis (SPEC 1.7)."""

from dataclasses import dataclass
from functools import lru_cache
from time import time

from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from core.kit.config import settings
from core.kit.errors import TooMany
from core.kit.logs import logger

RULES = {
    "user": "100/minute",
    "account.anonymous": "20/minute",
    "login.pair": "5/15 minutes",
    "login.ip": "30/15 minutes",
    "register": "3/hour",
    "forgot": "3/hour",
    "verify": "10/minute",
    "lead.email": "5/hour",
    "lead.ip": "60/minute",
    "confirm": "10/minute",
    "bulk": "30/minute",
}


@dataclass(frozen=True, slots=True)
class Window:
    """Where a caller stands in one limit: for the ``X-RateLimit-*`` headers."""

    limit: int
    remaining: int
    reset_at: float


@lru_cache(maxsize=1)
def _limiter() -> SlidingWindowCounterRateLimiter:
    storage = RedisStorage(settings().redis_url, wrap_exceptions=True, socket_timeout=2)
    return SlidingWindowCounterRateLimiter(storage)


@lru_cache(maxsize=64)
def _rule(name: str) -> RateLimitItem:
    return parse(RULES[name])


def hit(name: str, *who: str) -> Window | None:
    """Count one call of ``who`` against rule ``name``; raises ``TooMany`` when it is used up.

    Without Redis calls pass (``None``) and a warning is logged: a lost cache must not close the exchange.
    """
    rule = _rule(name)
    try:
        allowed = _limiter().hit(rule, name, *who)
        stats = _limiter().get_window_stats(rule, name, *who)
    except StorageError as error:
        logger().warning("limits.unavailable", rule=name, error=str(error))
        return None
    if not allowed:
        wait = max(1, int(stats.reset_time - time()) + 1)
        raise TooMany("rate.limited", f"Too many tries. Please wait {_words(wait)}.", retry_after_s=wait)
    return Window(rule.amount, stats.remaining, stats.reset_time)


def _words(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 90 else f"{round(seconds / 60)} minutes"
