"""Programs call with keys: only what the key's scopes say, only its own company's things (SPEC 1.1, 1.7, 6.7)."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from core import accounts, distribution, payments
from core.kit import clock, limits
from core.kit.actor import SYSTEM
from core.kit.db import transaction
from core.markets import Market
from core.niches import Niche
from intake_api.scopes import BLUEPRINTS
from tests.builders import a_lead
from tests.intake_api.rest.conftest import World

PEOPLE_ONLY = {"provider_team", "provider_keys", "provider_support"}


def made(world: World, person: str, path: str, scopes: list[str]) -> str:
    answer = world.call(person, "POST", path, json={"name": "Program", "scopes": scopes})
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["token"])


@pytest.fixture
def partner(world: World) -> str:
    with transaction() as session:
        accounts.ensure_system_user(session, now=clock.utc_now())
        added = payments.add_partner(session, actor=SYSTEM, name="Lead Friends", share_percent=10, now=clock.utc_now())
    return str(added.id)


def request_of(world: World, number: int = 1) -> dict[str, Any]:
    return {
        "niche": str(world.niche),
        "contact": {"name": "Pat Doe", "email": f"pat{number}@example.com", "phone": f"+1702555{number:04}"},
        "zip": "89109",
        "form_data": {"property_type": "house"},
        "consent": {"agreed": True, "version": "2026-11.5"},
    }


def test_scopes_open_what_they_say_and_nothing_else(world: World) -> None:
    world.tokens["reader"] = made(world, "provider", "/provider/api-keys", ["leads.read"])
    assert world.call("reader", "GET", "/provider/inbox").status_code == 200
    for method, path, scope in (
        ("POST", f"/provider/leads/{world.lead}/accept", "leads.write"),
        ("GET", "/provider/balance", "billing.read"),
        ("GET", "/cart", "marketplace.read"),
        ("GET", "/exports", "reports.read"),
    ):
        refused = world.call("reader", method, path)
        assert (refused.status_code, refused.get_json()["error"]["code"]) == (403, "access.scope")
        assert scope in refused.get_json()["error"]["message"]
    for method, path in (("GET", "/provider/team"), ("GET", "/provider/api-keys"), ("POST", "/provider/support-requests")):
        assert world.call("reader", method, path, json={}).status_code == 403, path
    assert world.call("reader", "GET", "/admin/leads").status_code == 403
    assert world.call("reader", "GET", "/auth/me").status_code == 401


def test_every_route_of_providers_is_decided(app: Flask) -> None:
    found = set()
    for rule in app.url_map.iter_rules():
        contract = getattr(app.view_functions[rule.endpoint], "contract", None)
        if contract is not None and {"provider", "partner"} & set(contract.roles):
            found.add(rule.endpoint.split(".")[0])
    assert found <= set(BLUEPRINTS) | PEOPLE_ONLY, "name each new blueprint in intake_api/scopes.py, or here"


def test_a_revoked_key_is_told_so(world: World) -> None:
    token = made(world, "provider", "/provider/api-keys", ["leads.read"])
    world.tokens["program"] = token
    key = world.call("provider", "GET", "/provider/api-keys").get_json()["items"][0]
    assert "token" not in key and key["ending"] == token[-4:]
    assert world.call("rival", "DELETE", f"/provider/api-keys/{key['id']}").status_code == 404
    newer = world.call("provider", "POST", f"/provider/api-keys/{key['id']}/rotate").get_json()
    assert world.call("program", "GET", "/provider/inbox").status_code == 200
    assert world.call("provider", "DELETE", f"/provider/api-keys/{newer['key']['id']}").status_code == 200
    world.tokens["newer"] = newer["token"]
    refused = world.call("newer", "GET", "/provider/inbox")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (401, "access.key")


def test_a_partners_lead_comes_in_under_its_name(world: World, partner: str) -> None:
    world.tokens["feed"] = made(world, "admin", f"/admin/partners/{partner}/api-keys", ["intake"])
    sent = world.call("feed", "POST", "/leads", json=request_of(world) | {"attribution": {"partner": "somebody else"}})
    again = world.call("feed", "POST", "/leads", json=request_of(world, 2), key="abc")
    assert (sent.status_code, again.status_code) == (201, 201), sent.text
    assert world.call("feed", "POST", "/leads", json=request_of(world, 2), key="abc").headers["Idempotency-Replayed"] == "true"
    with transaction() as session:
        rows = session.execute(text("select source, partner_id::text from lead where source = 'partner'")).all()
    assert [tuple(row) for row in rows] == [("partner", partner)] * 2
    world.tokens["pinger"] = made(world, "admin", f"/admin/partners/{partner}/api-keys", ["ping"])
    assert world.call("pinger", "POST", "/leads", json=request_of(world, 3)).status_code == 403
    assert world.call("feed", "GET", "/provider/inbox").status_code == 403


def test_a_dead_key_never_sends_as_a_stranger(world: World, partner: str) -> None:
    world.tokens["feed"] = made(world, "admin", f"/admin/partners/{partner}/api-keys", ["intake"])
    assert world.call("admin", "PUT", f"/admin/partners/{partner}", json={"active": False}).status_code == 200
    assert world.call("feed", "POST", "/leads", json=request_of(world)).status_code == 401
    with transaction() as session:
        assert session.execute(text("select count(*) from lead where source in ('partner', 'api')")).scalar_one() == 0


def test_a_partner_is_counted_by_its_key_not_by_its_address(world: World, partner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.RULES, "lead.ip", "1/minute")
    monkeypatch.setitem(limits.RULES, "partner", "3/minute")
    limits._rule.cache_clear()
    world.tokens["feed"] = made(world, "admin", f"/admin/partners/{partner}/api-keys", ["intake"])
    got = [world.call("feed", "POST", "/leads", json=request_of(world, n)) for n in range(1, 5)]
    assert [answer.status_code for answer in got] == [201, 201, 201, 429]
    assert got[2].headers["X-RateLimit-Remaining"] == "0" and "Retry-After" in got[3].headers


def test_ask_then_send_by_program(world: World, partner: str) -> None:
    world.tokens["feed"] = made(world, "admin", f"/admin/partners/{partner}/api-keys", ["intake", "ping"])
    question = {"niche": str(world.niche), "zip": "89109", "form_data": {"property_type": "house"}}
    offer = world.call("feed", "POST", "/partners/ping", json=question).get_json()
    assert offer["accepted"] and offer["expected_share_cents"] > 0 and offer["share_percent"] == 10.0
    sent = world.call("feed", "POST", "/partners/post", json=request_of(world) | {"ping_id": offer["ping_id"]}, key="first")
    assert sent.status_code == 201, sent.text
    assert (
        world.call("feed", "POST", "/partners/post", json=request_of(world, 2) | {"ping_id": offer["ping_id"]}).status_code == 410
    )
    assert world.call(None, "POST", "/partners/ping", json=question).status_code == 401
    assert world.call("provider", "POST", "/partners/ping", json=question).status_code == 403
    paid = {"amount_cents": 1, "memo": "By bank, November.", "key": "1"}
    refused = world.call("admin", "POST", f"/admin/partners/{partner}/payouts", json=paid)
    assert (refused.status_code, list(refused.get_json()["error"]["fields"])) == (422, ["amount_cents"])


def test_a_partner_reads_its_own_books_by_program(world: World, partner: str, now: datetime) -> None:
    world.tokens["books"] = made(world, "admin", f"/admin/partners/{partner}/api-keys", ["payouts"])
    with transaction() as session:
        niche, market = session.get_one(Niche, world.niche), session.get_one(Market, world.market)
        other = payments.add_partner(session, actor=SYSTEM, name="Other Feed", share_percent=10, now=now)
        for sender in (partner, str(other.id)):
            lead = a_lead(session, now, niche, market, partner_id=UUID(sender), source="partner")
            turn = distribution.claim_turn(session, lead_id=lead.id, actor=SYSTEM, now=now)
            distribution.assign(session, run_id=turn.run_id, actor=SYSTEM, now=now)
    mine = world.call("books", "GET", "/partners/me").get_json()["partner"]
    assert (mine["id"], mine["leads"]) == (partner, 1) and mine["owed_cents"] > 1
    paid = {"amount_cents": 1, "memo": "By bank, November.", "key": "1"}
    assert world.call("admin", "POST", f"/admin/partners/{partner}/payouts", json=paid).status_code == 201
    month = f"/partners/statements/{now:%Y-%m}"
    told = world.call("books", "GET", month).get_json()["statement"]
    assert (told["paid_cents"], told["closing_cents"]) == (1, mine["owed_cents"] - 1)
    shares = world.call("books", "GET", f"{month}/shares?limit=1").get_json()
    rest = world.call("books", "GET", f"{month}/shares?after={shares['next']}").get_json()["items"]
    assert sum(line["amount_cents"] for line in shares["items"] + rest) == told["earned_cents"] == mine["owed_cents"]
    (payout,) = world.call("books", "GET", "/partners/payouts").get_json()["items"]
    assert (payout["amount_cents"], payout["memo"], payout["paid_by"]) == (1, "By bank, November.", None)
    assert world.call("books", "GET", "/partners/statements/soon").status_code == 422
    world.tokens["feed"] = made(world, "admin", f"/admin/partners/{partner}/api-keys", ["intake", "ping"])
    for path in ("/partners/me", month, f"{month}/shares", "/partners/payouts"):
        refused = world.call("feed", "GET", path)
        assert (refused.status_code, refused.get_json()["error"]["code"]) == (403, "access.scope"), path
        assert world.call("provider", "GET", path).status_code == 403
