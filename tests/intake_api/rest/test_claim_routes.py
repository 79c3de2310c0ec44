"""Bad-lead reports over HTTP: report, queue, evidence, answers, appeal, class credit, refunds (SPEC 7.3, 7.4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from core import distribution
from core.kit.actor import SYSTEM
from core.kit.db import transaction
from core.kit.ids import uuid7
from core.leads import Lead
from core.markets import Market
from core.niches import Niche
from tests.builders import a_lead
from tests.core.returns.court import assert_whole
from tests.intake_api.rest.conftest import World

MEMO = "Checked by phone this morning."


@dataclass
class Sold:
    """Leads that both companies bought: assignment ids of the first and of the rival, lead by lead."""

    mine: list[UUID]
    theirs: list[UUID]
    leads: list[UUID]


@pytest.fixture
def sold(world: World, now: datetime) -> Sold:
    found = Sold([], [], [])
    with transaction() as session:
        niche, market = session.get_one(Niche, world.niche), session.get_one(Market, world.market)
        for _ in range(7):
            lead: Lead = a_lead(session, now, niche, market)
            turn = distribution.claim_turn(session, lead_id=lead.id, actor=SYSTEM, now=now)
            distribution.assign(session, run_id=turn.run_id, actor=SYSTEM, now=now)
            query = text("select provider_id, id from assignment where lead_id = :l")
            rows: dict[UUID, UUID] = dict(session.execute(query, {"l": lead.id}).all())  # type: ignore[arg-type]
            found.leads.append(lead.id)
            found.mine.append(rows[world.provider])
            found.theirs.append(rows[world.rival])
    return found


def report(world: World, sale: UUID, person: str = "provider", **body: Any) -> Any:
    return world.call(person, "POST", f"/provider/leads/{sale}/bad-lead", json={"reason": "spam"} | body)


def answer(world: World, claim: str, verb: str, memo: str = MEMO, person: str = "admin") -> Any:
    return world.call(person, "POST", f"/admin/bad-leads/{claim}/{verb}", json={"memo": memo})


def claim_of(response: Any) -> dict[str, Any]:
    found: dict[str, Any] = response.get_json()["claim"]
    return found


def test_a_report_its_evidence_and_the_money_back(world: World, sold: Sold) -> None:
    made = report(world, sold.mine[0])
    assert made.status_code == 201
    claim = claim_of(made)
    again = report(world, sold.mine[0], reason="other", notes="something else entirely")
    assert (again.status_code, claim_of(again)["id"]) == (200, claim["id"])
    (line,) = world.call("admin", "GET", "/admin/bad-leads").get_json()["items"]
    assert (line["id"], line["status"], line["price_cents"]) == (claim["id"], "pending", 2500)
    file = claim_of(world.call("analyst", "GET", f"/admin/bad-leads/{claim['id']}"))
    assert file["suggestion"]["verdict"] == "look" and file["delivery"]["viewed_at"] is None
    assert len(file["others"]) == 1 and file["history"]["reports"] == 0
    done = answer(world, claim["id"], "approve")
    assert done.status_code == 200 and claim_of(done)["status"] == "approved"
    assert answer(world, claim["id"], "approve").status_code == 409
    assert answer(world, claim["id"], "reject").get_json()["error"]["code"] == "claim.decided"
    late = report(world, sold.mine[0])
    assert (late.status_code, late.get_json()["error"]["code"]) == (409, "claim.reported_before")
    assert world.call("provider", "GET", "/provider/balance").get_json()["wallet"]["balance_cents"] == 100_000 - 6 * 2500
    told = world.call("admin", "GET", "/admin/bad-leads/metrics").get_json()
    assert (told["metrics"]["refunded_cents"], told["approval_rate"]) == (2500, 1.0)
    with transaction() as session:
        assert_whole(session)


def test_a_rejection_and_its_one_appeal(world: World, sold: Sold) -> None:
    claim = claim_of(report(world, sold.mine[0]))["id"]
    assert answer(world, claim, "reject", memo="too short").status_code == 422
    assert answer(world, claim, "reject").status_code == 200
    path = f"/provider/bad-leads/{claim}"
    assert world.call("rival", "POST", f"{path}/appeal", json={"notes": MEMO}).status_code == 404
    assert world.call("provider", "POST", f"{path}/appeal", json={"notes": "no"}).status_code == 422
    appealed = claim_of(world.call("provider", "POST", f"{path}/appeal", json={"notes": MEMO}))
    assert appealed["status"] == "appealed" and appealed["appeal_until"] is None
    answer(world, claim, "reject")
    assert world.call("provider", "POST", f"{path}/appeal", json={"notes": MEMO}).status_code == 409
    steps = claim_of(world.call("provider", "GET", path))["steps"]
    assert [(step["event"], step["by_us"]) for step in steps] == [
        ("reported", False),
        ("rejected", True),
        ("appealed", False),
        ("rejected", True),
    ]


def test_taking_a_report_back(world: World, sold: Sold) -> None:
    claim = claim_of(report(world, sold.mine[0]))["id"]
    assert world.call("rival", "POST", f"/provider/bad-leads/{claim}/withdraw").status_code == 404
    assert claim_of(world.call("provider", "POST", f"/provider/bad-leads/{claim}/withdraw"))["status"] == "withdrawn"
    assert [row["id"] for row in world.call("provider", "GET", "/provider/bad-leads?status=withdrawn").get_json()["items"]] == [
        claim
    ]
    assert world.call("provider", "GET", "/provider/bad-leads?status=open").get_json()["items"] == []
    assert report(world, sold.mine[0]).status_code == 409


def test_the_days_limit_says_when_it_frees(world: World, sold: Sold) -> None:
    for sale in sold.mine[:5]:
        assert report(world, sale).status_code == 201
    refused = report(world, sold.mine[5])
    assert refused.status_code == 429 and 86_000 < int(refused.headers["Retry-After"]) <= 86_400
    assert "UTC" in refused.get_json()["error"]["message"]


def test_another_companys_lead_is_not_there(world: World, sold: Sold) -> None:
    assert report(world, sold.theirs[0]).status_code == 404
    assert report(world, uuid7()).status_code == 404
    claim = claim_of(report(world, sold.theirs[0], "rival"))["id"]
    assert world.call("provider", "GET", f"/provider/bad-leads/{claim}").status_code == 404


def test_wrong_words_are_refused_by_field(world: World, sold: Sold) -> None:
    for body, field in (({"reason": "boredom"}, "reason"), ({"reason": "other", "notes": "short"}, "notes")):
        refused = report(world, sold.mine[0], **body)
        assert refused.status_code == 422 and set(refused.get_json()["error"]["fields"]) == {field}
    assert world.call("provider", "GET", "/provider/bad-leads?status=lost").status_code == 422
    assert world.call("admin", "GET", "/admin/bad-leads?status=lost").status_code == 422


def test_everybody_who_holds_a_bad_lead_is_credited(world: World, sold: Sold) -> None:
    claim = claim_of(report(world, sold.mine[0]))["id"]
    credited = answer(world, claim, "class-credit").get_json()["credited"]
    assert set(credited["provider_ids"]) == {str(world.provider), str(world.rival)} and credited["amount_cents"] == 5000
    assert claim_of(world.call("provider", "GET", f"/provider/bad-leads/{claim}"))["resolution"] == "class_credit"
    assert answer(world, claim, "class-credit").status_code == 409


def test_a_refund_without_a_report(world: World, sold: Sold) -> None:
    path = f"/admin/lead-assignments/{sold.mine[0]}/refund"
    assert world.call("analyst", "POST", path, json={"memo": MEMO}).status_code == 403
    paid = world.call("admin", "POST", path, json={"memo": MEMO}, key="k1")
    assert paid.get_json()["refund"]["amount_cents"] == 2500
    assert world.call("admin", "POST", path, json={"memo": MEMO}, key="k1").headers["Idempotency-Replayed"] == "true"
    twice = world.call("admin", "POST", path, json={"memo": MEMO})
    assert (twice.status_code, twice.get_json()["error"]["code"]) == (409, "refund.once")
    assert world.call("admin", "POST", f"/admin/lead-assignments/{uuid7()}/refund", json={"memo": MEMO}).status_code == 404


def test_many_answers_and_a_queue_in_pages(world: World, sold: Sold) -> None:
    claims = [claim_of(report(world, sale))["id"] for sale in sold.mine[:4]]
    first = world.call("admin", "GET", "/admin/bad-leads?limit=3").get_json()
    rest = world.call("admin", "GET", f"/admin/bad-leads?limit=3&after={first['next']}").get_json()
    assert [row["id"] for row in first["items"] + rest["items"]] == claims and rest["next"] is None
    body = {"memo": MEMO, "claim_ids": [*claims[:2], str(uuid7())]}
    items = world.call("admin", "POST", "/admin/bad-leads/bulk-approve", json=body).get_json()["items"]
    assert [item["ok"] for item in items] == [True, True, False]
    body = {"memo": MEMO, "claim_ids": claims[1:3]}
    items = world.call("admin", "POST", "/admin/bad-leads/bulk-reject", json=body).get_json()["items"]
    assert [item["ok"] for item in items] == [False, True]
    assert len(world.call("admin", "GET", "/admin/bad-leads?status=all").get_json()["items"]) == 4
    assert (
        len(world.call("admin", "GET", f"/admin/bad-leads?status=approved&provider_id={world.provider}").get_json()["items"]) == 2
    )
    assert world.call("admin", "GET", "/admin/bad-leads?overdue=true").get_json()["items"] == []


def test_flags_are_for_staff(world: World) -> None:
    assert world.call("analyst", "GET", "/admin/reports/providers/flags").get_json() == {"items": []}
    assert world.call("provider", "GET", "/admin/reports/providers/flags").status_code == 403
