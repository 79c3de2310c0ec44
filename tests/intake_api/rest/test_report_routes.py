"""Reports and exports over HTTP: what they answer, who may fetch a file, and for how long (SPEC 12)."""

import csv
import io
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from core import audit
from core.kit import clock, config
from core.kit.actor import SYSTEM
from core.kit.db import transaction
from core.reports.exports import links
from jobs.work import work
from tests.intake_api.rest.conftest import World


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLEADS_HOME", str(tmp_path))
    config.settings.cache_clear()


def carry_out(export: str) -> str:
    with transaction() as session:
        job = session.scalar(text("select id from outbox where kind = 'export.write' and key = :key"), {"key": export})
    return work(str(job))


def path_of(link: str) -> str:
    parts = urlsplit(link)
    return f"{parts.path.removeprefix('/api/v1')}?{parts.query}"


def test_the_last_30_days_are_the_same_in_every_report(world: World) -> None:
    """The market's day is never UTC's here, whatever the hour at which this runs."""
    zone = "Pacific/Kiritimati" if clock.utc_now().hour >= 10 else "Pacific/Pago_Pago"
    with transaction() as session:
        session.execute(text("update market set timezone = :zone"), {"zone": zone})
    here = clock.in_zone(clock.utc_now(), zone).date()
    days = (str(here - timedelta(days=29)), str(here))
    told = world.call("admin", "GET", "/admin/reports/kpis").get_json()["scope"]
    quality = world.call("admin", "GET", "/admin/sources/quality").get_json()
    assert (told["since"], told["until"]) == (quality["since"], quality["until"]) == days


def test_reports_answer_with_their_age(world: World) -> None:
    first = world.call("admin", "GET", "/admin/reports/kpis").get_json()
    assert first["report"]["figures"]["submitted"]["value"] == 1 and first["scope"]["until"]
    again = world.call("analyst", "GET", "/admin/reports/kpis").get_json()
    assert again["computed_at"] == first["computed_at"], "kept for five minutes"
    fresh = world.call("analyst", "GET", "/admin/reports/kpis?refresh=true").get_json()
    assert fresh["computed_at"] > first["computed_at"]
    for path in (
        "funnel?step=week",
        "revenue?step=month",
        "fairness",
        "fairness/starvation",
        "distribution",
        "claims",
        "places",
        "success",
        "figures",
    ):
        assert world.call("admin", "GET", f"/admin/reports/{path}").status_code == 200, path
    niche = world.call("admin", "GET", f"/admin/reports/funnel?niche_id={world.niche}&market_id={world.market}").get_json()
    assert niche["report"]["totals"]["submitted"] == 1 and niche["report"]["waiting"][0]["status"] == "pending_approval"


def test_bad_filters_name_their_field(world: World) -> None:
    for query, field in (
        ("since=2026-11-10&until=2026-11-01", "since"),
        ("since=soon", "since"),
        ("step=year", "step"),
        ("since=2026-01-01&step=hour", "step"),
    ):
        answer = world.call("admin", "GET", f"/admin/reports/funnel?{query}")
        assert answer.status_code == 422 and list(answer.get_json()["error"]["fields"]) == [field], query


def test_a_file_from_asking_to_fetching(world: World) -> None:
    asked = world.call("admin", "POST", "/admin/reports/export", json={"dataset": "leads"}, key="once")
    assert asked.status_code == 202
    export = asked.get_json()["export"]["id"]
    assert (
        world.call("admin", "POST", "/admin/reports/export", json={"dataset": "leads"}, key="once").get_json()["export"]["id"]
        == export
    )
    assert world.call("admin", "GET", f"/exports/{export}/status").get_json()["export"]["state"] == "queued"
    assert carry_out(export) == "done"
    told = world.call("admin", "GET", f"/exports/{export}/status").get_json()["export"]
    assert (told["state"], told["rows_done"]) == ("ready", 1)
    answer = world.call("admin", "GET", path_of(told["link"]))
    assert answer.status_code == 200 and answer.headers["Content-Disposition"].startswith('attachment; filename="leads-')
    assert int(answer.headers["Content-Length"]) == len(answer.data) == told["bytes"]
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert row["lead_id"] == str(world.lead)


def test_a_link_is_of_no_use_to_anybody_else(world: World) -> None:
    asked = world.call("provider", "POST", "/provider/reports/export", json={"format": "xlsx"})
    export = asked.get_json()["export"]["id"]
    assert asked.status_code == 202 and carry_out(export) == "done"
    link = path_of(world.call("provider", "GET", f"/exports/{export}/status").get_json()["export"]["link"])
    assert world.call("provider", "GET", link).status_code == 200
    for stranger, status in ((None, 401), ("rival", 404), ("analyst", 404)):
        assert world.call(stranger, "GET", link).status_code == status
        assert world.call(stranger, "GET", f"/exports/{export}/status").status_code == status
    assert world.call("provider", "GET", link.replace("signature=", "signature=x")).status_code == 404
    assert world.call("provider", "GET", f"/exports/{export}/download").status_code == 404
    assert world.call("rival", "GET", "/exports").get_json()["items"] == []


def test_old_links_and_old_files_are_gone(world: World) -> None:
    export = world.call("admin", "POST", "/admin/reports/export", json={"dataset": "sales"}).get_json()["export"]["id"]
    carry_out(export)
    old = path_of(links.link(export, now=clock.utc_now() - timedelta(minutes=61)))
    answer = world.call("admin", "GET", old)
    assert answer.status_code == 410 and "Exports page" in answer.get_json()["error"]["message"]
    with transaction() as session:
        session.execute(text("update export set expires_at = :past"), {"past": clock.utc_now() - timedelta(seconds=1)})
    fresh = path_of(links.link(export, now=clock.utc_now()))
    assert world.call("admin", "GET", fresh).status_code == 410
    assert world.call("admin", "GET", f"/exports/{export}/status").get_json()["export"]["link"] is None


def test_the_sixth_file_of_a_day_waits(world: World) -> None:
    for _ in range(5):
        assert world.call("provider", "POST", "/provider/reports/export", json={}).status_code == 202
    answer = world.call("provider", "POST", "/provider/reports/export", json={})
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 86_000


def test_a_worker_that_dies_leaves_nothing_to_fetch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.reports import exports

    export = world.call("admin", "POST", "/admin/reports/export", json={"dataset": "leads"}).get_json()["export"]["id"]

    def breaks(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(exports, "next_batch", breaks)
        assert carry_out(export) == "failed"
    assert world.call("admin", "GET", f"/exports/{export}/status").get_json()["export"]["state"] == "running"
    with transaction() as session:
        session.execute(text("update outbox set run_at = now() - interval '1 minute' where kind = 'export.write'"))
    assert carry_out(export) == "done"
    told = world.call("admin", "GET", f"/exports/{export}/status").get_json()["export"]
    assert (told["state"], told["rows_done"]) == ("ready", 1)


def test_after_the_last_try_the_asker_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.reports import exports

    export = world.call("admin", "POST", "/admin/reports/export", json={"dataset": "leads"}).get_json()["export"]["id"]
    monkeypatch.setattr(exports, "next_batch", None)
    for outcome in ("failed", "failed", "dead"):
        assert carry_out(export) == outcome
        with transaction() as session:
            session.execute(text("update outbox set run_at = now() - interval '1 minute' where kind = 'export.write'"))
    told = world.call("admin", "GET", f"/exports/{export}/status").get_json()["export"]
    assert told["state"] == "failed" and "ask for it again" in told["error"]
    with transaction() as session:
        assert session.scalar(text("select count(*) from outbox where payload ->> 'template' = 'export_failed'")) == 1


def test_the_trail_as_a_file(world: World) -> None:
    with transaction() as session:
        audit.record(session, SYSTEM, "lead.closed", entity_type="lead", entity_id=world.lead, now=clock.utc_now())
    wanted = {"dataset": "audit", "matching": {"entity_type": "lead", "entity_id": str(world.lead)}}
    asked = world.call("admin", "POST", "/admin/reports/export", json=wanted).get_json()["export"]
    assert asked["rows_total"] > 0 and carry_out(asked["id"]) == "done"
    link = path_of(world.call("admin", "GET", f"/exports/{asked['id']}/status").get_json()["export"]["link"])
    rows = list(csv.DictReader(io.StringIO(world.call("admin", "GET", link).text)))
    assert len(rows) == asked["rows_total"] and {row["entity_id"] for row in rows} == {str(world.lead)}
    assert world.call("analyst", "POST", "/admin/reports/export", json={"dataset": "audit"}).status_code == 422
    answer = world.call("admin", "POST", "/admin/reports/export", json=wanted | {"matching": {"ip": "nowhere"}})
    assert answer.status_code == 422 and list(answer.get_json()["error"]["fields"]) == ["ip"]
