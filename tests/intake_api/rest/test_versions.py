"""ETag and If-Match: what was not changed is not sent again, what somebody else changed is not overwritten (RFC 9110)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from werkzeug.test import TestResponse

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


def test_an_address_without_versions_says_so(world: World) -> None:
    made = world.call("provider", "POST", "/provider/webhooks", json={"name": "CRM", "url": "https://crm.example/"}).get_json()
    refused = send(
        world, "PUT", f"/provider/webhooks/{made['endpoint']['id']}", headers={"If-Match": '"x"'}, body={"name": "Mine"}
    )
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "request.if_match")
