"""Queues and dead letters over HTTP: read by staff, decided by administrators, one or many (SPEC 13.2)."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from core import ops
from core.kit import config, limits, outbox
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.ids import uuid7
from tests.builders import a_backup
from tests.intake_api.rest.conftest import World


@pytest.fixture
def letters(world: World) -> list[UUID]:
    made = []
    with transaction() as session:
        for key in ("1", "2", "3"):
            row = outbox.enqueue(
                session, "lead.score", key=key, now=utc_now(), max_attempts=1, payload={"note": "(702) 555-0123"}
            )
            assert row is not None
            job = outbox.take(session, row, now=utc_now())
            assert job is not None and outbox.fail(session, job, error="broken", now=utc_now()) == "dead"
            made.append(row)
    return made


def state(row: UUID) -> Any:
    with transaction() as session:
        return session.execute(text("select state from outbox where id = :id"), {"id": row}).scalar_one()


def test_queues_tell_what_runs_what_failed_and_the_schedule(world: World, letters: list[UUID]) -> None:
    ops.announce(
        ops.RunningJob(uuid7(), "schedule.reconcile", "open", utc_now() - timedelta(minutes=2)), worker="host:1", now=utc_now()
    )
    with transaction() as session:
        payload = {"slot": utc_now().isoformat(), "every_s": 60}
        outbox.enqueue(session, "schedule.seal", key="open", now=utc_now(), payload=payload)
    told = world.call("analyst", "GET", "/admin/queues").get_json()
    assert [job["kind"] for job in told["running"]] == ["schedule.reconcile"]
    assert {failure["state"] for failure in told["failed_last_hour"]} == {"dead"} and len(told["failed_last_hour"]) == 3
    assert [(view["name"], view["result"]) for view in told["schedules"]] == [("seal", "waiting")]
    assert told["schedules"][0]["next_run_at"] > utc_now().isoformat()[:16]


def test_an_analyst_reads_them_without_contact_data_and_decides_nothing(world: World, letters: list[UUID]) -> None:
    (first, *_) = world.call("analyst", "GET", "/admin/queues/dlq").get_json()["items"]
    assert first["payload"] == {"note": "[phone]"}
    one = f"/admin/queues/dlq/{letters[0]}"
    assert world.call("analyst", "GET", one).get_json()["job"]["id"] == str(letters[0])
    assert world.call("analyst", "POST", f"{one}/retry").status_code == 403
    assert world.call("analyst", "DELETE", f"{one}?memo=Not+mine").status_code == 403
    assert world.call("analyst", "POST", "/admin/queues/dlq/bulk-retry", json={"job_ids": [str(letters[0])]}).status_code == 403
    assert state(letters[0]) == "dead"


def test_many_are_retried_or_resolved_each_for_itself(world: World, letters: list[UUID]) -> None:
    unknown = uuid7()
    body: dict[str, Any] = {"job_ids": [str(letters[0]), str(unknown)]}
    done = world.call("admin", "POST", "/admin/queues/dlq/bulk-retry", json=body).get_json()["items"]
    assert [(result["job_id"], result["ok"]) for result in done] == [(str(letters[0]), True), (str(unknown), False)]
    assert state(letters[0]) == "ready"

    body = {"job_ids": [str(row) for row in letters[1:]]}
    refused = world.call("admin", "POST", "/admin/queues/dlq/bulk-resolve", json=body)
    assert refused.status_code == 422 and refused.get_json()["error"]["fields"].keys() == {"memo"}
    assert world.call("admin", "POST", "/admin/queues/dlq/bulk-resolve", json=body | {"memo": "Test data"}).status_code == 200
    assert [state(row) for row in letters] == ["ready", "done", "done"]

    too_many = {"job_ids": [str(uuid7()) for _ in range(51)]}
    answer = world.call("admin", "POST", "/admin/queues/dlq/bulk-retry", json=too_many)
    assert answer.status_code == 422 and "at most 50" in answer.get_json()["error"]["message"]
    assert world.call("admin", "POST", "/admin/queues/dlq/bulk-retry", json={"job_ids": []}).status_code == 422


def test_many_at_once_are_counted_as_bulk_actions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """SPEC 1.7, as for leads and claims."""
    monkeypatch.setitem(limits.RULES, "bulk", "2/minute")
    limits._rule.cache_clear()
    body = {"job_ids": [str(uuid7())]}
    asked = [world.call("admin", "POST", "/admin/queues/dlq/bulk-retry", json=body).status_code for _ in range(2)]
    refused = world.call("admin", "POST", "/admin/queues/dlq/bulk-resolve", json=body | {"memo": "Test data"})
    assert (asked, refused.status_code) == ([200, 200], 429) and refused.headers["X-RateLimit-Limit"] == "2"


def test_backups_are_told_with_what_is_wrong_with_one(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOTLEADS_BACKUPS", str(tmp_path))
    config.settings.cache_clear()
    try:
        assert world.call("analyst", "GET", "/admin/backups").get_json()["backups"] == []
        for name, hours in (("old", 30), ("new", 1)):
            a_backup(tmp_path / name, ended_at=utc_now() - timedelta(hours=hours))
        (tmp_path / "cut-short.part").mkdir()
        (tmp_path / "torn").mkdir()
        (tmp_path / "torn" / "manifest.json").write_text("[")
        told = world.call("analyst", "GET", "/admin/backups").get_json()
        assert world.call("scientist", "GET", "/admin/backups").status_code == 403
    finally:
        monkeypatch.undo()
        config.settings.cache_clear()
    new, old, torn = told["backups"]
    assert [view["name"] for view in (new, old, torn)] == ["new", "old", "torn"] and told["place"] == str(tmp_path)
    assert (new["kind"], new["bytes"], new["reaches_on"], new["key_is_ours"]) == ("physical", 12_000_000, True, True)
    assert torn["ended_at"] is None and "Use another backup" in torn["problem"]
    assert told["archiving"] is False and told["archive_broken"] is False


def test_months_are_told_and_taken_off_by_administrators(world: World) -> None:
    told = world.call("analyst", "GET", "/admin/months").get_json()
    parts = {month["name"]: month for month in told["items"]}
    this = f"prediction_{utc_now():%Y_%m}"
    assert (parts[this]["title"], parts[this]["kind"], parts[this]["attached"]) == (f"{utc_now():%B %Y}", "month", True)
    assert parts["prediction_before"]["title"] == "before the first month" and parts["prediction_rest"]["leaves_on"] is None
    assert told["keep_months"] == 36 and told["due"] == [] and told["next_on"] == parts[this]["leaves_on"]
    for role in ("provider", "scientist"):
        assert world.call(role, "GET", "/admin/months").status_code == 403
    assert world.call("analyst", "POST", "/admin/months/detach").status_code == 403
    assert world.call("admin", "POST", "/admin/months/detach").get_json() == {"detached": []}


def test_what_a_day_needs_is_told_to_staff(world: World) -> None:
    told = world.call("analyst", "GET", "/admin/capacity?leads=86400&peak=2").get_json()
    assert (told["day"]["leads"], told["need"]["leads_per_s"]) == (86_400, 2)
    assert told["seen"] is None or told["seen"]["leads"] >= 1
    refused = world.call("admin", "GET", "/admin/capacity?peak=nan")
    assert refused.status_code == 422 and refused.get_json()["error"]["fields"].keys() == {"peak"}
    assert world.call("admin", "GET", "/admin/capacity?leads=1e99").status_code == 422
    assert world.call("provider", "GET", "/admin/capacity").status_code == 403
