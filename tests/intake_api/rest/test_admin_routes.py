"""What staff's programs do: review, providers, levels, people, operations."""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from core.kit import outbox
from core.kit.db import transaction
from core.kit.ids import uuid7
from tests.builders import a_lead, a_market, a_niche
from tests.intake_api.rest.conftest import World
from tests.intake_api.rest.test_provider_routes import ok


def test_a_lead_is_found_read_and_approved(world: World) -> None:
    listed = ok(world.call("analyst", "GET", f"/admin/leads?status=pending_approval,approved&niche_id={world.niche}"))
    assert [row["id"] for row in listed["items"]] == [str(world.lead)]
    assert "@" in listed["items"][0]["email"] and "pat" not in listed["items"][0]["email"]
    assert ok(world.call("admin", "GET", "/admin/leads/stats"))["stats"]["waiting"] == 1
    assert ok(world.call("admin", "GET", f"/admin/leads/{world.lead}"))["lead"]["status"] == "pending_approval"
    approved = ok(world.call("admin", "POST", f"/admin/leads/{world.lead}/approve", json={"note": "Good"}))
    assert approved["lead"]["status"] == "approved"
    assert world.call("admin", "POST", f"/admin/leads/{world.lead}/approve", json={}).status_code == 409
    with transaction() as session:
        queued = session.scalars(text("select key from outbox where kind = 'distribution.run'")).all()
    assert queued == [str(world.lead)]


def test_a_rejection_needs_a_reason(world: World) -> None:
    path = f"/admin/leads/{world.lead}/reject"
    assert ok(world.call("admin", "POST", path, json={}), 422)["error"]["fields"] == {"reason": "This field is required."}
    assert world.call("admin", "POST", path, json={"reason": " "}).status_code == 422
    assert ok(world.call("admin", "POST", path, json={"reason": "Spam"}))["lead"]["status"] == "rejected"


def test_a_lead_is_set_aside_put_back_and_ended(world: World) -> None:
    path = f"/admin/leads/{world.lead}"
    assert ok(world.call("admin", "POST", f"{path}/release", json={}), 409)["error"]["code"] == "lead.illegal_step"
    for verb, status in (("quarantine", "quarantined"), ("release", "pending_approval"), ("withdraw", "withdrawn")):
        for _ in range(2):  # a repeated key gets the first answer again
            done = ok(world.call("admin", "POST", f"{path}/{verb}", json={"reason": "Odd words"}, key=f"{verb}-one"))
            assert done["lead"]["status"] == status
    for verb in ("quarantine", "withdraw", "release"):
        assert ok(world.call("admin", "POST", f"{path}/{verb}", json={"reason": "Again"}), 409)["error"]["code"]
    with transaction() as session:
        asked = "select action, memo from audit_entry where entity_id = :id and action like 'lead.%' order by id"
        trail = [tuple(row) for row in session.execute(text(asked), {"id": world.lead})]
    assert trail == [("lead.quarantined", "Odd words"), ("lead.released", "Odd words"), ("lead.withdrawn", "Odd words")]


def test_a_wish_not_to_be_sold_is_noted_once(world: World) -> None:
    path = f"/admin/leads/{world.lead}/do-not-sell"
    for _ in range(2):
        lead = ok(world.call("admin", "POST", path, json={"reason": "By telephone"}))["lead"]
        assert (lead["status"], lead["do_not_sell"], lead["sale_refusal"]) == ("withdrawn", True, "do_not_sell")
    assert [moment["action"] for moment in lead["timeline"]].count("lead.do_not_sell") == 1


def test_ends_of_a_lead_need_a_reason_and_a_lead(world: World) -> None:
    for verb in ("withdraw", "do-not-sell", "quarantine"):
        path = f"/admin/leads/{world.lead}/{verb}"
        assert ok(world.call("admin", "POST", path, json={}), 422)["error"]["fields"] == {"reason": "This field is required."}
        assert ok(world.call("admin", "POST", path, json={"reason": " "}), 422)["error"]["code"] == "lead.reason_missing"
        assert ok(world.call("admin", "POST", path, json={"reason": "x" * 1001}), 422)["error"]["fields"].keys() == {"reason"}
        nowhere = world.call("admin", "POST", f"/admin/leads/{uuid7()}/{verb}", json={"reason": "Odd"})
        assert ok(nowhere, 404)["error"]["code"] == "lead.not_found"
    assert ok(world.call("admin", "GET", f"/admin/leads/{world.lead}"))["lead"]["status"] == "pending_approval"


def test_bulk_gives_each_lead_its_own_result(world: World) -> None:
    ids = [str(world.lead), str(uuid7())]
    results = ok(world.call("admin", "POST", "/admin/leads/bulk-approve", json={"lead_ids": ids}))["items"]
    assert [(row["lead_id"], row["ok"]) for row in results] == [(ids[0], True), (ids[1], False)]
    too_many = {"lead_ids": [str(uuid7()) for _ in range(51)], "reason": "Spam"}
    assert world.call("admin", "POST", "/admin/leads/bulk-reject", json=too_many).status_code == 422
    assert world.call("admin", "POST", "/admin/leads/bulk-reject", json={"lead_ids": [], "reason": "Spam"}).status_code == 422


def test_leads_page_by_page(world: World, now: datetime) -> None:
    with transaction() as session:
        market, niche = a_market(session, now, slug="reno"), a_niche(session, now)
        made = {str(a_lead(session, now, niche, market).id) for _ in range(5)}
    seen: list[str] = []
    after = ""
    while True:
        answer = ok(world.call("admin", "GET", f"/admin/leads?niche_id={niche.id}&limit=2{after}"))
        seen += [row["id"] for row in answer["items"]]
        if answer["next"] is None:
            break
        after = f"&after={answer['next']}"
    assert len(seen) == 5 and set(seen) == made
    assert ok(world.call("admin", "GET", "/admin/leads?status=lost"), 422)["error"]["fields"]


def test_a_provider_is_found_changed_and_credited(world: World) -> None:
    assert len(ok(world.call("analyst", "GET", "/admin/providers?search=rival"))["items"]) == 1
    path = f"/admin/providers/{world.provider}"
    whole = ok(world.call("admin", "GET", path))
    assert (whole["provider"]["balance_cents"], len(whole["subscriptions"]), whole["areas"]) == (100_000, 1, [])
    assert ok(world.call("admin", "PUT", path, json={"status": "suspended"}), 422)["error"]["fields"].keys() == {"reason"}
    ok(world.call("admin", "PUT", path, json={"status": "suspended", "reason": "Chargeback"}))
    changed = ok(world.call("admin", "GET", path))
    assert (changed["provider"]["status"], changed["subscriptions"][0]["inactive_reason"]) == ("suspended", "provider_suspended")
    assert world.call("admin", "GET", f"/admin/providers/{uuid7()}").status_code == 404


def test_a_repeated_adjustment_moves_money_once(world: World) -> None:
    path = f"/admin/providers/{world.provider}/balance-adjust"
    credit = {"amount_cents": 5000, "memo": "Goodwill after an outage"}
    for _ in range(3):
        assert ok(world.call("admin", "POST", path, json=credit, key="goodwill-1"))["wallet"]["balance_cents"] == 105_000
    debit = {"amount_cents": -105_001, "memo": "Taken back in full"}
    assert ok(world.call("admin", "POST", path, json=debit), 409)["error"]["code"]
    debit["amount_cents"] = -105_000
    assert ok(world.call("admin", "POST", path, json=debit))["wallet"]["balance_cents"] == 0
    assert ok(world.call("admin", "POST", path, json=credit | {"memo": "short"}), 422)["error"]["fields"].keys() == {"memo"}
    assert world.call("admin", "POST", path, json=credit | {"amount_cents": 0}).status_code == 422


def test_levels_are_made_changed_ordered_and_deleted(world: World) -> None:
    path = "/admin/competition-levels"
    new = {"niche_id": str(world.niche), "name": "Alone", "price_cents": 20_000, "max_recipients": 1, "exclusive": True}
    made = ok(world.call("admin", "POST", path, json=new), 201)["level"]
    assert made["position"] == 3
    assert world.call("admin", "POST", path, json=new).status_code == 409
    assert ok(world.call("admin", "POST", path, json=new | {"price_cents": -1}), 422)["error"]["fields"].keys() == {"price_cents"}
    changed = ok(world.call("admin", "PUT", f"{path}/{made['id']}", json={"description": "Yours only", "active": False}))["level"]
    assert (changed["description"], changed["active"]) == ("Yours only", False)
    order = [made["id"], str(world.level), str(world.other_level)]
    moved = ok(world.call("admin", "POST", f"{path}/reorder", json={"niche_id": str(world.niche), "level_ids": order}))["items"]
    assert [(row["id"], row["position"]) for row in moved] == [(order[0], 1), (order[1], 2), (order[2], 3)]
    assert world.call("admin", "DELETE", f"{path}/{world.level}").status_code == 409
    ok(world.call("admin", "DELETE", f"{path}/{made['id']}"))
    assert len(ok(world.call("analyst", "GET", f"{path}?niche_id={world.niche}"))["items"]) == 2
    assert ok(world.call("analyst", "GET", path), 422)["error"]["fields"] == {"niche_id": "This field is required."}


def test_subscriptions_filter_logs_and_statistics(world: World) -> None:
    assert len(ok(world.call("analyst", "GET", f"/admin/subscriptions?niche_id={world.niche}&status=active"))["items"]) == 2
    rules = {"rules": {"all": [{"field": "bedrooms", "operator": "gte", "value": 3}]}}
    ok(world.call("provider", "PUT", f"/provider/subscriptions/{world.subscription}/filters", json=rules))
    log = f"/admin/subscriptions/{world.subscription}/filter-logs"
    change = ok(world.call("analyst", "GET", log))["items"][0]
    assert (change["new_words"], change["actor_id"]) == ("Bedrooms is at least 3.", str(world.users["provider"]))
    ok(world.call("admin", "POST", f"/admin/filter-changes/{change['id']}/memos", json={"memo": "Asked by phone"}), 201)
    assert ok(world.call("analyst", "GET", log))["items"][0]["memos"] == ["Asked by phone"]
    assert len(ok(world.call("admin", "GET", "/admin/audit-logs?memo=by phone"))["items"]) == 1
    stats = ok(world.call("analyst", "GET", f"/admin/niches/{world.niche}/filter-stats"))["stats"]
    assert (stats["with_filter"], stats["fields"]) == (1, {"bedrooms": 1})
    assert ok(world.call("analyst", "GET", f"/admin/niches/{world.niche}/invalid-filters"))["items"] == []
    assert world.call("analyst", "GET", f"/admin/niches/{uuid7()}/filter-stats").status_code == 404


def test_people_and_the_trail(world: World) -> None:
    assert {row["role"] for row in ok(world.call("admin", "GET", "/admin/users"))["items"]} >= {"admin", "provider"}
    scientist = world.users["scientist"]
    body = {"status": "suspended", "reason": "Left the company"}
    assert ok(world.call("admin", "PUT", f"/admin/users/{scientist}/status", json=body))["user"]["status"] == "suspended"
    own = world.call("admin", "PUT", f"/admin/users/{world.users['admin']}/role", json={"role": "analyst"})
    assert own.status_code == 403
    trail = ok(world.call("admin", "GET", f"/admin/audit-logs?entity_id={scientist}&action=user.status"))["items"]
    assert [entry["actor_id"] for entry in trail] == [str(world.users["admin"])]


def test_dead_letters_are_read_retried_and_resolved(world: World, now: datetime) -> None:
    with transaction() as session:
        ids = [outbox.enqueue(session, "email", key=str(n), now=now, payload={"template": "welcome"}) for n in range(2)]
        session.execute(
            text("update outbox set state = 'dead', error = 'no answer', finished_at = :now where id = any(:ids)"),
            {"now": now, "ids": ids},
        )
    queues = ok(world.call("analyst", "GET", "/admin/queues"))["items"]
    assert [(row["kind"], row["dead"]) for row in queues] == [("email", 2)]
    assert len(ok(world.call("admin", "GET", "/admin/queues/dlq?kind=email"))["items"]) == 2
    assert ok(world.call("admin", "GET", f"/admin/queues/dlq/{ids[0]}"))["job"]["error"] == "no answer"
    ok(world.call("admin", "POST", f"/admin/queues/dlq/{ids[0]}/retry"))
    assert world.call("admin", "POST", f"/admin/queues/dlq/{ids[0]}/retry").status_code == 409
    assert ok(world.call("admin", "DELETE", f"/admin/queues/dlq/{ids[1]}"), 422)["error"]["fields"].keys() == {"memo"}
    ok(world.call("admin", "DELETE", f"/admin/queues/dlq/{ids[1]}?memo=Test+data"))
    assert ok(world.call("admin", "GET", "/admin/queues/dlq"))["items"] == []


def test_mails_are_listed(world: World) -> None:
    answer: Any = ok(world.call("admin", "GET", "/admin/email-events?template=welcome&status=sent"))
    assert answer == {"items": [], "next": None}
    assert world.call("admin", "GET", f"/admin/email-events/{uuid7()}").status_code == 404
