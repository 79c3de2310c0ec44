"""Rate limits: sliding windows in Redis (SPEC 1.7), any number of rules in one round trip."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from time import time
from typing import TypeVar

from limits import RateLimitItem, parse
from redis import RedisError
from redis.commands.core import Script

from core.kit.errors import TooMany, Unavailable
from core.kit.logs import logger
from core.kit.redis import redis

RULES = {
    "user": "100/minute",
    "key": "300/minute",
    "partner": "1000/10 seconds",  # 100 a second on the whole ...
    "partner.burst": "200/second",  # ... and up to 200 in any one
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
    "pay": "20/minute",
    "webhook.forged": "60/minute",
}


Verb = TypeVar("Verb", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Window:
    """Where a caller stands in one limit: for the ``X-RateLimit-*`` headers."""

    limit: int
    remaining: int
    reset_at: float


# Sliding window counter: the window before counts with the share of it that still lies within one period of now.
# Either every rule has room and all are counted, or none is. Answers per rule: room left, seconds until it frees.
_COUNT = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1e6
local seen, refused = {}, 0
for i, key in ipairs(KEYS) do
  local most, period = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local window = math.floor(now / period)
  local kept = redis.call('HMGET', key, 'window', 'count', 'before')
  local age = window - (tonumber(kept[1]) or -9)
  local count = age == 0 and tonumber(kept[2]) or 0
  local before = age == 0 and tonumber(kept[3]) or age == 1 and tonumber(kept[2]) or 0
  local gone = now / period - window
  local used = before * (1 - gone) + count
  local wait = (1 - gone) * period
  if used + 1 > most then
    refused = i
    if count + 1 <= most then wait = (1 - (most - count - 1) / before - gone) * period
    else wait = wait + (1 - (most - 1) / count) * period end
  end
  seen[i] = {key, window, count, before, period, math.max(0, math.floor(most - used - 1)), tostring(wait)}
end
local answer = {refused}
for i, s in ipairs(seen) do
  if refused == 0 then
    redis.call('HSET', s[1], 'window', s[2], 'count', s[3] + 1, 'before', s[4])
    redis.call('PEXPIRE', s[1], 2000 * s[5])
  end
  answer[#answer + 1] = s[6]
  answer[#answer + 1] = s[7]
end
return answer
"""


@lru_cache(maxsize=1)
def _limiter() -> Script:
    return redis().register_script(_COUNT)


@lru_cache(maxsize=64)
def _rule(name: str) -> RateLimitItem:
    return parse(RULES[name])


def hit_all(calls: Sequence[tuple[str, tuple[str, ...]]]) -> Window | None:
    """Count a call against several rules (name, who) at once, or against none and raise ``TooMany``; the tightest window.

    Without Redis calls pass (``None``) and a warning is logged: a lost cache must not close the exchange.
    """
    rules = [_rule(name) for name, _ in calls]
    keys = [f"limit:{name}:{':'.join(who)}" for name, who in calls]
    try:
        refused, *found = _limiter()(keys, [number for rule in rules for number in (rule.amount, rule.get_expiry())])
    except (RedisError, Unavailable) as error:
        logger().warning("limits.unavailable", rule=calls[0][0], error=str(error))
        return None
    windows = [
        Window(rule.amount, int(left), time() + float(wait))
        for rule, left, wait in zip(rules, found[::2], found[1::2], strict=True)
    ]
    if refused:
        wait = max(1, ceil(float(found[2 * refused - 1])))
        raise TooMany("rate.limited", f"Too many tries. Please wait {_words(wait)}.", retry_after_s=wait)
    return min(windows, key=lambda window: window.remaining)


# Only within the window in which it was counted; what the next one makes of it is a try too many at worst.
_GIVE_BACK = "if tonumber(redis.call('HGET', KEYS[1], 'count') or 0) > 0 then redis.call('HINCRBY', KEYS[1], 'count', -1) end"


def give_back(name: str, who: tuple[str, ...]) -> None:
    """Uncount a call that came to nothing by our own fault."""
    try:
        redis().register_script(_GIVE_BACK)([f"limit:{name}:{':'.join(who)}"])
    except (RedisError, Unavailable) as error:
        logger().warning("limits.unavailable", rule=name, error=str(error))


def counts_as_bulk(verb: Verb) -> Verb:
    """Mark a verb that decides about many things at once: a press of it counts against the limit for those, too (SPEC 1.7)."""
    verb.counts_as_bulk = True  # type: ignore[attr-defined]
    return verb


def hit_by_press(verb: Callable[..., object], user_id: str) -> None:
    """Count a press on a page against its user's own limits, the ones their API calls count against; raises ``TooMany``."""
    rules = ("user", "bulk") if getattr(verb, "counts_as_bulk", False) else ("user",)
    hit_all([(rule, (user_id,)) for rule in rules])


def _words(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 90 else f"{round(seconds / 60)} minutes"
