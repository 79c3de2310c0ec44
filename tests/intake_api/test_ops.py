"""Health and metrics (SPEC 13.3)."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from core.kit import config, db, outbox, redis
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.ids import named_uuid7


def test_a_well_instance_is_live_and_ready(client: FlaskClient) -> None:
    assert client.get("/health/live").get_json() == {"status": "live"}
    answer = client.get("/health/ready")
    assert answer.status_code == 200 and answer.get_json()["down"] == []
    assert [check["name"] for check in answer.get_json()["checks"]] == ["database", "queue", "redis"]


def test_what_is_down_is_named_and_the_rest_still_told(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    config.settings.cache_clear()
    redis.redis.cache_clear()
    answer = client.get("/health/ready")
    assert answer.status_code == 503 and answer.get_json()["down"] == ["redis"]
    monkeypatch.undo()
    config.settings.cache_clear()
    redis.redis.cache_clear()


def test_a_database_that_is_away_is_named(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/nothing")
    config.settings.cache_clear()
    db.engine().dispose()
    db.engine.cache_clear()
    answer = client.get("/health/ready")
    assert answer.status_code == 503 and answer.get_json()["down"] == ["database"]
    assert client.get("/health/live").status_code == 200
    db.engine.cache_clear()


def test_a_queue_that_nobody_works_on_is_named(client: FlaskClient) -> None:
    earlier = utc_now() - timedelta(minutes=30)
    with transaction() as session:
        written = named_uuid7(int(earlier.timestamp() * 1000), "half an hour ago")
        outbox.enqueue(session, "email", key="1", now=earlier, job_id=written)
    answer = client.get("/health/ready")
    assert answer.status_code == 503 and answer.get_json()["down"] == ["queue"]
    assert "Is a worker running?" in answer.get_json()["checks"][1]["detail"]


def test_metrics_count_the_queue_and_are_for_this_machine(client: FlaskClient) -> None:
    with transaction() as session:
        outbox.enqueue(session, "email", key="1", now=utc_now())
    answer = client.get("/metrics")
    assert answer.status_code == 200 and 'hotleads_queue_depth{kind="email"} 1.0' in answer.text
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 403


def test_a_metrics_token_opens_from_anywhere_and_only_itself(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLEADS_METRICS_TOKEN", "m3trics-token")
    config.settings.cache_clear()
    outside = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.get("/metrics").status_code == 403
    good = client.get("/metrics", headers={"Authorization": "Bearer m3trics-token"}, environ_base=outside)
    bad = client.get("/metrics", headers={"Authorization": "Bearer wrong"}, environ_base=outside)
    assert (good.status_code, bad.status_code) == (200, 403)
    config.settings.cache_clear()
