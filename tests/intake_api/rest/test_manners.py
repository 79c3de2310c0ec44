"""What is the same wherever a program knocks: doubled names, words for what is wrong, lists, moments, who is asked for a key."""

from typing import Any

import pytest

from core.kit.db import transaction
from core.markets import Market
from tests.intake_api.rest.conftest import World

ID = "01939c5e-0000-7000-8000-000000000000"
THRESHOLD = "/provider/balance/threshold"


def refused(answer: Any, status: int = 422) -> dict[str, str]:
    assert answer.status_code == status, answer.get_data(as_text=True)
    fields: dict[str, str] = answer.get_json()["error"]["fields"]
    return fields


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"threshold_cents": 1, "threshold_cents": 100000}', "threshold_cents"),
        (b'{"threshold_cents": 1, "more": {"a": 1, "b": 2, "a": 3}}', "a"),
    ],
)
def test_a_field_that_stands_twice_is_refused(world: World, body: bytes, field: str) -> None:
    """Of two values one would be taken in silence, and whoever checks the body before us may take the other."""
    answer = world.call("provider", "PUT", THRESHOLD, data=body, content_type="application/json")
    assert refused(answer) == {field: "This field stands there twice."}


def test_a_parameter_is_given_once_unless_it_takes_several(world: World) -> None:
    assert refused(world.call("provider", "GET", "/provider/inbox?limit=1&limit=2")) == {"limit": "Give this parameter once."}
    one, other = (
        world.call("admin", "GET", f"/admin/leads?{words}").get_json()["items"]
        for words in ("status=approved&status=pending_approval", "status=approved,pending_approval")
    )
    assert one == other and len(one) > 0


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/provider/inbox?limit=0", {"limit": "At least 1."}),
        ("/provider/inbox?limit=101", {"limit": "At most 100."}),
        ("/provider/inbox?limit=many", {"limit": "Send a whole number."}),
        ("/provider/inbox?after=x", {"after": f"This is no id; ids look like {ID}."}),
        ("/provider/inbox?since=2026-11-01T08:00:00", {"since": "Say the time zone, too: 2026-11-01T00:00:00Z."}),
        ("/provider/inbox?since=yesterday", {"since": "Send a moment such as 2026-11-01T00:00:00Z."}),
        ("/provider/inbox?channel=fax", {"channel": "Choose one of: distribution, marketplace."}),
        ("/marketplace/listings?lon=x", {"lon": "Send a number."}),
    ],
)
def test_what_is_wrong_is_said_in_words_for_people(world: World, path: str, fields: dict[str, str]) -> None:
    assert refused(world.call("provider", "GET", path)) == fields


def test_a_kind_of_movement_that_there_is_not_is_refused_and_not_taken_for_none(world: World) -> None:
    for path in ("/provider/billing/history?kind=tips", "/provider/billing/history.csv?kind=tips"):
        assert refused(world.call("provider", "GET", path))["kind"].startswith("Choose one of: lead_charge, refund, deposit")
    assert world.call("provider", "GET", "/provider/billing/history?kind=refund").get_json() == {"items": [], "next": None}


def test_who_must_sign_in_is_told_how(world: World) -> None:
    answer = world.call(None, "GET", "/provider/inbox")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert world.client.get("/api").get_json()["error"]["code"] == "route.unknown"


def test_moments_end_in_z(world: World) -> None:
    assert world.call("provider", "GET", "/auth/me").get_json()["expires_at"].endswith("Z")


def test_a_company_that_signs_up_by_program_finds_its_markets_and_mistyped_ids_are_told(world: World) -> None:
    (market,) = world.call(None, "GET", "/markets").get_json()["items"]
    assert market.keys() == {"id", "slug", "name", "state", "timezone"} and market["id"] == str(world.market)
    given = {"company_name": "Roe Roofing", "email": "roe@example.com", "full_name": "Sam Roe", "terms_accepted": True}
    given |= {"password": "quartz-Lantern-meadow-42", "niche_ids": [str(world.niche)]}
    for wrong in ([market["id"], market["slug"]], [None], "las-vegas", None):
        answer = world.call(None, "POST", "/auth/register", json=given | {"market_ids": wrong})
        assert refused(answer) == {"market_ids": "Send a list of ids."}
    assert world.call(None, "POST", "/auth/register", json=given | {"market_ids": [market["id"]]}).status_code == 201
    with transaction() as session:
        found = session.get(Market, world.market)
        assert found is not None
        found.status = "closed"
    assert world.call(None, "GET", "/markets").get_json() == {"items": []}
