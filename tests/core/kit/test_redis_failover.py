"""A Redis that dies and its replica that takes over: what is lost is what may be lost (house rule 7, docs/scaling.md)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from redis import Redis
from sqlalchemy import Engine

from core.kit import cache, config, limits, live, outbox
from core.kit import redis as kit_redis
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.local import LocalRedis
from jobs import broker, relay
from tests.eventually import eventually

KEEP = timedelta(minutes=5)
CALL = [("register", ("203.0.113.9",))]


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[LocalRedis, LocalRedis]]:
    """A Redis of the test's own, used by this process, and a replica of it."""
    first, second = LocalRedis(tmp_path, "first"), LocalRedis(tmp_path, "second")
    url = first.start()
    replica = Redis.from_url(second.start())
    replica.replicaof("127.0.0.1", url.rsplit(":", 1)[1].split("/")[0])
    eventually(lambda: replica.info("replication")["master_link_status"] == "up")
    use(monkeypatch, url)
    yield first, second
    first.stop()
    second.stop()
    forget()


def use(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    forget()


def forget() -> None:
    config.settings.cache_clear()
    kit_redis.redis.cache_clear()
    limits._limiter.cache_clear()
    broker.broker.cache_clear()


def queued() -> set[bytes]:
    return {data[8:] for data in kit_redis.redis().zrange(f"huey.redis.{broker.NAME}", 0, -1)}


def enqueue(key: str) -> UUID:
    with transaction() as session:
        row = outbox.enqueue(session, "email", key=key, now=utc_now())
    assert row is not None
    return row


def test_a_failover_loses_no_work_and_counts_on(
    database: Engine, pair: tuple[LocalRedis, LocalRedis], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = pair
    leave = broker.connect()
    try:
        before = enqueue("before")
        limits.hit_all(CALL)
        with transaction() as session:
            live.touch(session, "marketplace")
        assert cache.cached("figure", lambda: 1, now=utc_now(), keep=KEEP).value == 1
        assert len(queued()) == 1
        kit_redis.redis().wait(1, 5_000)

        first.stop()
        between = enqueue("between")  # committed while there is no broker
        assert limits.hit_all(CALL) is None, "a limit that can't be counted lets pass"
        assert live.versions(["marketplace"]) is None, "pages look instead of waiting to be told"
        assert cache.cached("figure", lambda: 2, now=utc_now(), keep=KEEP).value == 2

        Redis.from_url(second.url()).replicaof("NO", "ONE")
        use(monkeypatch, second.url())
        assert len(queued()) == 1, "the replica had the message"
        window = limits.hit_all(CALL)
        assert window is not None and window.remaining == 1, "and the count: three an hour, this is the second that counts"
        assert live.versions(["marketplace"]) == (1,)
        assert cache.cached("figure", lambda: 3, now=utc_now(), keep=KEEP).value == 1
        relay.tick({name: entry_slot(name) for name in relay.schedule.SCHEDULE}, now=utc_now())
        told = queued()
        assert all(any(str(row).encode() in message for message in told) for row in (before, between)), "the rows tell the rest"
    finally:
        leave()


def entry_slot(name: str) -> datetime:
    return relay.schedule.SCHEDULE[name].slot(utc_now())
