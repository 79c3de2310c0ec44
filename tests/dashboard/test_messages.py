"""Messages: letters with their story, templates that are written, compared and taken back, addresses we spare (SPEC 11)."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from core import messaging
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.messaging import MailEvent, Told
from tests.core.messaging.sent import sent_mail
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.world import World

WELCOME = {"messages": "Templates", "letter": "welcome"}


def one(sql: str, **values: Any) -> Any:
    with transaction() as session:
        return session.execute(text(sql), values).one()


def said(page: Any) -> str:
    return " ".join(toast.value for toast in page.toast)


def bodies(page: Any) -> str:
    return " ".join(element.proto.body for element in page.get("html"))


def test_a_letter_shows_its_story(open_page: Open, world: World) -> None:
    with transaction() as session:
        now = utc_now()
        events = (
            MailEvent(world.letter, "opened", now, "page:1"),
            MailEvent(world.letter, "delivered", now - timedelta(minutes=1), "page:2", detail="250 ok"),
        )
        messaging.record_events(session, told=Told("ses", events), now=now)
    page = open_page("admin", "messages", mail=str(world.letter))
    sound(page)
    story = bodies(page)
    assert story.index("Queued") < story.index("Delivered") < story.index("Opened")
    assert "250 ok · told by Amazon SES" in story


def test_filters_are_in_the_address(open_page: Open, world: World) -> None:
    page = open_page("admin", "messages", template="New lead", reader="Consumers")
    sound(page)
    assert "No letter fits these filters" in words(page)
    page = open_page("admin", "messages", template="New lead")
    assert any("lead in" in button.label for button in page.button)


def test_a_template_is_saved_compared_taken_back_and_retired(open_page: Open, world: World) -> None:
    page = open_page("admin", "messages", **WELCOME)
    page.text_input(key="subject-welcome-1").set_value("Good day, {{ company }}").run()
    sound(page)
    assert "**Good day, Desert Roofing**" in words(page)
    page.button(key="save-template").click().run()
    sound(page)
    assert said(page).startswith("Saved.")
    assert one("select version from email_template where key = 'welcome' and active").version == 2

    page = open_page("admin", "messages", **WELCOME)
    page.button(key="compare-welcome-1").click().run()
    sound(page)
    code = "\n".join(block.value for block in page.code)
    assert "+ Good day, {{ company }}" in code and "- {{ company }} is ready to receive leads" in code
    page.button(key="do-welcome-1").click().run()
    assert said(page) == "Version 1 is in use."
    page = open_page("admin", "messages", **WELCOME)
    page.button(key="do-retire-welcome-2").click().run()
    sound(page)
    assert said(page) == "Version 2 is retired."
    assert one("select version from email_template where key = 'welcome' and active").version == 1


def test_a_variable_that_is_not_declared_is_told_and_can_not_be_saved(open_page: Open, world: World) -> None:
    page = open_page("admin", "messages", messages="Templates", letter="refund")
    page.text_area(key="html-refund-1").set_value("<p>one</p>\n<p>{{ nobody }}</p>").run()
    sound(page)
    assert "Line 2: nobody is not a variable of this template" in words(page)
    assert page.button(key="save-template").disabled


def test_the_letter_follows_the_sample_values(open_page: Open, world: World) -> None:
    page = open_page("admin", "messages", messages="Templates", letter="refund", width="Phone")
    page.text_input(key="sample-refund-amount").set_value("$7.77").run()
    sound(page)
    assert "**We refunded $7.77 to your wallet**" in words(page)


def test_a_test_letter_goes_to_whoever_asks(open_page: Open, world: World) -> None:
    page = open_page("admin", "messages", messages="Templates", letter="weekly_digest")
    page.button(key="test-template").click().run()
    assert said(page) == "A test letter is on its way to you."
    asked = one("select payload from outbox where kind = 'email' and key like 'weekly_digest:test:%'").payload
    assert asked["user_id"] == str(world.users["admin"])


def test_an_address_is_taken_off_the_list(open_page: Open, world: World) -> None:
    with transaction() as session:
        now = utc_now()
        message = sent_mail(session, now, "gone@example.com")
        told = Told("sendgrid", (MailEvent(message, "bounced", now, "page:3", "hard"),), unknown=4)
        messaging.record_events(session, told=told, now=now)
    page = open_page("admin", "messages", messages="Suppressed")
    sound(page)
    assert "g…@example.com" in words(page) and "does not exist" in words(page) and "4" in words(page)
    page.text_input(key="spared-address").set_value("nobody@example.com").run()
    assert "Not on the list" in words(page)
    page.text_input(key="spared-address").set_value("Gone@example.com").run()
    button = next(button for button in page.button if button.label == "Take it off the list")
    button.click().run()
    sound(page)
    assert said(page) == "Mail to this address is sent again."
    with transaction() as session:
        assert not messaging.is_suppressed(session, address="gone@example.com")
