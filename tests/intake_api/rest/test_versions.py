"""ETag and If-Match: what was not changed is not sent again, what somebody else changed is not overwritten (RFC 9110)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from werkzeug.test import TestResponse

from core.inventory import Assignment, Slot
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.ids import uuid7
from core.markets import Market
from core.niches import Niche
from tests.builders import a_lead
from tests.intake_api.rest.conftest import World

PREFERENCES = "/provider/notification-preferences"


def send(world: World, method: str, path: str, *, headers: dict[str, str], body: Any = None) -> TestResponse:
    signed = {"Authorization": f"Bearer {world.tokens['provider']}"} | headers
    return world.client.open(f"/api/v1{path}", method=method, json=body, headers=signed)


def caps_of(world: World) -> str:
    return f"/provider/subscriptions/{world.subscription}/caps"


def test_what_did_not_change_is_not_sent_again(world: World) -> None:
    first = world.call("provider", "GET", caps_of(world))
    again = send(world, "GET", caps_of(world), headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert world.call("provider", "PUT", caps_of(world), json={"leads_day": 3}).status_code == 200
    changed = send(world, "GET", caps_of(world), headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200 and changed.headers["ETag"] != first.headers["ETag"]


def test_an_edit_of_what_was_changed_meanwhile_is_refused(world: World) -> None:
    read = world.call("provider", "GET", caps_of(world)).headers["ETag"]
    assert send(world, "PUT", caps_of(world), headers={"If-Match": read}, body={"leads_day": 3}).status_code == 200
    late = send(world, "PUT", caps_of(world), headers={"If-Match": read}, body={"leads_day": 9})
    assert (late.status_code, late.get_json()["error"]["code"]) == (412, "request.changed_meanwhile")
    assert '"leads_day":3' in world.call("provider", "GET", caps_of(world)).text.replace(" ", "")
    assert send(world, "PUT", caps_of(world), headers={"If-Match": "*"}, body={"leads_day": 9}).status_code == 200


def test_of_two_edits_at_once_one_is_refused(world: World) -> None:
    read = world.call("provider", "GET", caps_of(world)).headers["ETag"]
    signed = {"Authorization": f"Bearer {world.tokens['provider']}", "If-Match": read}

    def edit(leads: int) -> int:
        client = world.client.application.test_client()
        return client.put(f"/api/v1{caps_of(world)}", json={"leads_day": leads}, headers=signed).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(edit, range(1, 5))) == [200, 412, 412, 412]


def test_a_verb_on_a_lead_that_changed_meanwhile_is_refused(world: World) -> None:
    path, signed = f"/admin/leads/{world.lead}", {"Authorization": f"Bearer {world.tokens['admin']}"}

    def act(verb: str, seen: str, **body: Any) -> TestResponse:
        return world.client.post(f"/api/v1{path}/{verb}", json=body, headers=signed | {"If-Match": seen})

    read = world.call("admin", "GET", path).headers["ETag"]
    assert world.call("admin", "GET", path).headers["ETag"] == read, "reading it changes nothing"
    assert act("quarantine", read, reason="Looks odd").status_code == 200
    late = act("release", read)
    assert (late.status_code, late.get_json()["error"]["code"]) == (412, "request.changed_meanwhile")
    assert world.call("admin", "GET", path).get_json()["lead"]["status"] == "quarantined"
    assert act("release", world.call("admin", "GET", path).headers["ETag"]).status_code == 200


def held(world: World) -> str:
    """Where the provider reads a lead that it holds."""
    with transaction() as session:
        lead = a_lead(session, utc_now(), session.get_one(Niche, world.niche), session.get_one(Market, world.market))
        sold = {"lead_id": lead.id, "provider_id": world.provider, "slot_no": 1}
        session.add(Slot(state="sold", **sold))
        session.flush()
        row = Assignment(id=uuid7(), channel="marketplace", niche_id=world.niche, price_cents=0, assigned_at=utc_now(), **sold)
        session.add(row)
    return f"/provider/leads/{row.id}"


def test_of_two_outcomes_at_once_one_is_refused(world: World) -> None:
    path, signed = held(world), {"Authorization": f"Bearer {world.tokens['provider']}"}
    assert world.call("provider", "POST", f"{path}/accept").status_code == 200
    read = world.call("provider", "GET", path).headers["ETag"]

    def outcome(said: str) -> int:
        client = world.client.application.test_client()
        return client.post(f"/api/v1{path}/outcome", json={"outcome": said}, headers=signed | {"If-Match": read}).status_code

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(outcome, ("contacted", "won", "lost"))) == [200, 412, 412]


def test_an_address_without_versions_says_so(world: World) -> None:
    made = world.call("provider", "POST", "/provider/webhooks", json={"name": "CRM", "url": "https://crm.example/"}).get_json()
    refused = send(
        world, "PUT", f"/provider/webhooks/{made['endpoint']['id']}", headers={"If-Match": '"x"'}, body={"name": "Mine"}
    )
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "request.if_match")
    made = send(world, "POST", "/provider/webhooks", headers={"If-Match": '"x"'}, body={"name": "B", "url": "https://b.example/"})
    assert (made.status_code, made.get_json()["error"]["code"]) == (422, "request.if_match"), "not ignored"
