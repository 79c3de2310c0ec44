"""What the buttons of Users, Settings, Audit, Today and the flags do (SPEC 1.8, 1.9, 7.4, 13.6, 13.8)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from core import accounts, audit, ledger, ops, privacy
from core.kit import config, outbox
from core.kit.actor import SYSTEM, Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.ids import uuid7
from tests import builders
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.world import World, token_of

ADMIN = Actor(user_id=uuid7(), role="admin")


def one(sql: str, **values: Any) -> Any:
    with transaction() as session:
        return session.execute(text(sql), values).one()


def said(page: Any) -> str:
    return " ".join(toast.value for toast in page.toast)


@pytest.fixture
def colleague(world: World) -> Any:
    """An analyst of the house who is signed in twice."""
    with transaction() as session:
        user = builders.a_user(session, utc_now(), role="analyst", full_name="Robin Example")
        for _ in range(2):
            token_of(session, user, utc_now())
    return user


def test_a_person_is_signed_out_everywhere_with_a_reason(open_page: Open, colleague: Any) -> None:
    page = open_page("admin", "users", user=str(colleague.id))
    sound(page)
    assert page.title[0].value == "Robin Example" and len(page.dataframe[0].value) == 2
    page.text_input(key="reason-sign-out-everywhere").set_value("Lost a laptop")
    page.button(key="do-sign-out-everywhere").click().run()
    assert said(page) == "Signed out everywhere."
    assert one("select count(*) as n from user_session where user_id = :u and revoked_at is null", u=colleague.id).n == 0
    row = one("select memo from audit_entry where action = 'user.sessions_ended' and entity_id = :u", u=colleague.id)
    assert row.memo == "Lost a laptop"
    assert "Not signed in anywhere" in words(page)


def test_status_and_role_with_reasons_and_a_mail(open_page: Open, colleague: Any) -> None:
    page = open_page("admin", "users", user=str(colleague.id))
    page.selectbox(key="new-role").set_value("scientist").run()
    page.text_input(key="reason-role").set_value("Moves to the models")
    page.button(key="do-role").click().run()
    assert one("select role from user_account where id = :u", u=colleague.id).role == "scientist"
    page.text_input(key="reason-suspend").set_value("On leave")
    page.button(key="do-suspend").click().run()
    sound(page)
    assert one("select status from user_account where id = :u", u=colleague.id).status == "suspended"
    mail = one("select payload from outbox where key like 'account_status:%' and payload ->> 'user_id' = :u", u=str(colleague.id))
    assert mail.payload["context"] == {"status": "suspended", "reason": "On leave"}
    memos = [entry.memo for entry in _entries(colleague.id)]
    assert memos[:2] == ["On leave", "Moves to the models"]


def test_a_company_whose_owner_is_gone_gets_another_one(open_page: Open, world: World) -> None:
    with transaction() as session:
        company = builders.a_provider(session, utc_now(), company_name="Left Behind")
        people = {"role": "provider", "provider_id": company.id}
        owner = builders.a_user(session, utc_now(), owner=True, **people)
        member = builders.a_user(session, utc_now(), full_name="Kim Example", **people)
    assert not [button for button in open_page("admin", "users", user=str(member.id)).button if button.key == "do-make-owner"]
    with transaction() as session:
        session.execute(text("update user_account set status = 'deactivated' where id = :id"), {"id": owner.id})
    page = open_page("admin", "users", user=str(member.id))
    sound(page)
    page.text_input(key="reason-make-owner").set_value("By letter of the company")
    page.button(key="do-make-owner").click().run()
    sound(page)
    assert said(page) == "Kim Example owns Left Behind now."
    assert one("select id from user_account where provider_id = :p and owner", p=company.id).id == member.id


def _entries(user_id: Any) -> list[audit.EntryView]:
    with transaction() as session:
        return audit.search(session, actor=ADMIN, entity_type="user", entity_id=user_id, now=utc_now())


def test_nobody_raises_their_own(open_page: Open, world: World) -> None:
    page = open_page("admin", "users", user=str(world.users["admin"]))
    sound(page)
    assert "This is you" in words(page)
    assert not [button for button in page.button if button.key and button.key.startswith("do-")]


def test_filters_of_people_stand_in_the_address(open_page: Open, world: World) -> None:
    page = open_page("admin", "users", status="Active", q="provider@")
    sound(page)
    assert list(page.dataframe[0].value["email"]) == ["provider@hotleads.example"]
    assert "Nobody fits" in words(open_page("admin", "users", q="nobody at all"))


def test_a_setting_is_changed_and_goes_back_to_its_default(open_page: Open, world: World) -> None:
    page = open_page("admin", "business", group="Requests")
    sound(page)
    page.number_input(key="value-review_bulk_limit-50").set_value(80).run()
    page.button(key="save-review_bulk_limit").click().run()
    assert said(page) == "Saved: 80 leads."
    table = page.dataframe[-1].value
    assert (table["before"][0], table["after"][0], table["by"][0]) == ("50 leads", "80 leads", "Admin Person")
    page.button(key="default-review_bulk_limit").click().run()
    with transaction() as session:
        assert ops.threshold(session, "review_bulk_limit") == 50
        changes = ops.threshold_changes(session, actor=ADMIN, keys=["review_bulk_limit"])
    assert [(change.before, change.after) for change in changes] == [(80, 50), (50, 80)]


def test_a_setting_that_moves_money_asks_first(open_page: Open, world: World) -> None:
    page = open_page("admin", "business", group="Money")
    page.number_input(key="value-deposit_least_cents-1000").set_value(25.5).run()
    assert "This moves money" in words(page) and "From $10.00 to $25.50." in words(page)
    page.button(key="do-save-deposit_least_cents").click().run()
    with transaction() as session:
        assert ops.threshold(session, "deposit_least_cents") == 2550


def test_settings_are_found_by_words_and_read_only_for_others(open_page: Open, world: World) -> None:
    page = open_page("analyst", "business", find="review rejected")
    sound(page)
    assert page.number_input(key="value-retain_rejected_days-180").disabled
    page = open_page("scientist", "business")
    sound(page)


def test_retention_says_what_the_next_run_removes(open_page: Open, world: World) -> None:
    with transaction() as session:
        kept = "insert into idempotency_record (scope, key, request_hash, created_at) values ('s', 'k', 'x', :at)"
        session.execute(text(kept), {"at": utc_now() - timedelta(days=9)})
    page = open_page("admin", "business", group="What is kept, how long")
    sound(page)
    table = page.dataframe[0].value.set_index("title")
    assert table.loc["Remembered answers", "due"] == 1


def test_the_trail_by_person_address_and_day(open_page: Open, world: World) -> None:
    with transaction() as session:
        actor = Actor(user_id=world.users["analyst"], role="analyst", ip="198.51.100.20")
        audit.record(session, actor, "niche.opened", entity_type="niche", entity_id=world.niche, now=utc_now(),
                     before={"status": "closed", "price_cents": 900, "name": "x"},
                     after={"status": "open", "price_cents": 1250, "name": "x"})  # fmt: skip
    for query in ({"who": "analyst@"}, {"ip": "198.51.100.0/24"}, {"on": "niche"}, {"action": "niche.", "since": "2026-01-01"}):
        table = open_page("admin", "audit", **query).dataframe[-1].value
        assert "Niche: opened" in list(table["action"]), query
    row = table[table["action"] == "Niche: opened"].iloc[0]
    assert row["by"] == "Analyst Person, analyst" and row["ip"] == "198.51.100.20"
    assert row["change"] == "status: Closed → Open, price: $9.00 → $12.50"
    for query in (
        {"who": "nobody at all"},
        {"ip": "203.0.113.0/24"},
        {"until": "2026-01-01"},
        {"as": "system", "who": "analyst@"},
    ):
        page = open_page("admin", "audit", **query)
        sound(page)
        assert "No entries here" in words(page), query
    page = open_page("admin", "audit", ip="not an address")
    sound(page)
    assert "is no address" in words(page)
    page = open_page("admin", "audit", action="niche.opened", who="analyst@", since="2026-01-01")
    next(button for button in page.button if button.label == "Ask for this file").click().run()
    sound(page)
    assert said(page) == "1 entry will be written. The file appears under Exports."
    asked = one("select dataset, format, filters from export")
    assert (asked.dataset, asked.format, asked.filters["since"]) == ("audit", "csv", "2026-01-01")
    assert asked.filters["matching"] == {"action": "niche.opened", "actor_ids": [str(world.users["analyst"])]}


def test_verify_is_a_job_whose_findings_stay(open_page: Open, world: World) -> None:
    page = open_page("admin", "audit")
    page.button(key="verify").click().run()
    sound(page)
    run = one("select v.id, o.state from verification v join outbox o on o.id = v.id where v.finished_at is null")
    with transaction() as session:
        audit.begin_verification(session, verification_id=run.id, total=200)
        audit.note_progress(session, verification_id=run.id, step="Sealed rows of transfer", done=50)
    (bar,) = open_page("admin", "audit").get("progress")
    assert "Sealed rows of transfer: 50 of 200 rows" in bar.proto.text and bar.proto.value == 25
    checks = [audit_check("seal chain", False, "Seal 3 was altered.")]
    with transaction() as session:
        audit.finish_verification(session, verification_id=run.id, checks=checks, now=utc_now())
    page = open_page("admin", "audit")
    assert "Seal 3 was altered." in words(page)
    assert "1 check failed" in words(open_page("admin"))


def test_operations_asks_for_the_same_check(open_page: Open, world: World) -> None:
    page = open_page("admin", "operations", ops="Checks")
    sound(page)
    page.button(key="verify-all").click().run()
    sound(page)
    run = one("select id from verification where finished_at is null")
    with transaction() as session:
        audit.finish_verification(
            session, verification_id=run.id, checks=[audit_check("ledger sum", True, "fine")], now=utc_now()
        )
    page = open_page("analyst", "operations", ops="Checks")
    assert page.button(key="verify-all").disabled and "Everything is as it should be" in str([e.value for e in page.success])


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A place for backups of this test's own."""
    monkeypatch.setenv("HOTLEADS_BACKUPS", str(tmp_path))
    config.settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    config.settings.cache_clear()


def test_upkeep_tells_of_backups_and_of_what_was_removed(open_page: Open, world: World, shelf: Path) -> None:
    page = open_page("analyst", "operations", ops="Upkeep")
    sound(page)
    assert "Run `hotleads backup`" in words(page) and "it has not run yet" in words(page)
    assert [tile.value for tile in page.metric][-6:-3] == ["None", "Off", "0"]

    for name, hours in (("old", 50), ("new", 2)):
        builders.a_backup(shelf / name, ended_at=utc_now() - timedelta(hours=hours))
    (shelf / "torn").mkdir()
    (shelf / "torn" / "manifest.json").write_text("{")
    with transaction() as session:
        payload = {"slot": utc_now().isoformat(), "every_s": 86_400}
        row = outbox.enqueue(session, "schedule.retention", key="open", now=utc_now(), payload=payload)
        assert row and (job := outbox.hold(session, row, now=utc_now())) and outbox.finish(session, job, now=utc_now())
    page = open_page("analyst", "operations", ops="Upkeep")
    sound(page)
    listed = next(table.value for table in page.dataframe if "reach" in table.value)
    assert list(listed["name"]) == ["new", "old", "torn"] and "can't be read" in listed["problem"].iloc[2]
    assert list(listed["reach"].iloc[:2]) == ["Any later moment"] * 2
    assert "2 h ago" in [tile.value for tile in page.metric] and "Last ran just now, next in 24 h." in words(page)
    removed = next(table.value for table in page.dataframe if "due" in table.value and "days" in table.value)
    assert len(removed) == len(privacy.RULES), "what each rule removed stands below"


def audit_check(name: str, ok: bool, detail: str) -> Any:
    return ops.Check(name, ok, detail)


def test_today_puts_what_stands_still_first(open_page: Open, world: World) -> None:
    with transaction() as session:
        ledger.freeze(session, actor=SYSTEM, provider_id=world.newcomer, reason="A payment was taken back.", now=utc_now())
    page = open_page("admin")
    sound(page)
    seen = [element.value for element in page.markdown if element.value.startswith("**:")]
    tones = ["red" if ":red[" in line else "other" for line in seen]
    assert any("1 wallet frozen" in line and "Waiting Works" in line for line in seen)
    assert any("1 dead letter" in line for line in seen) and any("3 leads to review" in line for line in seen)
    assert tones == sorted(tones, key=lambda tone: tone != "red"), seen
    assert len(page.metric) == 6
    with transaction() as session:
        ledger.unfreeze(session, actor=SYSTEM, provider_id=world.newcomer, memo="settled with them", now=utc_now())
    assert "wallet frozen" not in words(open_page("admin"))


def test_flagged_companies_are_told_in_words(open_page: Open, world: World) -> None:
    for role in ("admin", "analyst"):
        page = open_page(role, "providers", **{"providers-tab": "Flagged"})
        sound(page)
        assert "No company stands out" in words(page) and "At least 10 reports in 30 days" in words(page)


def test_names_are_for_staff(world: World) -> None:
    with transaction() as session:
        named = accounts.names_of(session, actor=ADMIN, user_ids=[world.users["admin"], SYSTEM.user_id])
    assert named == {world.users["admin"]: "Admin Person", SYSTEM.user_id: "Hotleads"}
