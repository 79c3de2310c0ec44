"""Webhooks by program: added, tried on a sample, logged, replayed; another company's do not exist (SPEC 7.7)."""

from typing import Any

from core.kit.ids import uuid7
from tests.intake_api.rest.conftest import World

WANTED = {"name": "CRM", "url": "https://crm.example/leads"}


def added(world: World, **more: Any) -> dict[str, Any]:
    answer = world.call("provider", "POST", "/provider/webhooks", json=WANTED | more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def test_added_changed_tried_and_removed(world: World) -> None:
    made = added(world)
    path = f"/provider/webhooks/{made['endpoint']['id']}"
    assert made["secret"].startswith("whsec_")
    (listed,) = world.call("provider", "GET", "/provider/webhooks").get_json()["items"]
    assert listed["name"] == "CRM" and "secret" not in listed
    changed = world.call("provider", "PUT", path, json={"mapping": {"mail": "contact.email"}, "active": False})
    assert changed.get_json()["endpoint"]["active"] is False and changed.get_json()["endpoint"]["mapping"] == {
        "mail": "contact.email"
    }
    assert world.call("provider", "POST", f"{path}/test").get_json()["error"]["code"] == "webhook.off"
    world.call("provider", "PUT", path, json={"active": True})
    tried = world.call("provider", "POST", f"{path}/test")
    assert tried.status_code == 202
    (line,) = world.call("provider", "GET", f"{path}/deliveries").get_json()["items"]
    assert (line["id"], line["event"], line["state"]) == (tried.get_json()["delivery_id"], "test", "waiting")
    assert world.call("provider", "GET", f"{path}/deliveries/{line['id']}").get_json() == {"attempts": []}
    assert world.call("provider", "POST", f"{path}/deliveries/{line['id']}/replay").status_code == 404, "it is still waiting"
    assert world.call("provider", "POST", f"{path}/replay-failed").get_json() == {"replayed": 0}
    assert world.call("provider", "POST", f"{path}/secret").get_json()["secret"] != made["secret"]
    assert world.call("provider", "DELETE", path).status_code == 200
    assert world.call("provider", "PUT", path, json={"name": "x"}).status_code == 404


def test_a_mapping_is_tried_on_a_sample(world: World) -> None:
    sketch = {"kind": "form", "mapping": {"who": "contact.name", "why": "=Roof"}}
    assert (
        world.call("provider", "POST", "/provider/webhooks/preview", json=sketch).get_json()["body"] == "who=Pat+Example&why=Roof"
    )
    wrong = world.call("provider", "POST", "/provider/webhooks/preview", json={"mapping": {"who": "contact.diary"}})
    assert wrong.status_code == 422 and "who" in wrong.get_json()["error"]["message"]


def test_another_companys_webhooks_do_not_exist(world: World) -> None:
    path = f"/provider/webhooks/{added(world)['endpoint']['id']}"
    cases: list[tuple[str, str, Any]] = [
        ("PUT", path, {"name": "Mine now"}),
        ("DELETE", path, None),
        ("POST", f"{path}/test", None),
        ("POST", f"{path}/secret", None),
        ("GET", f"{path}/deliveries", None),
        ("GET", f"{path}/deliveries/{uuid7()}", None),
        ("POST", f"{path}/replay-failed", None),
    ]
    for method, where, body in cases:
        answer = world.call("rival", method, where, json=body)
        assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "webhook.not_found"), where
