"""Reporting a lead from the inbox, following it, answering it: pages of both sides (SPEC 7.3, 7.4)."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from core import returns
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.leads import Lead
from core.markets import Market
from core.niches import Niche
from tests import builders
from tests.dashboard.conftest import Open, press, sound, words
from tests.dashboard.test_actions import one, said
from tests.dashboard.world import World, an_assignment

MEMO = "Checked by phone this morning."


def a_sale(world: World) -> UUID:
    """A lead of the company's own, delivered an hour ago."""
    with transaction() as session:
        then = utc_now() - timedelta(hours=1)
        market = session.execute(text("select id from market")).scalar_one()
        lead: Lead = builders.a_lead(session, then, session.get_one(Niche, world.niche), session.get_one(Market, market))
        return an_assignment(session, then, world.provider, lead.id, world.subscription)


def a_claim(world: World, reason: str = "spam", notes: str = "") -> UUID:
    sale = a_sale(world)
    actor = Actor(world.users["provider"], "provider", world.provider)
    with transaction() as session:
        return returns.report(session, actor=actor, assignment_id=sale, reason=reason, notes=notes, now=utc_now()).claim.id


@pytest.fixture(autouse=True)
def _no_limit(world: World) -> None:
    """The tests of this module share a company; its reports of a day are not what they are about."""
    with transaction() as session:
        session.execute(
            text("""insert into threshold (key, value, updated_at, updated_by) values ('claims_per_day', '1000', now(), :u)
                    on conflict do nothing"""),
            {"u": world.users["admin"]},
        )


def status_of(claim: UUID) -> str:
    status: str = one("select status from claim where id = :id", id=claim).status
    return status


def test_a_lead_is_reported_from_the_inbox(open_page: Open, world: World) -> None:
    sale = a_sale(world)
    page = open_page("provider", "inbox", lead=str(sale))
    press(page, "Report the lead")
    assert "Choose what is wrong with it" in words(page)
    page.radio(key=f"bad-{sale}").set_value("invalid_contact")
    page.text_area(key=f"bad-notes-{sale}").set_value("The number is not in service.")
    press(page, "Report the lead")
    sound(page)
    assert "Reported" in said(page)
    row = one("select reason, status from claim where assignment_id = :id", id=sale)
    assert (row.reason, row.status) == ("invalid_contact", "pending")
    seen = words(open_page("provider", "inbox", lead=str(sale)))
    assert "You reported it: Wrong phone or e-mail" in seen and "Waiting for an answer" in seen


def test_an_old_lead_offers_no_report(open_page: Open, world: World) -> None:
    sale = a_sale(world)
    with transaction() as session:
        session.execute(text("set local role none"))
        session.execute(text("update assignment set assigned_at = now() - interval '15 days' where id = :id"), {"id": sale})
    assert "Report the lead" not in words(open_page("provider", "inbox", lead=str(sale)))


def test_a_report_is_followed_taken_back_and_not_made_twice(open_page: Open, world: World) -> None:
    claim = a_claim(world)
    page = open_page("provider", "claims", claim=str(claim))
    assert "Spam or a joke" in words(page) and "left" in words(page)
    page.button(key=f"do-withdraw-{claim}").click().run()
    sound(page)
    assert status_of(claim) == "withdrawn" and "taken back" in said(page)


def test_a_rejection_shows_its_reason_and_takes_one_appeal(open_page: Open, world: World) -> None:
    claim = a_claim(world)
    with transaction() as session:
        returns.reject(session, actor=Actor(world.users["admin"], "admin"), claim_id=claim, memo=MEMO, now=utc_now())
    page = open_page("provider", "claims", claim=str(claim))
    assert MEMO in " ".join(element.proto.body for element in page.get("html"))
    page.text_area[0].set_value("no")
    press(page, "Appeal the rejection")
    assert "at least 10 characters" in words(page) and status_of(claim) == "rejected"
    page.text_area[0].set_value("They told me they never asked for anything.")
    press(page, "Appeal the rejection")
    sound(page)
    assert status_of(claim) == "appealed"
    again = open_page("provider", "claims", claim=str(claim))
    assert "Appeal the rejection" not in words(again) and "final" in words(again)


def test_somebody_elses_report_is_told_in_words(open_page: Open, world: World) -> None:
    page = open_page("provider", "claims", claim="01a20213-8ed2-7185-915b-50e26978e0ea")
    sound(page)
    assert "no such report" in words(page)
    sound(open_page("admin", "bad-leads", claim="01a20213-8ed2-7185-915b-50e26978e0ea"))
    sound(open_page("admin", "bad-leads", claim="not-an-id"))


def test_a_verdict_asks_for_words_and_opens_the_next(open_page: Open, world: World) -> None:
    first, second = a_claim(world), a_claim(world, "other", "Nothing about it was right.")
    page = open_page("admin", "bad-leads", claim=str(first))
    sound(page)
    assert "By the written rule, version 1" in words(page)
    page.button(key="approve").click().run()
    page.text_area(key=f"memo-approve-{first}").set_value("no")
    press(page, "Approve and credit")
    assert "at least 10 characters" in words(page) and status_of(first) == "pending"
    page.text_area(key=f"memo-approve-{first}").set_value(MEMO)
    press(page, "Approve and credit")
    sound(page)
    assert status_of(first) == "approved"
    assert page.query_params["claim"] != str(first)
    page = open_page("admin", "bad-leads", claim=str(second))
    assert "Nothing about it was right." in " ".join(element.proto.body for element in page.get("html"))
    page.button(key="reject").click().run()
    page.text_area(key=f"memo-reject-{second}").set_value(MEMO)
    press(page, "Reject the report")
    assert status_of(second) == "rejected"


def test_an_answer_given_elsewhere_is_told(open_page: Open, world: World) -> None:
    claim = a_claim(world)
    page = open_page("admin", "bad-leads", claim=str(claim))
    page.button(key="reject").click().run()
    with transaction() as session:
        returns.approve(session, actor=Actor(world.users["admin"], "admin"), claim_id=claim, memo=MEMO, now=utc_now())
    page.text_area(key=f"memo-reject-{claim}").set_value(MEMO)
    press(page, "Reject the report")
    sound(page)
    assert status_of(claim) == "approved"


def test_analysts_read_but_do_not_answer(open_page: Open, world: World) -> None:
    claim = a_claim(world, "other", "Call 702-555-0142 and hear.")
    page = open_page("analyst", "bad-leads", claim=str(claim))
    sound(page)
    assert page.button(key="approve").disabled and page.button(key="reject").disabled
    assert "555-0142" not in " ".join(element.proto.body for element in page.get("html"))


def test_filters_ways_and_the_clock_on_today(open_page: Open, world: World) -> None:
    claim = a_claim(world)
    with transaction() as session:
        session.execute(text("update claim set due_at = now() - interval '2 hours' where id = :id"), {"id": claim})
    for query in (
        {"how": "Many at once"},
        {"how": "Flags"},
        {"overdue": "true"},
        {"status": "Credited"},
        {"reason": "Spam or a joke"},
    ):
        sound(open_page("admin", "bad-leads", **query))
    assert "1 report overdue" in words(open_page("admin", "today"))
    assert "overdue" in words(open_page("admin", "bad-leads", claim=str(claim)))


def test_niches_say_what_happens_when_nobody_answers(open_page: Open, world: World) -> None:
    page = open_page("admin", "niches", **{"niche": "roofing", "niche-part": "Settings"})
    toggle = next(one for one in page.toggle if one.label.startswith("Credit a report"))
    toggle.set_value(True)
    press(page, "Save the settings")
    assert one("select claim_auto_credit from niche where id = :id", id=world.niche).claim_auto_credit is True


def test_a_lead_is_refunded_by_hand_and_everybody_credited_from_its_page(open_page: Open, world: World) -> None:
    sale = a_sale(world)
    lead = str(one("select lead_id from assignment where id = :id", id=sale).lead_id)
    page = open_page("admin", "leads", lead=lead, part="Buyers")
    assert "Desert Roofing LLC" in words(page)
    page.text_area(key=f"reason-refund-{sale}").set_value("no")
    page.button(key=f"do-refund-{sale}").click().run()
    assert "at least 10 characters" in said(page)
    page.text_area(key=f"reason-refund-{sale}").set_value(MEMO)
    page.button(key=f"do-refund-{sale}").click().run()
    sound(page)
    assert one("select cause from refund where assignment_id = :id", id=sale).cause == "manual"
    assert "refunded by hand" in words(open_page("analyst", "leads", lead=lead, part="Buyers"))
    bad = a_sale(world)
    lead = str(one("select lead_id from assignment where id = :id", id=bad).lead_id)
    page = open_page("admin", "leads", lead=lead, part="Buyers")
    page.text_area(key="reason-credit-all").set_value(MEMO)
    page.button(key="do-credit-all").click().run()
    assert one("select cause from refund where assignment_id = :id", id=bad).cause == "class_credit"
    sound(open_page("scientist", "leads", lead=lead, part="Buyers"))


def test_a_companys_reports_stand_on_its_page(open_page: Open, world: World) -> None:
    a_claim(world)
    page = open_page("admin", "providers", provider=str(world.provider), part="Claims")
    sound(page)
    assert "Spam or a joke" in page.dataframe[0].value["reason"].to_list()
