"""Niches, forms, models and sources over HTTP (SPEC 2.1, 8.1, 10.5)."""

from core.kit.ids import uuid7
from tests.intake_api.rest.conftest import World
from tests.intake_api.rest.test_provider_routes import ok

FORM = {"fields": [{"key": "roof", "label": "Roof", "type": "select", "options": ["Tile", "Shingle"], "required": True}]}


def test_a_niche_is_added_changed_and_closed(world: World) -> None:
    body = {"name": "Solar panels", "schema": FORM, "max_providers": 3}
    made = ok(world.call("admin", "POST", "/admin/niches", json=body), 201)["niche"]
    assert (made["slug"], made["schema_version"], made["status"]) == ("solar-panels", 1, "open")
    assert ok(world.call("admin", "POST", "/admin/niches", json=body), 409)["error"]["code"]
    assert world.call("analyst", "POST", "/admin/niches", json=body).status_code == 403
    path = f"/admin/niches/{made['id']}"
    tag = world.call("admin", "GET", path).headers["ETag"]
    assert ok(world.call("admin", "PUT", path, json={"status": "closed", "listing_days": 9}))["niche"]["status"] == "closed"
    for word in (True, "1"):  # true is no score, and would let every lead pass
        assert world.call("admin", "PUT", path, json={"auto_approve_max_fraud": word}).status_code == 422
    assert ok(world.call("admin", "PUT", path, json={"auto_approve_max_fraud": 1}))["niche"]["auto_approve_max_fraud"] == 1
    assert made["id"] in [row["id"] for row in ok(world.call("scientist", "GET", "/admin/niches"))["items"]]
    stale = world.client.put(f"/api/v1{path}", json={"listing_days": 3}, headers={
        "Authorization": f"Bearer {world.tokens['admin']}", "If-Match": tag})  # fmt: skip
    assert stale.status_code == 412 and ok(world.call("admin", "GET", path))["niche"]["listing_days"] == 9


def test_a_form_is_checked_published_and_kept_by_version(world: World) -> None:
    path = f"/admin/niches/{world.niche}/schemas"
    first = ok(world.call("analyst", "GET", path))["items"][0]["version"]
    refused = {"fields": [{"key": "religion", "label": "Religion", "type": "text"}]}
    (problem,) = ok(world.call("admin", "POST", "/admin/niches/schemas/check", json={"schema": refused}))["items"][:1]
    assert problem["path"].startswith("fields[0]")
    assert world.call("admin", "POST", path, json={"schema": refused}).status_code == 422
    assert ok(world.call("admin", "POST", path, json={"schema": FORM, "based_on": first}), 201)["version"] == first + 1
    assert world.call("admin", "POST", path, json={"schema": FORM, "based_on": first}).status_code == 409, "based on an old one"
    assert ok(world.call("analyst", "GET", f"{path}/{first + 1}"))["schema"] == FORM
    assert world.call("analyst", "GET", f"{path}/99").status_code == 404


def test_models_are_looked_at_and_trained_by_those_who_may(world: World) -> None:
    rows = {row["model"]: row for row in ok(world.call("analyst", "GET", "/admin/models"))["items"]}
    assert set(rows) == {"fraud", "quality", "price"} and rows["fraud"]["champion"] is None
    assert ok(world.call("scientist", "GET", "/admin/models/fraud/versions"))["items"] == []
    assert ok(world.call("scientist", "GET", "/admin/models/fraud/changes"))["items"] == []
    assert ok(world.call("scientist", "GET", "/admin/models/fraud/training"))["training"] is None
    assert ok(world.call("scientist", "POST", "/admin/models/fraud/training"), 202)["asked"] is True
    assert ok(world.call("admin", "POST", "/admin/models/fraud/training"), 202)["asked"] is False
    assert ok(world.call("admin", "GET", "/admin/models/fraud/training"))["training"]["state"] == "ready"
    assert world.call("admin", "GET", "/admin/models/astrology/versions").status_code == 404
    assert world.call("admin", "POST", f"/admin/models/versions/{uuid7()}/promote", json={}).status_code == 404
    assert world.call("admin", "POST", "/admin/models/fraud/roll-back", json={}).status_code == 422, "name the one you leave"
    left = {"standing": str(uuid7())}
    assert world.call("admin", "POST", "/admin/models/fraud/roll-back", json=left).status_code == 409
    assert world.call("analyst", "POST", "/admin/models/fraud/training").status_code == 403


def test_a_source_is_added_and_told_more(world: World) -> None:
    told = {"feed_url": "https://feeds.example/roofs", "contact_url": "https://ours.example/robot"}
    body = {
        "kind": "feed",
        "name": "City notices",
        "settings": told,
        "every_minutes": 60,
    }
    made = ok(world.call("admin", "POST", "/admin/sources", json=body), 201)["source"]
    assert made["slug"] == "city-notices"
    assert world.call("admin", "POST", "/admin/sources", json=body).status_code == 409
    path = f"/admin/sources/{made['id']}"
    assert ok(world.call("admin", "PUT", path, json={"name": "Town notices"}))["source"]["name"] == "Town notices"
    assert world.call("analyst", "PUT", path, json={"name": "Mine"}).status_code == 403
