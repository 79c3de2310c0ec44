"""The marketplace over HTTP: search, one listing, the map's layer, cart, checkout, ceilings (SPEC 9.1 to 9.4)."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from core.kit.db import transaction
from core.kit.ids import uuid7
from ml import recommend
from tests.builders import STRIP
from tests.intake_api.rest.conftest import World


def listings(world: World, person: str = "provider", **query: Any) -> Any:
    return world.call(person, "GET", "/marketplace/listings", query_string=query)


def ids(answer: Any) -> list[UUID]:
    assert answer.status_code == 200, answer.text
    return [UUID(item["lead_id"]) for item in answer.get_json()["items"]]


def put(world: World, lead: UUID, person: str = "provider") -> Any:
    return world.call(person, "POST", "/cart", json={"lead_id": str(lead)})


def buy(world: World, key: str | None = None, person: str = "provider", **body: Any) -> Any:
    return world.call(person, "POST", "/cart/checkout", key=key, json=body)


def test_a_search_by_parameters(world: World, on_sale: list[UUID]) -> None:
    near: dict[str, Any] = {"lon": STRIP[0], "lat": STRIP[1]}
    assert ids(listings(world)) == on_sale[::-1], "newest first"
    assert ids(listings(world, **near, sort="distance", facets=1)) == on_sale
    assert ids(listings(world, **near, radius_m=2_000)) == [on_sale[0]]
    assert ids(listings(world, quality_min=60)) == [on_sale[2]]
    assert ids(listings(world, free_slots_min=2, niche_ids=f"{world.niche},{uuid7()}")) == [on_sale[1], on_sale[0]]
    assert ids(listings(world, zips="10001,10002")) == []
    west, east = STRIP[0] + 0.05, STRIP[0] + 0.15
    ring = [[west, STRIP[1] - 1], [east, STRIP[1] - 1], [east, STRIP[1] + 1], [west, STRIP[1] + 1], [west, STRIP[1] - 1]]
    assert ids(listings(world, polygon=json.dumps({"type": "Polygon", "coordinates": [ring]}))) == [on_sale[1]]
    told = listings(world, facets=1, limit=1).get_json()
    assert told["facets"]["niches"] == {str(world.niche): 3} and told["facets"]["total"] == 3
    assert "facets" not in listings(world).get_json()
    assert len(told["items"]) == 1 and ids(listings(world, limit=2, after=told["next"])) == on_sale[1::-1]


def test_staff_look_and_see_no_more_than_strangers(world: World, on_sale: list[UUID]) -> None:
    for person in ("admin", "analyst"):
        found = listings(world, person)
        assert len(ids(found)) == 3
    shown = set(found.get_json()["items"][0])
    assert not shown & {"contact", "contact_id", "full_name", "email", "phone", "location", "street"}
    one = world.call("analyst", "GET", f"/marketplace/listings/{on_sale[0]}").get_json()
    assert one["quote"] is None and one["listing"]["lead_id"] == str(on_sale[0])


def test_one_listing_tells_what_makes_its_price(world: World, on_sale: list[UUID]) -> None:
    told = world.call("provider", "GET", f"/marketplace/listings/{on_sale[0]}").get_json()
    assert told["quote"]["price_cents"] == told["listing"]["price_cents"] > 0
    assert told["price_history"][-1]["price_cents"] == told["listing"]["list_price_cents"]
    missing = world.call("provider", "GET", f"/marketplace/listings/{uuid7()}")
    assert (missing.status_code, missing.get_json()["error"]["code"]) == (404, "listing.not_found")


def test_the_maps_layer(world: World, on_sale: list[UUID]) -> None:
    box = {"west": STRIP[0] - 1, "south": STRIP[1] - 1, "east": STRIP[0] + 1, "north": STRIP[1] + 1}
    for level in range(4):
        found = world.call("provider", "GET", "/marketplace/cells", query_string=box | {"level": level}).get_json()["items"]
        assert sum(cell["listings"] for cell in found) == 3 and found[0]["mean_cents"] > 0
    for wrong in ({"level": 9}, {"level": -1}, {"west": "nan"}, {"north": 91}, {"niche_id": "x"}):
        answer = world.call("provider", "GET", "/marketplace/cells", query_string=box | wrong)
        assert (answer.status_code, set(answer.get_json()["error"]["fields"])) == (422, set(wrong)), wrong


def cursor(*parts: Any) -> str:
    return urlsafe_b64encode(json.dumps(parts).encode()).decode()


WRONG_SEARCHES: list[tuple[dict[str, Any], str]] = [
    ({"lon": 1}, "lon"), ({"lon": "nan", "lat": 1}, "lon"), ({"radius_m": 5}, "radius_m"), ({"limit": 0}, "limit"),
    ({"lon": 1, "lat": 1, "radius_m": 0}, "radius_m"), ({"lon": 1, "lat": 1, "radius_m": "inf"}, "radius_m"),
    ({"sort": "random"}, "sort"), ({"sort": "distance"}, "sort"), ({"zips": "1"}, "zips"),
    ({"quality_min": "nan"}, "quality_min"),
    ({"niche_ids": "x"}, "niche_ids.0"), ({"similar_to": str(uuid7())}, "similar_to"), ({"limit": "many"}, "limit"),
    ({"price_min_cents": 2, "price_max_cents": 1}, "price_min_cents"), ({"price_min_cents": 10**30}, "price_min_cents"),
    ({"polygon": "{}"}, "polygon"), ({"polygon": "[" * 5_000}, "polygon"), ({"text": "x" * 201}, "text"),
    ({"polygon": json.dumps({"type": "Polygon", "coordinates": [[[10**400, 0], [1, 1], [1, 0], [10**400, 0]]]})}, "polygon"),
    ({"after": "x"}, "after"), ({"cursor": cursor(1.5, str(uuid7()))}, "after"),
    ({"sort": "price", "after": cursor("2026-11-04T10:00:00+00:00", str(uuid7()))}, "after"),
]  # fmt: skip


def test_what_can_not_be_searched_is_said_in_words(world: World) -> None:
    for wrong, field in WRONG_SEARCHES:
        answer = listings(world, facets=1, **wrong)
        assert (answer.status_code, list(answer.get_json()["error"]["fields"])) == (422, [field]), (wrong, answer.text)


ODD_SHAPES: list[Any] = [
    [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]], [[[0, 0], [0, 0], [0, 0], [0, 0]]],
    [[[0, 0], [1, 0], [1, 1], [0, 0]], [[5, 5], [6, 5], [6, 6], [5, 5]]], [[["1", True], [1, 1], [1, 0], ["1", True]]],
]  # fmt: skip


def test_odd_shapes_never_break(world: World, on_sale: list[UUID]) -> None:
    for shape in ODD_SHAPES:
        answer = listings(world, facets=1, polygon=json.dumps({"type": "Polygon", "coordinates": shape}))
        assert answer.status_code in (200, 422), (shape, answer.text)


def test_hold_extend_release(world: World, on_sale: list[UUID]) -> None:
    lead, *_, single = on_sale
    assert put(world, lead).status_code == 201
    again = put(world, lead)
    assert (again.status_code, again.get_json()["error"]["code"]) == (409, "cart.held")
    first = world.call("provider", "GET", "/cart").get_json()["cart"]
    assert [item["hold"]["lead_id"] for item in first["items"]] == [str(lead)]
    assert first["total_cents"] == first["items"][0]["hold"]["price_cents"] and first["balance_cents"] == 100_000
    longer = world.call("provider", "POST", f"/cart/{lead}/extend").get_json()["hold"]
    assert longer["extended"] and longer["expires_at"] > first["items"][0]["hold"]["expires_at"]
    assert world.call("provider", "POST", f"/cart/{lead}/extend").get_json()["error"]["code"] == "cart.extended"
    assert world.call("provider", "DELETE", f"/cart/{lead}").status_code == 200
    assert world.call("provider", "DELETE", f"/cart/{lead}").status_code == 404
    assert put(world, single).status_code == 201
    taken = put(world, single, "rival")
    assert (taken.status_code, taken.get_json()["error"]["code"]) == (409, "listing.taken")
    assert world.call("provider", "DELETE", "/cart", json={"lead_id": str(single)}).get_json() == {"released": str(single)}
    assert put(world, single, "rival").status_code == 201
    assert put(world, uuid7()).status_code == 404


def test_another_companys_hold_can_not_be_touched(world: World, on_sale: list[UUID]) -> None:
    lead = on_sale[0]
    assert put(world, lead, "rival").status_code == 201
    for method, path in (("DELETE", f"/cart/{lead}"), ("POST", f"/cart/{lead}/extend")):
        assert world.call("provider", method, path).status_code == 404
    assert buy(world, "steal", lead_ids=[str(lead)]).status_code == 409
    assert world.call("provider", "GET", "/cart").get_json()["cart"]["items"] == []
    assert len(world.call("rival", "GET", "/cart").get_json()["cart"]["items"]) == 1


def test_one_press_buys_once(world: World, on_sale: list[UUID]) -> None:
    assert buy(world).get_json()["error"]["fields"].keys() == {"key"}
    assert buy(world, "empty").get_json()["error"]["code"] == "cart.empty"
    for lead in on_sale[:2]:
        put(world, lead)
    first = buy(world, "press")
    assert first.status_code == 200
    bought = first.get_json()["checkout"]
    assert len(bought["assignment_ids"]) == 2 and not bought["repeated"]
    again = buy(world, "press")
    assert again.get_json() == first.get_json() and again.headers["Idempotency-Replayed"] == "true"
    inbox = world.call("provider", "GET", "/provider/inbox").get_json()["items"]
    assert {item["id"] for item in inbox} == set(bought["assignment_ids"])
    left = world.call("provider", "GET", "/provider/balance").get_json()["wallet"]["balance_cents"]
    assert left == 100_000 - bought["total_cents"]
    put(world, on_sale[2])
    by_body = world.call("provider", "POST", "/cart/checkout", json={"key": "mine"})
    assert by_body.status_code == 200
    replayed = world.call("provider", "POST", "/cart/checkout", json={"key": "mine"}).get_json()["checkout"]
    assert replayed["repeated"] and replayed["assignment_ids"] == by_body.get_json()["checkout"]["assignment_ids"]
    assert put(world, on_sale[2]).get_json()["error"]["code"] == "cart.bought"


def test_a_refused_checkout_says_why_lead_by_lead(world: World, on_sale: list[UUID]) -> None:
    put(world, on_sale[0])
    foreign = on_sale[1]
    refused = buy(world, "both", lead_ids=[str(on_sale[0]), str(foreign)])
    assert refused.status_code == 409 and list(refused.get_json()["error"]["fields"]) == [str(foreign)]
    assert world.call("provider", "GET", "/provider/balance").get_json()["wallet"]["balance_cents"] == 100_000
    assert buy(world, "both", lead_ids=[str(on_sale[0])]).status_code == 200, "a refusal leaves its key free"


def test_own_ceilings(world: World, on_sale: list[UUID]) -> None:
    assert world.call("provider", "GET", "/provider/spend-ceilings").get_json()["ceilings"]["day_cents"] is None
    made = world.call("provider", "PUT", "/provider/spend-ceilings", json={"day_cents": 100, "month_cents": 5_000})
    assert made.status_code == 200 and made.get_json()["ceilings"]["day_cents"] == 100
    assert put(world, on_sale[0]).get_json()["error"]["code"] == "cart.ceiling"
    assert put(world, on_sale[0], "rival").status_code == 201, "the ceiling is the company's own"
    for wrong in ({"day_cents": 99}, {"day_cents": 5_000, "month_cents": 100}, {"day_cents": "1"}, {"week_cents": 1}):
        assert world.call("provider", "PUT", "/provider/spend-ceilings", json=wrong).status_code == 422, wrong
    assert world.call("provider", "PUT", "/provider/spend-ceilings", json={}).get_json()["ceilings"]["month_cents"] is None


def test_saved_searches_are_ones_own(world: World) -> None:
    path = "/marketplace/saved-searches"
    wanted = {"name": "Strip", "query": {"lon": STRIP[0], "lat": STRIP[1], "radius_m": 5_000.0, "sort": "distance"}}
    made = world.call("provider", "POST", path, json=wanted | {"alert_hours": 24})
    assert made.status_code == 201
    kept = made.get_json()["saved_search"]
    assert kept["query"] == wanted["query"] and kept["alert_hours"] == 24
    assert world.call("provider", "POST", path, json=wanted).get_json()["error"]["code"] == "saved_search.name_taken"
    assert [item["id"] for item in world.call("provider", "GET", path).get_json()["items"]] == [kept["id"]]
    assert world.call("rival", "GET", path).get_json()["items"] == []
    assert world.call("rival", "DELETE", f"{path}/{kept['id']}").status_code == 404
    assert world.call("provider", "DELETE", f"{path}/{kept['id']}").status_code == 200
    assert world.call("provider", "GET", path).get_json()["items"] == []


NOT_SAVED: list[dict[str, Any]] = [
    {"name": ""}, {"name": "x" * 81}, {"alert_hours": 0}, {"alert_hours": 169}, {"query": {"limit": "many"}},
    {"query": {"niche_ids": 5}}, {"query": {"zips": [[]]}}, {"query": {"lon": "x", "lat": 2}}, {"query": {"polygon": 5}},
    {"query": {"text": 5}}, {"query": {"sort": []}}, {"query": {"radius_m": "x", "lon": 1, "lat": 1}}, {"query": {"text": ["a"]}},
]  # fmt: skip


def test_what_can_not_be_saved(world: World) -> None:
    for wrong in NOT_SAVED:
        answer = world.call("provider", "POST", "/marketplace/saved-searches", json={"name": "Mine", "query": {}} | wrong)
        assert answer.status_code == 422, (wrong, answer.text)


def test_recommendations_with_their_reason_and_what_a_company_says_of_them(world: World, on_sale: list[UUID]) -> None:
    with transaction() as session:
        told = recommend.unread(session)
        recommend.keep(session, recommend.read(told), now=datetime.now(UTC))
    recommend.shelf.forget()
    path = "/marketplace/recommendations"
    shown = world.call("provider", "GET", path).get_json()["items"]
    assert {each["listing"]["lead_id"] for each in shown} == {str(lead) for lead in on_sale}
    assert all("Fits your subscriptions" in each["because"] for each in shown)
    say = f"/marketplace/listings/{on_sale[0]}/feedback"
    assert world.call("provider", "POST", say, json={"verdict": "not_for_me"}).status_code == 201
    answer = world.call("provider", "POST", say, json={"verdict": "wrong_price"})
    assert answer.get_json()["said"] == ["not_for_me", "wrong_price"]
    assert world.call("provider", "POST", say, json={"verdict": "not_fraud"}).status_code == 422
    gone = f"/marketplace/listings/{uuid7()}/feedback"
    assert world.call("provider", "POST", gone, json={"verdict": "helpful"}).status_code == 404
    left = world.call("provider", "GET", path).get_json()["items"]
    assert {each["listing"]["lead_id"] for each in left} == {str(lead) for lead in on_sale[1:]}
    fraud = f"/admin/leads/{on_sale[0]}/fraud-feedback"
    assert world.call("analyst", "POST", fraud, json={"verdict": "looks_like_fraud"}).get_json()["said"] == ["looks_like_fraud"]
    assert world.call("scientist", "POST", fraud, json={"verdict": "not_fraud"}).status_code == 403
