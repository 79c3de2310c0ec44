"""Policies, companies' lists and passports as people see them (SPEC 2.5, 9.1, 13.8)."""

from datetime import timedelta
from html import escape

import pytest
from streamlit.testing.v1 import AppTest

from core import audit, leads, passports, policies
from core.kit.actor import SYSTEM, Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from tests.dashboard.conftest import Open, sound
from tests.dashboard.world import World


@pytest.fixture(scope="module")
def ruled(world: World) -> World:
    """A policy to come, a company's list, and a lead on sale whose story is sealed."""
    now = utc_now()
    admin = Actor(world.users["admin"], "admin")
    owner = Actor(world.users["provider"], "provider", world.provider)
    with transaction() as session:
        policies.add_policy(
            session, actor=admin, rule="resale_days", value=45, ground="Nevada test act", effective_from=now + timedelta(days=2),
            state="NV", now=now,
        )  # fmt: skip
        leads.upload_own_list(
            session, actor=owner, name="Our customers", list_date=now.date(), content=b"pat@example.com\n", now=now
        )
        for lead_id in world.waiting:
            audit.record(
                session, SYSTEM, "lead.submitted", entity_type="lead", entity_id=lead_id, now=now, after={"source": "form"}
            )
    with transaction() as session:
        audit.seal_new(session, now=now)
    with transaction() as session:
        assert passports.extend(session) >= 3
    return world


def drawn(page: AppTest) -> str:
    return " ".join(one.proto.body for one in page.get("html"))


def test_policies_are_listed_with_their_ground(ruled: World, open_page: Open) -> None:
    page = open_page("admin", "policies")
    sound(page)
    table = page.dataframe[0].value
    assert table["value"].tolist() == ["45 days"] and table["ground"].tolist() == ["Nevada test act"]
    assert table["where"].tolist() == ["Every niche, NV"] and table["standing"].tolist() == ["To come"]
    assert any(button.label == "Add the policy" for button in page.button)
    seen = open_page("analyst", "policies")
    sound(seen)
    assert not [button for button in seen.button if button.label == "Add the policy"]


def test_nothing_that_a_policy_says_is_cut(ruled: World, open_page: Open) -> None:
    page = open_page("analyst", "policies")
    for rule in policies.RULES.values():
        assert escape(rule.sentence) in drawn(page) and escape(rule.otherwise) in drawn(page)
    page.session_state["policies"] = {"selection": {"rows": [0], "columns": []}}
    page.run()
    sound(page)
    assert "<dd>Nevada test act</dd>" in drawn(page)


def test_a_lead_is_judged_on_the_page(ruled: World, open_page: Open) -> None:
    page = open_page("admin", "policies", **{"policy-part": "Judge a lead", "judged": str(ruled.waiting[0])})
    sound(page)
    assert [one.value for one in page.success] == ["It may be sold."] and "08:00 to 21:00" in drawn(page)
    wrong = open_page("admin", "policies", **{"policy-part": "Judge a lead", "judged": "nonsense"})
    sound(wrong)
    assert "not the id of a lead" in wrong.warning[0].value


def test_staff_sees_companies_lists_and_a_company_checks_its_own(ruled: World, open_page: Open) -> None:
    page = open_page("admin", "policies", **{"policy-part": "Companies' lists"})
    sound(page)
    assert page.dataframe[0].value["name"].tolist() == ["Our customers"]
    mine = open_page("provider", "settings", settings="Do not contact")
    sound(mine)
    assert mine.dataframe[0].value["entries"].tolist() == [1]
    mine.text_input(key="check-email").input("pat@example.com")
    next(button for button in mine.button if button.label == "Check").click().run()
    sound(mine)
    assert [one.value for one in mine.error] == ["Do not contact."] and mine.dataframe[-1].value["says"].tolist() == ["Listed"]


def test_an_admin_uploads_and_drops_a_list_for_everybody(ruled: World, open_page: Open) -> None:
    page = open_page("admin", "policies", **{"policy-part": "Our lists"})
    sound(page)
    page.text_input(key="house-name").input("National registry")
    page.file_uploader[0].set_value(("list.csv", b"x@example.com\n(702) 555-0199\nnonsense\n", "text/csv"))
    next(button for button in page.button if button.label == "Upload the list").click().run()
    sound(page)
    assert page.dataframe[0].value[["name", "entries", "standing"]].values.tolist() == [["National registry", 2, "In force"]]
    seen = open_page("analyst", "policies", **{"policy-part": "Our lists"})
    sound(seen)
    assert len(seen.dataframe) == 1 and not [button for button in seen.button if "list" in button.label.lower()]
    with transaction() as session:
        leads.drop_list(session, actor=SYSTEM, name="National registry", now=utc_now())


def test_an_admin_puts_somebody_on_our_own_list_and_takes_them_off(ruled: World, open_page: Open) -> None:
    page = open_page("admin", "policies", **{"policy-part": "Our lists"})
    for button, listed in (("Put on the list", True), ("Take off the list", False)):
        page.text_input(key="block-phone").input("(702) 555-0177")
        page.text_input(key="block-reason").input("Called on Monday.")
        next(each for each in page.button if each.label == button).click().run()
        sound(page)
        with transaction() as session:
            assert leads.is_blocked(session, phone="+17025550177") == listed
    page.text_input(key="block-reason").input("")
    next(each for each in page.button if each.label == "Put on the list").click().run()
    assert "Write a reason" in " ".join(each.value for each in page.warning)


def test_a_leads_page_has_its_passport(ruled: World, open_page: Open) -> None:
    page = open_page("admin", "leads", lead=str(ruled.waiting[0]), part="Passport")
    sound(page)
    assert "Agreed to be contacted" in drawn(page) and f"/api/v1/admin/leads/{ruled.waiting[0]}/passport" in drawn(page)
