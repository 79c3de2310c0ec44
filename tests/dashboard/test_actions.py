"""Buttons do what they say, once, as the person who presses them; what core refuses is told in words."""

import re
from typing import Any
from uuid import UUID

from sqlalchemy import text

from core import leads, niches
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.leads import Lead
from core.leads.errors import NOT_FOR_SALE
from core.markets import Market
from core.niches import Niche
from dashboard.shared.lead import REFUSALS
from tests import builders
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.world import World


def one(sql: str, **values: Any) -> Any:
    with transaction() as session:
        return session.execute(text(sql), values).one()


def said(page: Any) -> str:
    return " ".join(toast.value for toast in page.toast)


def test_approve_opens_the_next_one(open_page: Open, world: World) -> None:
    first, second, _ = world.waiting
    page = open_page("admin", "review", lead=str(first))
    page.button(key="approve").click().run()
    sound(page)
    assert said(page) == "Approved. It is being distributed."
    assert page.query_params["lead"] == str(second)
    row = one("select status, reviewed_by from lead where id = :id", id=first)
    assert (row.status, row.reviewed_by) == ("approved", world.users["admin"])
    assert one("select count(*) as runs from outbox where kind = 'distribution.run' and key = :k", k=str(first)).runs == 1


def test_approve_with_a_note_and_a_mail(open_page: Open, world: World) -> None:
    with transaction() as session:
        market = session.get_one(Market, session.get_one(Lead, world.waiting[0]).market_id)
        lead = builders.a_lead(session, utc_now(), session.get_one(Niche, world.niche), market, status="pending_approval").id
    page = open_page("admin", "review", lead=str(lead))
    assert "Suggested price on the marketplace" in " ".join(each.label for each in page.expander)
    page.button(key="approve-note").click().run()
    page.text_area(key=f"note-{lead}").set_value("Called back, all fits.")
    page.checkbox(key=f"notify-{lead}").check()
    next(button for button in page.button if button.label == "Approve the request").click().run()
    sound(page)
    row = one("select status, review_note from lead where id = :id", id=lead)
    assert tuple(row) == ("approved", "Called back, all fits.")
    assert one("select count(*) as n from outbox where kind = 'email' and key like :k", k=f"lead_approved:{lead}%").n == 1


def test_every_refusal_of_a_sale_has_its_words() -> None:
    assert set(REFUSALS) == set(NOT_FOR_SALE)


def test_a_decision_taken_elsewhere_is_told(open_page: Open, world: World) -> None:
    lead = world.waiting[1]
    page = open_page("admin", "review", lead=str(lead))
    with transaction() as session:
        leads.reject(session, actor=SYSTEM, lead_id=lead, reason="meanwhile", now=utc_now())
    page.button(key="approve").click().run()
    sound(page)
    assert "can't become approved" in said(page)
    assert one("select status from lead where id = :id", id=lead).status == "rejected"


def test_an_analyst_reads_but_does_not_decide(open_page: Open, world: World) -> None:
    page = open_page("analyst", "review", lead=str(world.waiting[2]))
    assert page.button(key="approve").disabled and page.button(key="reject").disabled


def test_accept_then_tell_what_came_of_it(open_page: Open, world: World) -> None:
    page = open_page("provider", "inbox", lead=str(world.assignment))
    assert one("select viewed_at from assignment where id = :id", id=world.assignment).viewed_at is not None
    page.button(key="accept").click().run()
    assert said(page) == "Accepted. Good luck with the call."
    page.text_area(key=f"note-{world.assignment}").set_value("Call after five").run()
    page.segmented_control(key=f"outcome-{world.assignment}").set_value("won").run()
    page.text_input(key=f"worth-{world.assignment}").set_value("$1,200.50").run()
    page.button(key=f"save-{world.assignment}").click().run()
    sound(page)
    row = one("select decision, outcome, outcome_value_cents, notes from assignment where id = :id", id=world.assignment)
    assert tuple(row) == ("accepted", "won", 120_050, "Call after five")


def test_an_amount_that_is_none_is_refused_beside_its_field(open_page: Open, world: World) -> None:
    page = open_page("provider", "inbox", lead=str(world.assignment))
    page.segmented_control(key=f"outcome-{world.assignment}").set_value("won").run()
    page.text_input(key=f"worth-{world.assignment}").set_value("a lot").run()
    page.button(key=f"save-{world.assignment}").click().run()
    assert "Enter an amount" in words(page)


def test_subscribe_pause_resume(open_page: Open, world: World) -> None:
    page = open_page("provider", "subscriptions")
    page.button(key=f"join-{world.levels[0]}").click().run()
    assert said(page) == "You are subscribed to Exclusive."
    made = UUID(page.query_params["sub"])
    for label, status in (("Pause", "paused"), ("Resume", "active")):
        next(button for button in page.button if button.label == label).click().run()
        sound(page)
        assert one("select status from subscription where id = :id", id=made).status == status


def test_a_filter_is_built_saved_and_read_again(open_page: Open, world: World) -> None:
    page = open_page("provider", "subscriptions", sub=str(world.subscription))
    next(button for button in page.button if button.label == "Add a rule").click().run()
    assert "Property type is “house”" in words(page).replace("is house", "is “house”")
    next(button for button in page.button if button.label == "Save the filter").click().run()
    sound(page)
    assert said(page).startswith("The filter is saved")
    stored = one("select filter_rules from subscription where id = :id", id=world.subscription).filter_rules
    assert stored == {"all": [{"field": "property_type", "operator": "eq", "value": "house"}]}
    again = open_page("provider", "subscriptions", sub=str(world.subscription))
    assert next(button for button in again.button if button.label == "Save the filter").disabled


def test_limits_of_a_subscription(open_page: Open, world: World) -> None:
    page = open_page("provider", "subscriptions", sub=str(world.subscription), wish="How much")
    for label, value in (("Leads a day", "5"), ("Money a month", "$500")):
        next(field for field in page.text_input if field.label == label).set_value(value)
    next(button for button in page.button if button.label == "Save the limits").click().run()
    sound(page)
    row = one("select cap_leads_day, cap_spend_month_cents from subscription where id = :id", id=world.subscription)
    assert tuple(row) == (5, 50_000)


def test_money_moves_once_for_one_filled_form(open_page: Open, world: World) -> None:
    page = open_page("admin", "providers", provider=str(world.provider), part="Wallet")
    before = one("select balance_cents from wallet where provider_id = :p", p=world.provider).balance_cents
    next(field for field in page.text_input if field.label == "Amount").set_value("$12.50")
    next(field for field in page.text_input if field.label == "Memo").set_value("A credit in a test")
    next(button for button in page.button if button.label == "Credit this amount").click().run()
    sound(page)
    assert said(page) == "Moved $12.50."
    after = one("select balance_cents from wallet where provider_id = :p", p=world.provider).balance_cents
    assert after - before == 1_250
    next(button for button in page.button if button.label == "Credit this amount").click().run()
    assert "Enter an amount" in words(page), "the form was emptied: nothing is left to press twice"
    assert one("select balance_cents from wallet where provider_id = :p", p=world.provider).balance_cents == after


def test_a_threshold_changes_and_is_in_the_trail(open_page: Open, world: World) -> None:
    page = open_page("admin", "business")
    page.number_input(key="value-review_bulk_limit-50").set_value(40).run()
    page.button(key="save-review_bulk_limit").click().run()
    assert said(page) == "Saved: 40 leads."
    assert one("select value from threshold where key = 'review_bulk_limit'").value == 40
    assert one("select count(*) as n from audit_entry where action = 'threshold.changed'").n == 1


def test_a_company_is_let_in_and_suspended(open_page: Open, world: World) -> None:
    page = open_page("admin", "providers", provider=str(world.newcomer))
    next(button for button in page.button if button.label == "Activate").click().run()
    assert one("select status from provider where id = :id", id=world.newcomer).status == "active"
    page.button(key="do-suspended").click().run()
    assert said(page) == "Give a reason (at most 500 characters)."
    page.text_input(key="reason-suspended").set_value("A test of standing")
    page.button(key="do-suspended").click().run()
    sound(page)
    row = one("select status, status_reason from provider where id = :id", id=world.newcomer)
    assert tuple(row) == ("suspended", "A test of standing")


def test_the_form_is_published_once_it_has_changed(open_page: Open, world: World) -> None:
    page = open_page("admin", "niches", niche="roofing")
    publish = next(button for button in page.button if button.label == "Publish version 2")
    assert publish.disabled, "an untouched form equals the published one"
    next(button for button in page.button if button.label == "Add a question").click().run()
    assert "Write a text here" in words(page)
    assert re.search(r"\*\*Question \d+\*\*, question: Write a text here", words(page)), "the part as the editor calls it"
    next(field for field in reversed(page.text_input) if field.label == "Question").set_value("Roof age").run()
    next(button for button in page.button if button.label == "Publish version 2").click().run()
    sound(page)
    schema = one("select schema from form_schema where niche_id = :n and version = 2", n=world.niche).schema
    assert schema["fields"][-1] == {"key": "roof_age", "label": "Roof age", "type": "text", "required": False}


def published(world: World, *fields: dict[str, Any]) -> None:
    """The form as another administrator leaves it, by the API."""
    with transaction() as session:
        niches.publish_schema(session, actor=SYSTEM, niche_id=world.niche, schema={"fields": list(fields)}, now=utc_now())


def test_a_form_published_by_the_api_is_shown_as_it_is_and_untouched(open_page: Open, world: World) -> None:
    nickname = {
        "key": "nick_name",
        "label": "Nickname",
        "type": "text",
        "validation": {"min_length": 0, "max_length": 9},
        "help": "",
    }
    published(world, nickname)
    page = open_page("admin", "niches", niche="roofing")
    sound(page)
    assert next(button for button in page.button if button.label.startswith("Publish version")).disabled
    assert "Undo all" not in [button.label for button in page.button]
    assert "nick_name" not in " ".join(each.value for each in page.markdown), "people read the question, not its key"


def test_what_is_wrong_with_a_form_is_told_in_the_editors_own_words(open_page: Open, world: World) -> None:
    published(
        world, {"key": "kind", "label": "Kind of roof", "type": "text"}, {"key": "age", "label": "Roof age", "type": "number"}
    )
    page = open_page("admin", "niches", niche="roofing")
    next(field for field in page.number_input if field.label == "Shortest, characters").set_value(9).run()
    next(field for field in page.number_input if field.label == "Longest, characters").set_value(5).run()
    told = words(page)
    assert "**Kind of roof**, longest: The longest is less than the shortest" in told and "max_length" not in told


def test_nobodys_draft_is_lost_to_another_version(open_page: Open, world: World) -> None:
    page = open_page("admin", "niches", niche="roofing")
    next(button for button in page.button if button.label == "Add a question").click().run()
    next(field for field in reversed(page.text_input) if field.label == "Question").set_value("Mine").run()
    published(world, {"key": "theirs", "label": "Theirs", "type": "text"})
    page.run()
    assert "was published while you worked" in words(page) and "Mine" in words(page)
    assert next(button for button in page.button if button.label.startswith("Publish version")).disabled
    next(button for button in page.button if button.label == "Undo all").click().run()
    assert "Theirs" in words(page) and "was published while" not in words(page)


def test_a_wish_not_to_be_sold_is_noted_on_the_lead_s_page(open_page: Open, world: World) -> None:
    lead = world.waiting[2]
    page = open_page("admin", "leads", lead=str(lead))
    page.text_input(key="reason-do-not-sell").set_value("By telephone")
    page.button(key="do-do-not-sell").click().run()
    sound(page)
    assert said(page) == "Noted, and withdrawn."
    row = one("select status, do_not_sell from lead where id = :id", id=lead)
    assert (row.status, row.do_not_sell) == ("withdrawn", True)
    story = words(page)
    assert "Marked as not to be sold" in story and "by an administrator" in story
    assert "True" not in story and "Lead: " not in story, "a story is told in words"
