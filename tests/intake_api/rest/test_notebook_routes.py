"""Notebooks by REST, and the page of a run, which may be read by staff and may run nothing (SPEC 10.5)."""

from datetime import timedelta
from uuid import UUID

from core import advice
from core.kit import clock
from core.kit.db import transaction
from core.reports import exports
from tests.intake_api.rest.conftest import World


def test_asked_for_followed_and_read(world: World) -> None:
    known = world.call("analyst", "GET", "/admin/notebooks").get_json()["notebooks"]
    assert {each["name"] for each in known} >= {"fraud", "market"}
    path = "/admin/notebooks/market/runs"
    assert world.call("analyst", "POST", path, json={}).status_code == 403
    wrong = world.call("scientist", "POST", path, json={"parameters": {"leads": 1}})
    assert wrong.status_code == 422 and "whole number from 300" in str(wrong.get_json()["error"])
    asked = world.call("scientist", "POST", path, json={"parameters": {"leads": 900}})
    assert asked.status_code == 202
    run = asked.get_json()["run"]
    assert (run["state"], run["parameters"]["leads"]) == ("queued", 900)
    listed = world.call("analyst", "GET", "/admin/notebooks/runs?notebook=market").get_json()["items"]
    assert [each["id"] for each in listed] == [run["id"]]
    assert page(world, "analyst", run["id"]) == 404
    file = f"notebooks/{run['id']}/1.html"
    with exports.store().create(file) as sink:
        sink.write(b"<!doctype html><p>read me</p>")
    with transaction() as session:
        advice.notebooks.end(session, run_id=UUID(run["id"]), file=file, mlflow_run=None, error=None, now=clock.utc_now())
    assert world.call("scientist", "GET", f"/admin/notebooks/runs/{run['id']}").get_json()["run"]["state"] == "done"
    assert page(world, "provider", run["id"]) == 403 and page(world, None, run["id"]) == 401
    answer = world.client.get(f"/notebook-runs/{run['id']}/page", headers={"Authorization": f"Bearer {world.tokens['analyst']}"})
    assert answer.status_code == 200 and b"read me" in answer.data
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'") and "allow-scripts" not in policy and "script-src" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_one_is_stopped_and_a_page_past_its_time_is_gone(world: World) -> None:
    asked = world.call("scientist", "POST", "/admin/notebooks/market/runs", json={}).get_json()["run"]["id"]
    path = f"/admin/notebooks/runs/{asked}/stop"
    assert world.call("analyst", "POST", path).status_code == 403
    assert world.call("admin", "POST", path).get_json()["run"]["state"] == "stopped"
    again = world.call("admin", "POST", path)
    assert again.status_code == 409 and again.get_json()["error"]["code"] == "notebook.over"
    now = clock.utc_now()
    with transaction() as session:
        advice.notebooks.end(session, run_id=UUID(asked), file="notebooks/x/1.html", mlflow_run=None, error=None, now=now)
        advice.notebooks.expire(session, now=now + timedelta(days=91))
    assert page(world, "analyst", asked) == 410


def page(world: World, person: str | None, run: str) -> int:
    headers = {"Authorization": f"Bearer {world.tokens[person]}"} if person else {}
    return world.client.get(f"/notebook-runs/{run}/page", headers=headers).status_code
