"""Metrics of the exchange as a scrape gets them: whole, cheap, and honest when the database is away (SPEC 13.3)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from core import distribution, ledger
from core.kit import config, db, outbox
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.ids import named_uuid7, uuid7
from tests.builders import a_provider


def scrape(client: FlaskClient) -> dict[tuple[str, tuple[str, ...]], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return {(sample.name, tuple(sample.labels.values())): sample.value for family in families for sample in family.samples}


def run_sql(sql: str, **values: Any) -> None:
    with transaction() as session:
        session.execute(text(sql), values)


def test_an_empty_queue_is_a_figure(client: FlaskClient) -> None:
    seen = scrape(client)
    assert {value for (name, _), value in seen.items() if name in ("hotleads_queue_depth", "hotleads_dead_letters")} == {0}
    assert ("hotleads_queue_depth", ("email",)) in seen and ("hotleads_relay_quiet_seconds", ()) not in seen


def test_the_queue_is_read_by_kind(client: FlaskClient) -> None:
    now = utc_now()
    with transaction() as session:
        for key in "12":
            outbox.enqueue(session, "email", key=key, now=now, job_id=named_uuid7(int(now.timestamp() * 1000) - 60_000, key))
        dead = outbox.enqueue(session, "lead.score", key="1", now=now)
        payload = {"slot": now.isoformat(), "every_s": 10}
        outbox.enqueue(session, "schedule.seal", key="open", now=now - timedelta(minutes=5), payload=payload)
    run_sql("update outbox set run_at = run_at - interval '1 minute' where kind = 'email'")
    run_sql("update outbox set state = 'dead', finished_at = now() where id = :id", id=dead)
    run_sql("update outbox set attempts = 1, error = 'no', failed_at = now() where kind = 'schedule.seal'")
    seen = scrape(client)
    assert seen["hotleads_queue_depth", ("email",)] == 2 and seen["hotleads_dead_letters", ("lead.score",)] == 1
    assert 59 <= seen["hotleads_queue_oldest_due_seconds", ("email",)] < 600
    assert seen["hotleads_schedule_failing", ("seal",)] == 1
    assert 300 <= seen["hotleads_relay_quiet_seconds", ()] < 900
    assert {name: seen["hotleads_health", (name,)] for name in ("database", "redis")} == {"database": 1, "redis": 1}


def test_a_drift_shows_until_it_is_settled(client: FlaskClient) -> None:
    """Behind the application's back: the cached balance is changed by the owner, with triggers off."""
    assert scrape(client)["hotleads_ledger_drift_cents", ()] == 0
    with transaction() as session:
        provider = a_provider(session, utc_now(), balance_cents=0).id
    tampered(provider, 2_500)
    with transaction() as session:
        (drift,) = ledger.reconcile(session, now=utc_now())
    assert not drift.corrected
    seen = scrape(client)
    assert seen["hotleads_ledger_drift_cents", ()] == 2_500 and seen["hotleads_ledger_drifts_total", ("frozen",)] >= 1


def tampered(provider: UUID, cents: int) -> None:
    engine = db.make_engine(config.settings().database_url, as_app_role=False)
    with engine.begin() as owner:
        owner.execute(text("set session_replication_role = replica"))
        owner.execute(text("update wallet set balance_cents = :cents where provider_id = :id"), {"cents": cents, "id": provider})
    engine.dispose()


def test_a_verification_that_found_something_shows(client: FlaskClient) -> None:
    assert ("hotleads_verification_failed_checks", ()) not in scrape(client), "nothing was verified yet"
    checks = '[{"name": "ledger", "ok": true, "detail": ""}, {"name": "seals", "ok": false, "detail": "x"}]'
    run_sql(
        """insert into verification (id, asked_by, asked_at, ok, checks, finished_at)
           values (:id, :id, now(), false, cast(:checks as jsonb), now())""",
        id=uuid7(),
        checks=checks,
    )
    assert scrape(client)["hotleads_verification_failed_checks", ()] == 1


def test_a_database_that_is_away_is_a_reading_too(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/nothing")
    config.settings.cache_clear()
    db.engine().dispose()
    db.engine.cache_clear()
    seen = scrape(client)
    assert seen["hotleads_health", ("database",)] == 0 and seen["hotleads_health", ("redis",)] == 1
    assert not [name for name, _ in seen if name == "hotleads_queue_depth"]
    assert ("hotleads_billing_failures_total", ()) in seen
    db.engine.cache_clear()


def test_a_streak_without_sales_is_read(client: FlaskClient) -> None:
    assert scrape(client)["hotleads_zero_assignment_streak", ()] == 0
    with transaction() as session:
        assert distribution.zero_streak(session) == 0
