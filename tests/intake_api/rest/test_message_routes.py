"""Templates and mail events over HTTP (SPEC 11)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from core import messaging
from core.kit.actor import Actor
from core.kit.db import transaction
from core.messaging import MailEvent, Told
from tests.at_once import until_somebody_waits
from tests.core.messaging.sent import sent_mail
from tests.intake_api.rest.conftest import World

WORDS = {"subject": "Hello {{ company }}", "html": "<p>{{ company }}</p>{{ button('Go', link) }}", "text": "{{ company }}"}


@pytest.fixture
def message(world: World, now: datetime) -> UUID:
    with transaction() as session:
        messaging.seed_templates(session, now=now)
        message = sent_mail(session, now)
        events = tuple(MailEvent(message, what, now, what) for what in ("delivered", "opened"))
        messaging.record_events(session, told=Told("ses", events), now=now)
    return message


def test_two_who_edit_other_words_of_a_template_at_once_keep_both(world: World, message: UUID, now: datetime) -> None:
    signed = {"Authorization": f"Bearer {world.tokens['admin']}"}

    def edit() -> int:
        client = world.client.application.test_client()
        return client.put("/api/v1/admin/email-templates/welcome", json={"text": "New text"}, headers=signed).status_code

    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            told: dict[str, Any] = {"actor": Actor(world.users["admin"], "admin"), "key": "welcome", "now": now}
            stands = messaging.template_versions(session, actor=told["actor"], key="welcome")[0].parts
            messaging.save_template(session, parts=replace(stands, subject="New {{ company }}"), **told)
            edited = pool.submit(edit)
            until_somebody_waits()
        assert edited.result() == 200
    found = world.call("admin", "GET", "/admin/email-templates/welcome").get_json()["template"]
    assert (found["version"], found["subject"], found["text"]) == (3, "New {{ company }}", "New text")


def test_a_template_is_read_tried_saved_and_taken_back(world: World, message: UUID) -> None:
    listed = world.call("analyst", "GET", "/admin/email-templates").get_json()["items"]
    assert {item["key"] for item in listed} == set(messaging.shipped())

    tried = world.call("analyst", "POST", "/admin/email-templates/welcome/preview", json={"subject": "Try {{ company }}"})
    assert tried.get_json()["subject"] == "Try Desert Roofing" and "Three steps" in tried.get_json()["text"]

    made = world.call("admin", "POST", "/admin/email-templates", json={"key": "welcome"} | WORDS)
    assert made.status_code == 201 and made.get_json()["template"]["version"] == 2
    put = world.call("admin", "PUT", "/admin/email-templates/welcome", json={"subject": "Third for {{ company }}"}).get_json()
    assert put["template"]["version"] == 3 and put["template"]["html"] == WORDS["html"]
    old = world.call("admin", "GET", "/admin/email-templates/welcome@2").get_json()["template"]
    assert old["subject"] == WORDS["subject"] and not old["active"]

    back = world.call("admin", "PUT", "/admin/email-templates/welcome", json={"version": 2}).get_json()
    assert back["template"]["version"] == 2
    gone = world.call("admin", "DELETE", "/admin/email-templates/welcome").get_json()
    assert gone["template"]["version"] == 1
    assert [(v["version"], v["retired"]) for v in gone["versions"]] == [(3, False), (2, True), (1, False)]
    shipped = world.call("admin", "DELETE", "/admin/email-templates/welcome")
    assert shipped.status_code == 409 and "came with the product" in shipped.get_json()["error"]["message"]
    assert world.call("admin", "DELETE", "/admin/email-templates/welcome@3").get_json()["template"]["version"] == 1


def test_a_letter_is_tried_on_oneself(world: World, message: UUID) -> None:
    sent = world.call("admin", "POST", "/admin/email-templates/weekly_digest/test")
    assert sent.status_code == 202
    with transaction() as session:
        row = session.execute(text("select payload from outbox where id = :id"), {"id": sent.get_json()["job"]}).one()
    assert row.payload["template"] == "weekly_digest" and row.payload["user_id"] == str(world.users["admin"])
    assert world.call("analyst", "POST", "/admin/email-templates/weekly_digest/test").status_code == 403
    assert world.call("admin", "POST", "/admin/email-templates/nothing/test").status_code == 404


def test_what_is_wrong_is_said_and_nothing_saved(world: World, message: UUID) -> None:
    for method, path, body in (
        ("POST", "/admin/email-templates", {"key": "welcome"} | WORDS | {"html": "<p>\n{{ nobody }}</p>"}),
        ("PUT", "/admin/email-templates/welcome", {"html": "<p>\n{{ nobody }}</p>"}),
        ("POST", "/admin/email-templates/welcome/preview", {"html": "<p>\n{{ nobody }}</p>"}),
    ):
        answer = world.call("admin", method, path, json=body)
        assert answer.status_code == 422
        assert answer.get_json()["error"]["fields"]["html"].startswith("Line 2: nobody is not a variable of this template.")
    assert len(world.call("admin", "GET", "/admin/email-templates/welcome").get_json()["versions"]) == 1
    for path in ("unheard-of", "welcome@9", "welcome@x", "welcome@", "@1", "welcome@1@1"):
        answer = world.call("admin", "GET", f"/admin/email-templates/{path}")
        assert answer.status_code == (200 if path == "welcome@" else 404), path
    assert world.call("admin", "POST", "/admin/email-templates", json={"key": "mine"} | WORDS).status_code == 404


def test_events_are_filtered_and_paged(world: World, message: UUID, now: datetime) -> None:
    def ids(**query: object) -> list[str]:
        answer = world.call("admin", "GET", "/admin/email-events", query_string=query)
        assert answer.status_code == 200, answer.text
        return [item["event"] for item in answer.get_json()["items"]]

    assert sorted(ids()) == ["delivered", "opened", "queued", "sent"]
    assert ids(event="opened", template="new_lead", recipient="lead") == ["opened"]
    assert ids(recipient="user") == [] and ids(until=(now - timedelta(days=1)).isoformat()) == []
    assert len(ids(message_id=message)) == 4
    first = world.call("admin", "GET", "/admin/email-events", query_string={"limit": 3}).get_json()
    rest = world.call("admin", "GET", "/admin/email-events", query_string={"limit": 3, "after": first["next"]}).get_json()
    assert len(first["items"]) == 3 and len(rest["items"]) == 1 and rest["next"] is None
    assert "pat@example.com" not in str(first)
    one = world.call("admin", "GET", f"/admin/email-events/{message}").get_json()["items"]
    assert [item["source"] for item in one] == ["exchange", "exchange", "ses", "ses"]
    assert world.call("admin", "GET", "/admin/email-events", query_string={"event": "exploded"}).status_code == 422


def test_suppressed_addresses_are_listed_looked_up_and_written_to_again(world: World, message: UUID, now: datetime) -> None:
    with transaction() as session:
        for number, address in enumerate(("sam@example.com", "pat@example.com")):
            at = now + timedelta(minutes=number)
            assert messaging.suppress(session, address=address, reason="hard bounce", message_id=message, now=at)
    first = world.call("admin", "GET", "/admin/email-suppressions", query_string={"limit": 1}).get_json()
    rest = world.call("admin", "GET", "/admin/email-suppressions", query_string={"after": first["next"]}).get_json()
    (pat,), (sam,) = first["items"], rest["items"]
    assert (pat["reason"], pat["message_id"], rest["next"]) == ("hard bounce", str(message), None)
    assert pat["address_key"] != sam["address_key"]

    asked = world.call("admin", "POST", "/admin/email-suppressions/check", json={"address": " PAT@example.com"}).get_json()
    assert asked["suppression"] == pat
    one = f"/admin/email-suppressions/{pat['address_key']}"
    assert world.call("analyst", "DELETE", one).status_code == 403
    assert world.call("admin", "DELETE", one).get_json() == {"lifted": pat["address_key"]}
    asked = world.call("admin", "POST", "/admin/email-suppressions/check", json={"address": "pat@example.com"}).get_json()
    assert asked["suppression"] is None

    again = world.call("admin", "DELETE", one)
    assert again.status_code == 404 and "mail to it is sent" in again.get_json()["error"]["message"]
    assert world.call("admin", "GET", "/admin/email-suppressions", query_string={"after": "pat"}).status_code == 422
    assert world.call("admin", "POST", "/admin/email-suppressions/check", json={}).status_code == 422
    with transaction() as session:
        assert not messaging.is_suppressed(session, address="pat@example.com")
        assert messaging.is_suppressed(session, address="sam@example.com")
        after = session.execute(text("select before from audit_entry where action = 'mail.suppression_lifted'")).scalar_one()
    assert after == {"address_key": pat["address_key"], "reason": "hard bounce"}
