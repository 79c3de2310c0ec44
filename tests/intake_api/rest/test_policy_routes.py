"""Policies and passports over HTTP: what they answer, and to whom."""

from datetime import timedelta
from typing import Any

import pytest

from core import audit, leads, passports
from core.kit import clock
from core.kit.actor import SYSTEM
from core.kit.db import transaction
from tests.intake_api.rest.conftest import World


def a_policy(**changes: Any) -> dict[str, Any]:
    begins = (clock.utc_now() + timedelta(days=1)).isoformat()
    given = {"rule": "resale_days", "value": 30, "effective_from": begins, "ground": "The contract of the test", "state": "NV"}
    return given | changes


def test_a_policy_is_added_listed_and_judged_by(world: World) -> None:
    made = world.call("admin", "POST", "/admin/policies", json=a_policy())
    assert made.status_code == 201, made.text
    (row,) = world.call("admin", "GET", "/admin/policies").json["items"]
    assert (row["rule"], row["value"], row["state"], row["standing"]) == ("resale_days", 30, "NV", "to come")
    when = (clock.utc_now() + timedelta(days=60)).isoformat()
    answers = [
        world.call("admin", "GET", f"/admin/leads/{world.lead}/judgement", query_string=at).json["judgement"]["refusal"]
        for at in ({}, {"at": when})
    ]
    assert answers == [None, "resale_over"]


def test_what_is_wrong_is_named_and_a_provider_gets_none_of_it(world: World) -> None:
    refused = world.call("admin", "POST", "/admin/policies", json=a_policy(value=0, ground=""))
    assert refused.status_code == 422 and {"value", "ground"} <= set(refused.json["error"]["fields"])
    for method, path in (("GET", "/admin/policies"), ("GET", f"/admin/leads/{world.lead}/judgement")):
        assert world.call("provider", method, path).status_code == 403


@pytest.fixture
def kept(world: World) -> World:
    """The lead's life so far, sealed and in its passport."""
    now = clock.utc_now()
    with transaction() as session:
        audit.record(session, SYSTEM, "lead.approved", entity_type="lead", entity_id=world.lead, now=now)
    with transaction() as session:
        audit.seal_new(session, now=now)
    with transaction() as session:
        assert passports.extend(session) >= 2
    return world


def test_a_passport_is_a_file_that_proves_itself(kept: World) -> None:
    key = kept.client.get("/api/v1/passport-key").json["public_key"]
    got = kept.call("admin", "GET", f"/admin/leads/{kept.lead}/passport")
    assert got.status_code == 200 and "attachment" in got.headers["Content-Disposition"]
    assert all(check.ok for check in passports.check(got.data, key=key))
    assert kept.call(None, "GET", f"/admin/leads/{kept.lead}/passport").status_code == 401
    assert kept.call("provider", "GET", f"/admin/leads/{kept.lead}/passport").status_code == 403


def test_a_company_brings_a_list_and_asks_it(world: World) -> None:
    today = clock.utc_now().date().isoformat()
    made = world.call(
        "provider", "POST", "/provider/do-not-contact",
        json={"name": "Customers", "list_date": today, "content": "pat@example.com\n(702) 234-1001\n"},
    )  # fmt: skip
    assert made.status_code == 201 and made.json["list"]["entries"] == 2, made.text
    (row,) = world.call("provider", "GET", "/provider/do-not-contact").json["items"]
    assert (row["name"], row["list_date"], row["fresh"]) == ("Customers", today, True)
    told = world.call("provider", "POST", "/provider/do-not-contact/check", json={"phone": "702 234 1001"}).json["check"]
    assert told["clear"] is False and [one["listed"] for one in told["answers"]] == [True]
    assert world.call("rival", "POST", "/provider/do-not-contact/check", json={"phone": "702 234 1001"}).json["check"]["clear"]
    assert world.call("rival", "DELETE", "/provider/do-not-contact/Customers").status_code == 404
    assert world.call("provider", "DELETE", "/provider/do-not-contact/Customers").status_code == 200
    assert world.call("provider", "GET", "/provider/do-not-contact").json["items"] == []


def test_an_admin_brings_a_list_for_everybody(world: World) -> None:
    today = clock.utc_now().date()
    body = {"name": "Registry", "list_date": today.isoformat(), "content": "pat@example.com\n(702) 234-1001\n"}
    made = world.call("admin", "POST", "/admin/do-not-contact", json=body)
    assert made.status_code == 201 and made.json["list"]["entries"] == 2, made.text
    ahead = body | {"list_date": (today + timedelta(days=2)).isoformat()}
    assert world.call("admin", "POST", "/admin/do-not-contact", json=ahead).status_code == 422
    (row,) = world.call("analyst", "GET", "/admin/do-not-contact").json["items"]
    assert (row["name"], row["entries"], row["fresh"]) == ("Registry", 2, True)
    assert world.call("analyst", "POST", "/admin/do-not-contact", json=body).status_code == 403
    assert world.call("provider", "GET", "/admin/do-not-contact").status_code == 403
    assert world.call("admin", "DELETE", "/admin/do-not-contact/Registry").status_code == 200
    assert world.call("admin", "GET", "/admin/do-not-contact").json["items"] == []


def test_who_asks_to_be_left_alone_is_put_on_our_own_list(world: World) -> None:
    asked = {"phone": "(702) 234-1001", "email": "pat1@example.com", "reason": "Called on Monday."}
    assert world.call("admin", "POST", "/admin/do-not-contact/block", json=asked | {"reason": " "}).status_code == 422
    assert world.call("admin", "POST", "/admin/do-not-contact/block", json={"reason": "Nobody."}).status_code == 422
    for role, status in (("analyst", 403), ("provider", 403), (None, 401)):
        assert world.call(role, "POST", "/admin/do-not-contact/block", json=asked).status_code == status
    done = world.call("admin", "POST", "/admin/do-not-contact/block", json=asked)
    assert (done.status_code, done.json) == (201, {"listed": True})
    with transaction() as session:
        assert leads.is_blocked(session, email="pat1@example.com") and leads.is_blocked(session, phone="702 234 1001")
    done = world.call("admin", "POST", "/admin/do-not-contact/unblock", json=asked)
    assert (done.status_code, done.json) == (200, {"listed": False})


def test_a_person_sees_downloads_and_erases_by_their_link(world: World) -> None:
    mine = f"/my-request/{leads.my_request_code(world.lead)}"
    shown = world.client.get(mine)
    assert shown.status_code == 200 and "Who has your data" in shown.text and "Nobody but us so far" in shown.text
    file = world.client.get(f"{mine}/data.json")
    assert file.status_code == 200 and file.get_json()["requests"][0]["name"] == "Pat Example"
    assert world.client.get("/my-request/nonsense/data.json").status_code == 404
    assert world.client.post(mine, data={"act": "download"}).get_json()["requests"][0]["name"] == "Pat Example"
    world.client.post(mine, data={"act": "erase"})
    assert world.client.get(f"{mine}/data.json").get_json()["requests"][0]["name"] == "Pat Example", "not without the tick"
    world.client.post(mine, data={"act": "erase", "sure": "yes"})
    assert world.client.get(f"{mine}/data.json").get_json()["requests"][0]["name"] is None
