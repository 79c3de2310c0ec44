"""What pages did and programs could not: terms and costs of a source, pairs of requests, an announced price taken back."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from core.kit.db import transaction
from core.kit.ids import uuid7
from core.markets import Market
from core.niches import Niche
from tests.builders import a_lead
from tests.intake_api.rest.conftest import World
from tests.intake_api.rest.test_provider_routes import ok

TERMS = {"licence": "Terms of 1 May", "evidence": "Ticket 12"}


@pytest.fixture
def source(world: World) -> str:
    site = {"site_url": "https://homes.example", "contact_url": "https://ours.example/robot"}
    made = ok(world.call("admin", "POST", "/admin/sources", json={"kind": "fsbo", "name": "Homes", "settings": site}), 201)
    return f"/admin/sources/{made['source']['id']}"


def test_a_source_gets_its_permission_by_a_named_person_and_loses_it(world: World, source: str) -> None:
    path, granted = f"{source}/permissions", TERMS | {"decision": "granted", "may_sell": "with_consent", "may_enrich": True}
    assert ok(world.call("analyst", "GET", path))["items"] == []
    assert world.call("analyst", "POST", path, json=granted).status_code == 403
    assert ok(world.call("admin", "POST", path, json=granted), 422)["error"]["fields"].keys() == {"robots"}
    read = {"verdict": "allowed", "at": "2026-11-28T10:00:00Z", "hash": "ab" * 32}
    (first,) = ok(world.call("admin", "POST", path, json=granted | {"robots": read}), 201)["items"]
    assert (first["in_force"], first["may_sell"], first["robots_hash"], first["may_price"]) == (
        True,
        "with_consent",
        "ab" * 32,
        False,
    )
    denied = ok(world.call("admin", "POST", path, json=TERMS | {"decision": "denied"}), 201)["items"]
    assert [(row["decision"], row["in_force"]) for row in denied] == [("denied", False), ("granted", False)]


def test_costs_of_a_source_begin_and_end(world: World, source: str) -> None:
    cost = {"kind": "monthly", "amount_cents": 12_000, "starts_on": "2026-11-01"}
    (made,) = ok(world.call("admin", "POST", f"{source}/costs", json=cost), 201)["items"]
    (ended,) = ok(world.call("admin", "PUT", f"{source}/costs/{made['id']}", json={"ends_on": "2026-11-30"}))["items"]
    assert (ended["amount_cents"], ended["ends_on"]) == (12_000, "2026-11-30")
    assert ok(world.call("admin", "POST", f"{source}/costs", json=cost | {"amount_cents": 0}), 422)["error"]["fields"].keys() == {
        "amount_cents"
    }
    other = {"kind": "upload", "name": "Another"}
    elsewhere = ok(world.call("admin", "POST", "/admin/sources", json=other), 201)["source"]["id"]
    stray = world.call("admin", "PUT", f"/admin/sources/{elsewhere}/costs/{made['id']}", json={"ends_on": "2026-11-30"})
    assert stray.status_code == 404, "a cost is reached by its own source only"


@pytest.fixture
def pair(world: World, now: datetime) -> dict[str, Any]:
    with transaction() as session:
        niche, market = session.get_one(Niche, world.niche), session.get_one(Market, world.market)
        one, other = (a_lead(session, now, niche, market, status="pending_approval", reviewed_at=None).id for _ in range(2))
        row = {"id": uuid7(), "one": min(one, other), "other": max(one, other), "now": now, "niche": niche.id}
        session.execute(
            text("""insert into duplicate_pair (id, first_id, second_id, niche_id, probability, reasons, found_by, found_at)
                    values (:id, :one, :other, :niche, 0.8, '[]', 'audit', :now)"""),
            row,
        )
    return row


def test_a_pair_is_merged_and_split_kept_apart_and_asked_again(world: World, pair: dict[str, Any]) -> None:
    path = f"/admin/duplicates/{pair['id']}"
    (waiting,) = ok(world.call("analyst", "GET", "/admin/duplicates"))["items"]
    assert (waiting["id"], waiting["probability"]) == (str(pair["id"]), 0.8)

    def state(verb: str) -> str:
        found: str = ok(world.call("admin", "POST", f"{path}/{verb}"))["pair"]["state"]
        return found

    assert state("merge") == "merged" and ok(world.call("admin", "GET", "/admin/duplicates"))["items"] == []
    assert world.call("admin", "POST", f"{path}/merge").status_code == 409
    lead = ok(world.call("admin", "GET", f"/admin/leads/{pair['other']}"))["lead"]
    assert lead["status"] == "duplicate"
    assert state("undo") == "apart", "what was split is not taken for one again"
    assert ok(world.call("admin", "GET", f"/admin/leads/{pair['other']}"))["lead"]["status"] == "pending_approval"
    assert state("undo") == "open" and state("apart") == "apart"
    assert [row["state"] for row in ok(world.call("admin", "GET", "/admin/duplicates?state=decided"))["items"]] == ["apart"]


def test_an_announced_price_is_taken_back(world: World) -> None:
    path = f"/admin/competition-levels/{world.level}"
    assert world.call("admin", "DELETE", f"{path}/next-price").status_code == 409
    announced = ok(world.call("admin", "PUT", path, json={"price_cents": 90_000}))["level"]
    assert announced["next_price_cents"] == 90_000
    kept = ok(world.call("admin", "DELETE", f"{path}/next-price"))["level"]
    assert (kept["next_price_cents"], kept["price_cents"]) == (None, announced["price_cents"])


def test_coverage_and_trials_are_read_by_program(world: World) -> None:
    assert ok(world.call("analyst", "GET", "/admin/reports/coverage"))["report"].keys()
    assert ok(world.call("scientist", "GET", "/admin/price-trials"))["items"] == []
    refused = world.call("scientist", "POST", "/admin/price-trials", json={"name": "Autumn"})
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (409, "price_trial.no_model")
    assert world.call("admin", "POST", "/admin/price-trials/stop", json={"memo": "Enough of it."}).status_code == 404
