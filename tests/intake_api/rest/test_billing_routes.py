"""Money over HTTP: a provider's own, staff's view of everybody's, files to keep (SPEC 6)."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

from werkzeug.test import TestResponse

from core import ledger
from core.kit.actor import SYSTEM
from core.kit.db import transaction
from core.kit.ids import uuid7
from tests.intake_api.rest.conftest import World
from tests.intake_api.rest.test_provider_routes import ok


def page_of(world: World, person: str | None, path: str) -> TestResponse:
    """A file or page outside the JSON routes."""
    headers = {"Authorization": f"Bearer {world.tokens[person]}"} if person else {}
    return world.client.get(path, headers=headers)


def rows(answer: TestResponse) -> list[dict[str, str]]:
    assert (answer.status_code, answer.mimetype) == (200, "text/csv"), answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def spend(world: World, now: datetime, cents: int, memo: str = "a memo of the test") -> None:
    with transaction() as session:
        ledger.debit_manually(
            session,
            actor=SYSTEM,
            provider_id=world.provider,
            amount_cents=cents,
            memo=memo,
            idempotency_key=str(uuid7()),
            now=now,
        )


def test_a_plan_is_read_and_chosen(world: World) -> None:
    shown = ok(world.call("provider", "GET", "/provider/plans"))
    assert [plan["key"] for plan in shown["items"]] == ["starter", "pro", "enterprise"]
    assert shown["mine"]["plan"]["key"] == "starter"
    mine = ok(world.call("provider", "PUT", "/provider/plan", json={"plan": "pro"}))["mine"]
    assert mine["plan"]["key"] == "pro" and mine["paid_until"]
    assert ok(world.call("provider", "PUT", "/provider/plan", json={"plan": "pro"}), 409)["error"]["code"] == "plan.running"
    assert world.call("provider", "PUT", "/provider/plan", json={"plan": "gold"}).status_code == 404
    wallet = ok(world.call("provider", "GET", "/provider/balance"))["wallet"]
    assert wallet["balance_cents"] == 100_000 - mine["plan"]["fee_cents"]
    kinds = [line["kind"] for line in ok(world.call("provider", "GET", "/provider/billing/history"))["items"]]
    assert kinds == ["plan_fee", "manual_credit"]
    assert len(ok(world.call("provider", "GET", "/provider/credit-packs"))["items"]) == 4


def test_the_reminder_is_set(world: World) -> None:
    path = "/provider/balance/threshold"
    assert ok(world.call("provider", "PUT", path, json={"threshold_cents": 12_000}))["wallet"]["low_balance_cents"] == 12_000
    assert ok(world.call("provider", "PUT", path, json={"threshold_cents": -1}), 422)["error"]["fields"].keys() == {
        "threshold_cents"
    }


def test_a_statement_as_json_page_and_file(world: World, now: datetime) -> None:
    spend(world, now, 2_500)
    month = f"{now:%Y-%m}"
    assert month in ok(world.call("provider", "GET", "/provider/billing/statements"))["items"]
    told = ok(world.call("provider", "GET", f"/provider/billing/statements/{month}?zone=UTC"))["statement"]
    assert (told["opening_cents"], told["in_cents"], told["out_cents"], told["closing_cents"]) == (0, 100_000, 2_500, 97_500)
    page = page_of(world, "provider", f"/money/statements/{month}?zone=UTC")
    assert page.status_code == 200 and page.mimetype == "text/html"
    for words in ("$1,000.00", "$25.00", "$975.00", "Closing balance", "UTC", "still running"):
        assert words in page.text
    lines = rows(page_of(world, "provider", f"/money/statements/{month}/movements.csv?zone=UTC"))
    assert sum(100 * float(line["amount_usd"]) for line in lines) == 97_500
    for wrong, status in (("2026-13", 422), ("1999-01", 404)):
        assert world.call("provider", "GET", f"/provider/billing/statements/{wrong}").status_code == status
        assert page_of(world, "provider", f"/money/statements/{wrong}").status_code == status
    assert page_of(world, "provider", f"/money/statements/{month}?zone=Nowhere").status_code == 422


def test_movements_are_streamed_whole_and_safe_for_spreadsheets(world: World, now: datetime, monkeypatch: Any) -> None:
    monkeypatch.setattr("intake_api.money_files.CHUNK", 3)
    for number in range(7):
        spend(world, now, 100 + number, memo='=HYPERLINK("x") and more')
    for path in ("/api/v1/provider/billing/history.csv", "/money/movements.csv"):
        lines = rows(page_of(world, "provider", path))
        assert [line["amount_usd"] for line in lines] == [f"-1.0{n}" for n in range(6, -1, -1)] + ["1000.00"]
        assert lines[0]["memo"] == '\'=HYPERLINK("x") and more'
    assert len(rows(page_of(world, "provider", "/money/movements.csv?kind=manual_credit"))) == 1
    since = (now + timedelta(days=1)).isoformat().replace("+", "%2B")
    assert rows(page_of(world, "provider", f"/money/movements.csv?since={since}")) == []
    assert page_of(world, "provider", "/money/movements.csv?since=yesterday").status_code == 422


def test_files_are_for_the_wallets_own_people_and_staff(world: World, now: datetime) -> None:
    month = f"{now:%Y-%m}"
    for path in ("/money/movements.csv", f"/money/statements/{month}", f"/money/statements/{month}/movements.csv"):
        assert page_of(world, None, path).status_code == 401
        assert page_of(world, "scientist", path).status_code == 403
        assert page_of(world, "admin", path).status_code == 422, "staff say whose"
        assert page_of(world, "analyst", f"{path}?provider={world.provider}").status_code == 200
        assert page_of(world, "rival", f"{path}?provider={world.provider}").status_code == 404
        assert page_of(world, "rival", path).status_code == 200
        assert page_of(world, "admin", f"{path}?provider={uuid7()}").status_code == 404
    assert world.call("rival", "GET", f"/admin/billing/providers/{world.provider}/ledger").status_code == 403
    assert page_of(world, "provider", f"/money/partners/{uuid7()}/{month}/shares.csv").status_code == 403


def test_staff_oversee_wallets(world: World, now: datetime) -> None:
    listed = ok(world.call("analyst", "GET", "/admin/billing/providers?limit=1"))
    rest = ok(world.call("analyst", "GET", f"/admin/billing/providers?after={listed['next']}"))
    assert {row["id"] for row in listed["items"] + rest["items"]} == {str(world.provider), str(world.rival)}
    path = f"/admin/billing/providers/{world.provider}"
    assert ok(world.call("admin", "POST", f"{path}/freeze", json={"reason": "why"}), 422)["error"]["fields"].keys() == {"reason"}
    frozen = ok(world.call("admin", "POST", f"{path}/freeze", json={"reason": "a chargeback to look at"}))["wallet"]
    assert frozen["frozen_reason"] == "a chargeback to look at"
    assert len(ok(world.call("admin", "GET", "/admin/billing/providers?state=frozen"))["items"]) == 1
    assert ok(world.call("provider", "PUT", "/provider/plan", json={"plan": "pro"}), 409)["error"]["code"] == "wallet.frozen"
    ok(world.call("admin", "POST", f"{path}/unfreeze", json={"reason": "the bank took it back"}))
    assert ok(world.call("admin", "POST", f"{path}/settle-debt", json={"reason": "agreed on the phone"}), 409)["error"]["code"]
    assert ok(world.call("analyst", "GET", f"{path}/ledger"))["items"][0]["kind"] == "manual_credit"
    assert ok(world.call("analyst", "GET", f"{path}/statements/{now:%Y-%m}"))["statement"]["closing_cents"] == 100_000
    assert world.call("analyst", "GET", f"/admin/billing/providers/{uuid7()}/ledger").status_code == 404
    assert ok(world.call("analyst", "GET", "/admin/payments?status=completed")) == {"items": [], "next": None}
    assert world.call("analyst", "GET", "/admin/payments?status=lost").status_code == 422


def test_plans_and_packs_are_edited(world: World) -> None:
    edited = ok(world.call("admin", "PUT", "/admin/plans/pro", json={"fee_cents": 12_000, "hold_minutes": 25}))["plan"]
    assert (edited["fee_cents"], edited["hold_minutes"], edited["cart_size"]) == (12_000, 25, 15)
    assert ok(world.call("admin", "PUT", "/admin/plans/pro", json={"fee_cents": -1}), 422)["error"]["fields"].keys() == {
        "fee_cents"
    }
    assert len(ok(world.call("analyst", "GET", "/admin/plans"))["items"]) == 3
    new = {"name": "Convoy", "amount_cents": 500_000, "bonus_cents": 60_000}
    pack = ok(world.call("admin", "POST", "/admin/credit-packs", json=new, key="convoy"), 201)["pack"]
    assert ok(world.call("admin", "POST", "/admin/credit-packs", json=new, key="convoy"), 201)["pack"]["id"] == pack["id"]
    assert ok(world.call("admin", "POST", "/admin/credit-packs", json=new), 422)["error"]["fields"].keys() == {"name"}
    ok(world.call("admin", "PUT", f"/admin/credit-packs/{pack['id']}", json={"active": False}))
    assert len(ok(world.call("provider", "GET", "/provider/credit-packs"))["items"]) == 4
    assert len(ok(world.call("analyst", "GET", "/admin/credit-packs"))["items"]) == 5


def test_partners_are_taken_on_and_their_month_read(world: World, now: datetime) -> None:
    made = ok(world.call("admin", "POST", "/admin/partners", json={"name": "Referral Works", "share_percent": 12.5}), 201)[
        "partner"
    ]
    assert (made["share_percent"], made["owed_cents"]) == ("12.50", 0)
    wrong = {"name": "Other", "share_percent": "half"}
    assert ok(world.call("admin", "POST", "/admin/partners", json=wrong), 422)["error"]["fields"].keys() == {"share_percent"}
    path = f"/admin/partners/{made['id']}"
    assert ok(world.call("admin", "PUT", path, json={"active": False}))["partner"]["active"] is False
    told = ok(world.call("analyst", "GET", f"{path}/statements/{now:%Y-%m}"))["statement"]
    assert (told["sales"], told["closing_cents"]) == (0, 0)
    assert rows(page_of(world, "analyst", f"/money/partners/{made['id']}/{now:%Y-%m}/shares.csv")) == []
    assert len(ok(world.call("analyst", "GET", "/admin/partners"))["items"]) == 1
