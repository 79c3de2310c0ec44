"""Rate windows and the cache, on a real Redis (SPEC 1.7, 12.1)."""

import socket
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from core.kit import config, limits, redis
from core.kit.cache import cached
from core.kit.errors import TooMany


def hit(name: str, *who: str) -> limits.Window | None:
    return limits.hit_all([(name, who)])


def test_the_sixth_sign_in_of_a_pair_waits_and_another_pair_does_not() -> None:
    for left in range(4, -1, -1):
        window = hit("login.pair", "pat@example.com", "10.0.0.1")
        assert window is not None and window.remaining == left
    with pytest.raises(TooMany) as refused:
        hit("login.pair", "pat@example.com", "10.0.0.1")
    assert 0 < refused.value.retry_after_s <= 2 * 15 * 60
    assert hit("login.pair", "pat@example.com", "10.0.0.2") is not None


def test_several_rules_are_counted_together_or_not_at_all() -> None:
    for _ in range(5):
        window = limits.hit_all([("lead.ip", ("10.0.0.1",)), ("lead.email", ("a",))])
    assert window is not None and (window.limit, window.remaining) == (5, 0)
    with pytest.raises(TooMany):
        limits.hit_all([("lead.ip", ("10.0.0.1",)), ("lead.email", ("a",))])
    after = hit("lead.ip", "10.0.0.1")
    assert after is not None and after.remaining == 60 - 6, "a refused call counts against no rule"


def test_the_window_slides(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full window before weighs less the further we are in this one; the wait that is told is enough."""
    seconds, micro = redis.redis().time()
    into = (seconds + micro / 1e6) % 60
    key = "limit:confirm:10.0.0.9"
    redis.redis().hset(key, mapping={"window": int(seconds // 60) - 1, "count": 10, "before": 0})
    free = 10 - 10 * (1 - into / 60)
    allowed = 0
    with pytest.raises(TooMany) as refused:
        for _ in range(11):
            hit("confirm", "10.0.0.9")
            allowed += 1
    assert allowed in {int(free), int(free) + 1} and refused.value.retry_after_s <= 61


def test_without_redis_calls_pass_and_values_are_computed(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    for forget in (config.settings, redis.redis, limits._limiter):
        forget.cache_clear()
    try:
        assert hit("user", "someone") is None
        assert cached("figure", lambda: 7, now=now, keep=timedelta(minutes=5)).value == 7
    finally:
        monkeypatch.undo()
        for forget in (config.settings, redis.redis, limits._limiter):
            forget.cache_clear()


def test_a_cached_value_keeps_its_age_until_refreshed(now: datetime) -> None:
    first = cached("kpi", lambda: 1, now=now, keep=timedelta(minutes=5))
    later = now + timedelta(minutes=1)
    assert cached("kpi", lambda: 2, now=later, keep=timedelta(minutes=5)) == first
    fresh = cached("kpi", lambda: 2, now=later, keep=timedelta(minutes=5), refresh=True)
    assert (fresh.value, fresh.computed_at) == (2, later)


class SilentServer:
    """Takes connections and says nothing, as a Redis that hangs; counts those who came."""

    def __enter__(self) -> "SilentServer":
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listening.getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self.listening.close()

    def callers(self) -> int:
        """Connections that were tried so far."""
        self.listening.setblocking(False)
        count = 0
        with suppress(BlockingIOError):
            while True:
                self.listening.accept()[0].close()
                count += 1
        return count


def test_a_redis_that_hangs_is_asked_once_and_then_left_alone(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(redis, "PATIENCE_S", 0.05)
    monkeypatch.setattr(redis, "LEFT_ALONE_S", 3_600.0)
    with SilentServer() as server:
        monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{server.port}/0")
        _forget()
        for number in range(20):
            assert hit("lead.ip", "10.0.0.1") is None
            assert cached(f"figure{number}", lambda: 7, now=now, keep=timedelta(minutes=1)).value == 7
        assert server.callers() == 1
    monkeypatch.undo()
    _forget()


def test_a_redis_that_answers_again_is_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    client = redis.redis()
    hanging = client.connection_pool.connection_class.hanging  # type: ignore[attr-defined]
    monkeypatch.setattr(redis, "LEFT_ALONE_S", 3_600.0)
    hanging.begins()
    assert hit("lead.ip", "10.0.0.1") is None
    hanging._until = 0.0  # as if the hour were over
    assert hit("lead.ip", "10.0.0.1") is not None and hit("lead.ip", "10.0.0.1") is not None


def _forget() -> None:
    for cache in (config.settings, redis.redis, limits._limiter):
        cache.cache_clear()
