"""People, settings, retention, checks and the trail, over HTTP (SPEC 1.8, 1.9, 13.6, 13.8)."""

from datetime import timedelta

from core.kit.clock import utc_now
from tests.intake_api.rest.conftest import World
from tests.intake_api.rest.test_provider_routes import ok


def test_a_setting_is_read_changed_and_its_past_told(world: World) -> None:
    listed = {row["key"]: row for row in ok(world.call("scientist", "GET", "/admin/settings"))["items"]}
    assert (listed["claim_days"]["value"], listed["claim_days"]["chapter"], listed["claim_days"]["money"]) == (14, "claims", True)
    assert ok(world.call("admin", "PUT", "/admin/settings/claim_days", json={"value": 21}))["setting"]["value"] == 21
    told = ok(world.call("analyst", "GET", "/admin/settings/claim_days/history"))["items"]
    assert [(row["before"], row["after"]) for row in told] == [(14, 21)]
    assert ok(world.call("admin", "PUT", "/admin/settings/claim_days", json={"value": 0}), 422)["error"]["fields"]["value"]
    assert world.call("admin", "PUT", "/admin/settings/no_such", json={"value": 3}).status_code == 404
    assert world.call("analyst", "PUT", "/admin/settings/claim_days", json={"value": 3}).status_code == 403


def test_what_retention_would_remove(world: World) -> None:
    rules = {row["key"]: row for row in ok(world.call("analyst", "GET", "/admin/retention"))["items"]}
    assert rules["retain_unconfirmed_days"]["days"] == 30 and rules["retain_job_days"]["due"] == 0
    assert world.call("scientist", "GET", "/admin/retention").status_code == 403


def test_everything_is_checked_when_asked(world: World) -> None:
    asked = ok(world.call("admin", "POST", "/admin/verifications"))["verification"]["id"]
    assert ok(world.call("admin", "POST", "/admin/verifications"))["verification"]["id"] == asked
    (run,) = ok(world.call("analyst", "GET", "/admin/verifications"))["items"]
    assert (run["id"], run["ok"], run["finished_at"]) == (asked, None, None)
    assert world.call("analyst", "POST", "/admin/verifications").status_code == 403


def test_a_colleague_is_invited_looked_at_and_signed_out(world: World) -> None:
    body = {"email": "colleague@example.com", "full_name": "New Colleague", "role": "analyst"}
    made = ok(world.call("admin", "POST", "/admin/users", json=body), 201)["user"]
    assert made["status"] == "pending"
    assert world.call("admin", "POST", "/admin/users", json=body).status_code in (409, 422)
    assert ok(world.call("admin", "GET", f"/admin/users/{made['id']}"))["sessions"] == []
    analyst = world.users["analyst"]
    assert len(ok(world.call("admin", "GET", f"/admin/users/{analyst}"))["sessions"]) == 1
    path = f"/admin/users/{analyst}/sessions"
    assert world.call("admin", "DELETE", f"{path}?reason=x").status_code == 422
    assert ok(world.call("admin", "DELETE", f"{path}?reason=lost+laptop")) == {"ended": 1}
    assert world.call("analyst", "GET", "/admin/leads").status_code == 401
    assert world.call("admin", "DELETE", f"{path}?reason=lost+laptop").status_code == 409
    assert world.call("admin", "DELETE", f"/admin/users/{analyst}/second-factor?reason=lost+phone").status_code in (200, 409)
    own = world.users["admin"]
    assert world.call("admin", "PUT", f"/admin/users/{own}/role", json={"role": "analyst"}).status_code == 403


def test_the_trail_by_address_role_and_time(world: World) -> None:
    world.call("admin", "PUT", "/admin/settings/claim_days", json={"value": 20})
    found = ok(world.call("admin", "GET", "/admin/audit-logs?action=threshold.&actor_role=admin&ip=127.0.0.0/8"))["items"]
    assert [row["action"] for row in found] == ["threshold.changed"]
    tomorrow = (utc_now() + timedelta(days=1)).isoformat().replace("+", "%2B")
    assert ok(world.call("admin", "GET", f"/admin/audit-logs?since={tomorrow}"))["items"] == []
    assert ok(world.call("admin", "GET", "/admin/audit-logs?ip=elsewhere"), 422)["error"]["fields"]["ip"]
