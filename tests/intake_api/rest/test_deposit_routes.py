"""Deposits and automatic top-ups by program (SPEC 6.2, 6.4, 2.9)."""

from collections.abc import Iterator

import pytest

from core.kit import config
from demo.gateways.keys import environment, fresh_keys
from tests.intake_api.rest.conftest import World


@pytest.fixture
def gateways(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keys only: nothing here asks a gateway."""
    for name, value in environment(fresh_keys(), "http://127.0.0.1:9").items():
        monkeypatch.setenv(name, value)
    config.settings.cache_clear()
    yield
    monkeypatch.undo()
    config.settings.cache_clear()


def test_start_and_list(world: World, gateways: None) -> None:
    wanted = {"gateway": "stripe", "amount_cents": 5_000}
    made = world.call("provider", "POST", "/provider/deposits", json=wanted, key="one")
    again = world.call("provider", "POST", "/provider/deposits", json=wanted, key="one")
    assert made.status_code == 201 and again.get_json() == made.get_json()
    started = made.get_json()["deposit"]
    assert f"/pay/{started['deposit_id']}?key=" in started["redirect_url"]
    listed = world.call("provider", "GET", "/provider/deposits").get_json()["items"]
    assert [(row["id"], row["status"], row["amount_cents"]) for row in listed] == [(started["deposit_id"], "pending", 5_000)]
    assert world.call("rival", "GET", "/provider/deposits").get_json()["items"] == []
    assert world.call("provider", "GET", "/provider/deposits?status=completed").get_json()["items"] == []


def test_refusals(world: World, gateways: None) -> None:
    for wanted, field in (
        ({"gateway": "stripe", "amount_cents": 999}, "amount_cents"),
        ({"gateway": "stripe"}, "amount_cents"),
        ({"gateway": "cash", "amount_cents": 5_000}, "gateway"),
        ({"gateway": "stripe", "amount_cents": "5000"}, "amount_cents"),
        ({"gateway": "stripe", "amount_cents": 5_000.5}, "amount_cents"),
    ):
        answer = world.call("provider", "POST", "/provider/deposits", json=wanted)
        assert answer.status_code == 422 and field in answer.get_json()["error"]["fields"], wanted
    assert world.call("provider", "GET", "/provider/top-up").get_json() == {"top_up": None}
    no_card = world.call("provider", "PUT", "/provider/top-up", json={"enabled": True})
    assert no_card.status_code == 409 and "Save a card first" in no_card.get_json()["error"]["message"]


def test_not_set_up(world: World) -> None:
    answer = world.call("provider", "POST", "/provider/deposits", json={"gateway": "paypal", "amount_cents": 5_000})
    assert answer.status_code == 503 and "PAYPAL_CLIENT_ID" in answer.get_json()["error"]["message"]
