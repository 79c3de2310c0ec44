"""Markets over HTTP: added in three ways, looked at, closed and opened; what is wrong is named by its field (SPEC 0)."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from core.kit.db import transaction
from tests.intake_api.rest.conftest import World
from tests.intake_api.rest.test_provider_routes import ok

MARKETS = "/admin/markets"
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[-110.98, 32.2], [-110.9, 32.2], [-110.9, 32.26], [-110.98, 32.26], [-110.98, 32.2]]],
}


def entries(market: str) -> list[str]:
    with transaction() as session:
        found = text("select action from audit_entry where entity_type = 'market' and entity_id = :id order by id")
        return list(session.execute(found, {"id": market}).scalars())


def test_a_market_of_counties_is_added_looked_at_closed_and_opened(world: World) -> None:
    body = {"name": "Flagstaff", "counties": ["Coconino, AZ"]}
    made = ok(world.call("admin", "POST", MARKETS, json=body), 201)["market"]
    assert (made["slug"], made["timezone"], made["status"]) == ("flagstaff", "America/Phoenix", "open")
    assert made["id"] in [row["id"] for row in ok(world.call("analyst", "GET", MARKETS))["items"]]
    path = f"{MARKETS}/{made['id']}"
    told = ok(world.call("analyst", "GET", path))
    assert told["market"] == made and [row["county"] for row in told["counties"]] == ["Coconino"]
    assert told["zips"] == told["counties"][0]["zips"] > 5
    assert ok(world.call("admin", "POST", f"{path}/close"))["market"]["status"] == "closed"
    assert world.call("admin", "POST", f"{path}/close").status_code == 409
    assert ok(world.call("analyst", "GET", path))["market"]["status"] == "closed", "a closed one is still there"
    assert ok(world.call("admin", "POST", f"{path}/open"))["market"]["status"] == "open"
    assert entries(made["id"]) == ["market.added", "market.closed", "market.opened"]


def test_an_outline_goes_in_and_comes_out_as_geojson(world: World) -> None:
    body = {"name": "Tucson", "geojson": SQUARE, "slug": "old-pueblo"}
    made = ok(world.call("admin", "POST", MARKETS, json=body), 201)["market"]
    drawn = ok(world.call("analyst", "GET", f"{MARKETS}/{made['id']}/outline"))
    assert drawn["type"] == "Feature" and drawn["properties"] == {"id": made["id"], "name": "Tucson", "slug": "old-pueblo"}
    assert drawn["geometry"]["type"] == "MultiPolygon"
    assert sorted(drawn["geometry"]["coordinates"][0][0][:-1]) == sorted(SQUARE["coordinates"][0][:-1])


def test_zips_sent_twice_with_one_key_make_one_market(world: World) -> None:
    body = {"name": "Downtown", "zips": ["85701", "85705"]}
    first, again = (world.call("admin", "POST", MARKETS, json=body, key="once") for _ in range(2))
    assert ok(first, 201) == ok(again, 201) and again.headers["Idempotency-Replayed"] == "true"
    assert world.call("admin", "POST", MARKETS, json=body).status_code == 409


@pytest.mark.parametrize(
    ("body", "fields", "status"),
    [
        ({"name": "A", "counties": ["Pima, AZ"]}, {"name"}, 422),
        ({"name": "Fifth"}, {"counties", "zips", "geojson"}, 422),
        ({"name": "Fifth", "counties": ["Pima, AZ"], "zips": ["85701"]}, {"counties", "zips"}, 422),
        ({"name": "Fifth", "counties": ["Nowhere, AZ"]}, {"counties"}, 422),
        ({"name": "Fifth", "counties": ["Pima, AZ"] * 101}, {"counties"}, 422),
        ({"name": "Fifth", "zips": ["89109"]}, {"zips"}, 409),
        ({"name": "Fifth", "zips": "85701"}, {"zips"}, 422),
        ({"name": "Fifth", "geojson": {"type": "Point", "coordinates": [-119, 39]}}, {"geojson"}, 422),
        ({"name": "Fifth", "zips": ["85701"], "timezone": "Mars/Base"}, {"timezone"}, 422),
        ({"name": "Fifth", "zips": ["85701"], "colour": "red"}, {"colour"}, 422),
    ],
)
def test_what_is_wrong_is_named(world: World, body: dict[str, Any], fields: set[str], status: int) -> None:
    refused = world.call("admin", "POST", MARKETS, json=body)
    assert refused.status_code == status and set(refused.get_json()["error"]["fields"]) == fields, refused.text
    assert len(ok(world.call("admin", "GET", MARKETS))["items"]) == 1


def test_an_outline_may_be_larger_than_other_bodies(world: World) -> None:
    """Up to what core reads; beyond that it is refused in words, not cut off."""
    along = [[-110.98 + 0.08 * n / 18_000, 32.2 + 1e-12] for n in range(18_001)]
    fine = {"type": "Polygon", "coordinates": [[*along, [-110.9, 32.26], [-110.98, 32.26], along[0]]]}
    body = json.dumps({"name": "Fine", "geojson": fine, "slug": "fine"})
    padded = body + " " * (1_200_000 - len(body))
    ok(world.call("admin", "POST", MARKETS, data=padded, content_type="application/json"), 201)
    refused = world.call("admin", "POST", MARKETS, data=body + " " * (3 << 20), content_type="application/json")
    assert refused.status_code == 413 and "larger than 3 MB" in refused.get_json()["error"]["message"]


def test_companies_see_none_of_it_and_analysts_change_nothing(world: World) -> None:
    one = f"{MARKETS}/{world.market}"
    for path in (MARKETS, one, f"{one}/outline"):
        assert world.call("provider", "GET", path).status_code == 403
    for path in (f"{one}/close", f"{one}/open"):
        assert world.call("analyst", "POST", path).status_code == 403
    assert world.call("analyst", "POST", MARKETS, json={"name": "Fifth", "counties": ["Pima, AZ"]}).status_code == 403
