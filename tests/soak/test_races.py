"""The race of ``make soak`` with few workers: every rule holds whoever is killed (SPEC 5.3, 9.2, 9.3)."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from core.kit import config, redis
from core.kit.local import LocalRedis
from tests.soak import races

SIZE = races.Size(workers=6, leads=6, companies=6, actions=12, kills=3, outages=2)


@pytest.fixture
def own_redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalRedis]:
    """A Redis that may be killed."""
    server = LocalRedis(tmp_path)
    monkeypatch.setenv("REDIS_URL", server.start())
    for cached in (config.settings, redis.redis):
        cached.cache_clear()
    yield server
    server.stop()
    monkeypatch.undo()
    for cached in (config.settings, redis.redis):
        cached.cache_clear()


def test_no_slot_is_sold_twice_whoever_is_killed(database: Engine, own_redis: LocalRedis, now: datetime) -> None:
    url = database.url.render_as_string(hide_password=False)
    result = races.run(url, own_redis, SIZE, seed=7, now=now)
    assert result.faults == []
    assert result.killed and result.outages == SIZE.outages
    assert result.answers["hold: done"] and result.answers["buy: done"] and result.answers["push: done"]
