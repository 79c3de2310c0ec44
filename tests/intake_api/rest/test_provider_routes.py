"""What a provider's program does: profile, subscriptions, filters, caps, areas, wallet."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from core.kit import limits
from core.kit.db import transaction
from tests.builders import fund
from tests.intake_api.rest.conftest import World


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.get_json()


def test_profile_is_read_and_saved(world: World) -> None:
    saved = ok(world.call("provider", "PUT", "/provider/profile", json={"company_name": "New Name", "phone": "(702) 555-0123"}))
    assert saved["profile"]["company_name"] == "New Name"
    assert ok(world.call("provider", "GET", "/provider/profile")) == saved
    wrong = world.call("provider", "PUT", "/provider/profile", json={"company_name": "", "phone": "x"})
    assert ok(wrong, 422)["error"]["fields"].keys() == {"company_name", "phone"}


def test_a_subscription_from_ladder_to_leaving(world: World) -> None:
    rungs = ok(world.call("provider", "GET", f"/provider/niches/{world.niche}/competition-levels"))["items"]
    assert [(rung["price_cents"], rung["status"]) for rung in rungs] == [(2500, "active"), (9000, None)]
    body = {"level_id": str(world.other_level)}
    made = ok(world.call("provider", "POST", "/provider/subscriptions", json=body, key="once"), 201)["subscription"]
    again = world.call("provider", "POST", "/provider/subscriptions", json=body, key="once")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert ok(world.call("provider", "POST", "/provider/subscriptions", json=body), 409)["error"]["code"] == "subscription.exists"
    path = f"/provider/subscriptions/{made['id']}"
    assert ok(world.call("provider", "POST", f"{path}/pause"))["subscription"]["status"] == "paused"
    assert ok(world.call("provider", "POST", f"{path}/resume"))["subscription"]["status"] == "active"
    assert ok(world.call("provider", "DELETE", path))["subscription"]["status"] == "ended"
    assert len(ok(world.call("provider", "GET", "/provider/subscriptions"))["items"]) == 1


def test_filters_are_kept_and_refused_by_path(world: World) -> None:
    path = f"/provider/subscriptions/{world.subscription}/filters"
    rules = {"all": [{"field": "bedrooms", "operator": "gte", "value": 3}]}
    saved = ok(world.call("provider", "PUT", path, json={"rules": rules}))
    assert (saved["rules"], saved["words"], saved["valid"]) == (rules, "Bedrooms is at least 3.", True)
    assert {"key": "bedrooms", "label": "Bedrooms", "type": "number"}.items() <= saved["fields"][1].items()
    assert ok(world.call("provider", "GET", path)) == saved
    rules["all"][0]["value"] = "three"
    assert ok(world.call("provider", "PUT", path, json={"rules": rules}), 422)["error"]["fields"].keys() == {"all[0].value"}
    assert ok(world.call("provider", "GET", path)) == saved


def test_caps_and_hours(world: World) -> None:
    path = f"/provider/subscriptions/{world.subscription}/caps"
    hours = {"mon": [["08:00", "18:00"]]}
    saved = ok(world.call("provider", "PUT", path, json={"leads_day": 4, "delivery_hours": hours}))
    assert (saved["leads_day"], saved["leads_week"], saved["delivery_hours"]) == (4, None, hours)
    assert {row["period"] for row in saved["usage"]} == {"day", "week", "month"}
    # Hours that are not named stay; null clears them.
    assert ok(world.call("provider", "PUT", path, json={}))["delivery_hours"] == hours
    assert ok(world.call("provider", "PUT", path, json={"delivery_hours": None}))["delivery_hours"] is None
    assert ok(world.call("provider", "PUT", path, json={"leads_day": 0}), 422)["error"]["fields"].keys() == {"leads_day"}
    assert ok(world.call("provider", "PUT", path, json={"leads_day": "4"}), 422)["error"]["fields"].keys() == {"leads_day"}
    assert ok(world.call("provider", "PUT", path, json={"hourly": 4}), 422)["error"]["fields"] == {
        "hourly": "There is no such field."
    }


def test_areas(world: World) -> None:
    circle = {"name": "Strip", "kind": "circle", "definition": {"lon": -115.17, "lat": 36.11, "radius_m": 5000}}
    made = ok(world.call("provider", "POST", "/provider/areas", json=circle), 201)["area"]
    listed = ok(world.call("provider", "GET", "/provider/areas"))
    assert [area["id"] for area in listed["items"]] == [made["id"]]
    assert listed["served"]["geojson"]["type"] == "MultiPolygon"
    circle["definition"]["radius_m"] = 0
    assert ok(world.call("provider", "POST", "/provider/areas", json=circle), 422)["error"]["fields"].keys() == {"radius_m"}
    ok(world.call("provider", "DELETE", f"/provider/areas/{made['id']}"))
    assert ok(world.call("provider", "GET", "/provider/areas"))["served"]["geojson"] is None


def test_mail_preferences(world: World) -> None:
    path = "/provider/notification-preferences"
    saved = ok(world.call("provider", "PUT", path, json={"choices": {"low_balance": False}}))["items"]
    assert [kind["template"] for kind in saved if not kind["enabled"]] == ["low_balance"]
    assert ok(world.call("provider", "PUT", path, json={"choices": {"low_balance": "no"}}), 422)


def test_the_wallet_and_its_history_page_by_page(world: World, now: datetime) -> None:
    with transaction() as session:
        for cents in (100, 200, 300):
            fund(session, now + timedelta(seconds=cents), world.provider, cents)
    assert ok(world.call("provider", "GET", "/provider/balance"))["wallet"]["balance_cents"] == 100_600
    first = ok(world.call("provider", "GET", "/provider/billing/history?limit=3"))
    rest = ok(world.call("provider", "GET", f"/provider/billing/history?limit=3&after={first['next']}"))
    assert [row["amount_cents"] for row in first["items"] + rest["items"]] == [300, 200, 100, 100_000]
    assert rest["next"] is None
    assert ok(world.call("provider", "GET", "/provider/billing/history?kind=refund"))["items"] == []
    for wrong in ("limit=0", "limit=x", "since=yesterday", "since=2026-01-01T00:00:00", "after=1"):
        fields = ok(world.call("provider", "GET", f"/provider/billing/history?{wrong}"), 422)["error"]["fields"]
        assert list(fields) == [wrong.split("=")[0]]


def test_a_suspended_providers_session_ends_at_once(world: World) -> None:
    assert world.call("provider", "GET", "/provider/profile").status_code == 200
    suspended = {"status": "suspended", "reason": "Chargeback"}
    ok(world.call("admin", "PUT", f"/admin/providers/{world.provider}", json=suspended))
    assert world.call("provider", "GET", "/provider/profile").status_code == 401


def test_signed_in_calls_are_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.RULES, "user", "3/minute")
    limits._rule.cache_clear()
    answers = [world.call("provider", "GET", "/provider/balance") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[0].headers["X-RateLimit-Limit"] == "3" and "Retry-After" in answers[-1].headers


def test_nothing_is_kept_of_a_request_that_fails_half_way(world: World) -> None:
    """Caps and hours are one request, so one transaction: bad hours keep the caps out too."""
    path = f"/provider/subscriptions/{world.subscription}/caps"
    both = {"leads_day": 7, "delivery_hours": {"mon": [["9", "5"]]}}
    assert world.call("provider", "PUT", path, json=both).status_code == 422
    with transaction() as session:
        assert session.scalar(text("select cap_leads_day from subscription where id = :id"), {"id": world.subscription}) is None
