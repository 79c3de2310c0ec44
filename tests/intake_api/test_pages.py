"""Pages for people who ask: rendered from the schema, usable without script, revealing nothing (SPEC 2.3, 2.4, 2.7)."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from core import leads, niches
from core.kit import clock
from core.kit.db import transaction
from core.niches import seed_launch_niches
from tests.builders import a_lead
from tests.core.leads.world import World, a_world, mails
from tests.intake_api.test_public_api import full_disk

SCHEMA = {
    "fields": [
        {"key": "kind", "label": "Which kind?", "type": "select", "required": True, "options": ["house", "condo & loft"]},
        {"key": "when", "label": "When", "type": "radio", "required": True, "options": ["now", "later"]},
        {"key": "rooms", "label": "Rooms", "type": "multiselect", "options": ["kitchen", "bath"], "help": "All that fit."},
        {"key": "size", "label": "Size", "type": "number", "validation": {"min": 10}},
        {"key": "urgent", "label": "Urgent", "type": "checkbox"},
        {"key": "day", "label": "Day", "type": "date", "validation": {"min": "2026-01-01"}},
        {"key": "story", "label": "<b>Story</b>", "type": "textarea", "placeholder": "Tell us"},
        {"key": "other_mail", "label": "Other mail", "type": "email"},
        {"key": "other_phone", "label": "Other phone", "type": "phone"},
        {"key": "note", "label": "Note", "type": "text"},
    ]
}
GOOD = {
    "name": "Pat Example", "email": "pat@example.com", "phone": "702 234 8891", "zip": "89109", "consent": "yes",
    "consent_version": "2026-11.5", "f.kind": "condo & loft", "f.when": "now", "f.rooms": ["kitchen", "bath"], "f.urgent": "yes",
    "f.size": "1,200", "f.day": "2026-11-30", "f.story": "A leak.\r\nTwo leaks.", "utm_source": "news", "referrer": "https://a.example/",
}  # fmt: skip


@pytest.fixture
def world(database: Engine) -> World:
    with transaction() as session:
        return a_world(session, clock.utc_now(), slug="roofing", name="Roofing", schema=SCHEMA)


class Page(HTMLParser):
    """What a screen reader goes by: ids, labels, controls, references."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.controls: list[dict[str, str | None]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._in_label = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "label":
            self._in_label = True
            self.labels.add(str(given.get("for")))
        if tag in ("input", "select", "textarea") and given.get("type") != "hidden":
            self.controls.append(given | {"tag": tag, "wrapped": "yes" if self._in_label else None})

    def handle_endtag(self, tag: str) -> None:
        self._in_label = self._in_label and tag != "label"

    def check(self) -> None:
        assert len(self.ids) == len(set(self.ids)), "an id is used twice"
        for control in self.controls:
            assert control["wrapped"] or control.get("id") in self.labels, f"no label for {control}"
        for tag, attrs in self.tags:
            assert tag != "script" and "style" not in attrs and not any(name.startswith("on") for name in attrs), (tag, attrs)
            for target in (attrs.get("aria-describedby") or "").split():
                assert target in self.ids, f"aria-describedby names {target}, which is not there"
            if tag == "a" and (attrs.get("href") or "").startswith("#"):
                assert str(attrs["href"])[1:] in self.ids


def stored(database: Engine) -> Any:
    with database.connect() as connection:
        return connection.execute(text("select form_data, attribution, source, status from lead")).one_or_none()


def test_the_front_page_offers_what_is_open(client: FlaskClient, world: World) -> None:
    page = client.get("/start?market=las-vegas")
    assert (
        page.status_code == 200 and 'href="/request/roofing?market=las-vegas"' in page.text and 'aria-pressed="true"' in page.text
    )
    Page(page.text).check()
    with transaction() as session:
        session.execute(text("update niche set status = 'closed'"))
    closed = client.get("/start")
    assert "/request/roofing" not in closed.text and "Nothing on offer yet" in closed.text
    assert client.get("/request/roofing").status_code == client.post("/request/roofing", data=GOOD).status_code == 404


def test_the_form_asks_what_the_schema_says(client: FlaskClient, world: World) -> None:
    answer = client.get("/request/roofing?utm_source=news&market=las-vegas", headers={"Referer": "https://a.example/x"})
    page = Page(answer.text)
    page.check()
    named = {str(control.get("name")): control for control in page.controls}
    assert {f"f.{field['key']}" for field in SCHEMA["fields"]} <= set(named)
    assert (
        named["f.day"]["type"] == "date"
        and named["f.other_mail"]["type"] == "email"
        and named["f.size"]["inputmode"] == "decimal"
    )
    assert "&lt;b&gt;Story&lt;/b&gt;" in answer.text and "up to 5 companies" in answer.text and "in Las-Vegas" in answer.text
    assert 'name="utm_source" value="news"' in answer.text and 'name="referrer" value="https://a.example/x"' in answer.text
    assert client.get("/request/nothing").status_code == 404


def test_sending_stores_a_lead_and_says_only_what_is_next(client: FlaskClient, world: World, database: Engine) -> None:
    answer = client.post("/request/roofing", data=GOOD)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/request/check-your-mail")
    row = stored(database)
    assert row.form_data["rooms"] == ["kitchen", "bath"] and row.form_data["size"] == 1200 and row.form_data["urgent"] is True
    assert row.form_data["kind"] == "condo & loft" and "Two leaks." in row.form_data["story"]
    assert (row.attribution, row.source) == ({"utm_source": "news", "referrer": "https://a.example/"}, "form")
    next_page = client.get("/request/check-your-mail").text
    Page(next_page).check()
    assert "pat@example.com" not in next_page


def test_what_is_wrong_is_marked_and_nothing_is_lost(client: FlaskClient, world: World, database: Engine) -> None:
    wrong = GOOD | {
        "email": "nope",
        "f.kind": "castle",
        "f.size": "2",
        "consent": "",
        "lat": "north",
        "zip": "",
        "f.note": '"><script>',
    }
    answer = client.post("/request/roofing", data=wrong)
    assert answer.status_code == 422 and stored(database) is None
    page = Page(answer.text)
    page.check()
    marked = {str(control.get("id")) for control in page.controls if control.get("aria-invalid")}
    assert marked == {"email", "q-kind", "q-size", "consent", "lat", "lon", "zip"}
    links = [
        attrs["href"]
        for tag, attrs in page.tags
        if tag == "a" and str(attrs.get("href")).startswith("#") and attrs["href"] != "#main"
    ]
    assert links == ["#q-kind", "#q-size", "#zip", "#lat", "#lon", "#email", "#consent"], "in the page's order"
    assert "</a>: " in answer.text and "?</a>: " not in answer.text, "a question mark ends a question"
    assert 'value="Pat Example"' in answer.text and "A leak.\r\nTwo leaks." in answer.text and "<script>" not in answer.text
    assert re.search(r'value="bath" checked', answer.text) and re.search(r'value="now" checked', answer.text)


def test_a_campaigns_link_never_stands_in_the_way(client: FlaskClient, world: World, database: Engine) -> None:
    """Nobody can correct what stands in no field of the page."""
    campaign = {"utm_campaign": "spring\u00a0sale\u200b", "utm_content": "a\nb", "gclid": "x" * 600}
    assert client.post("/request/roofing", data=GOOD | {"utm_source": "\u00a0", "utm_term": " "} | campaign).status_code == 303
    with database.connect() as connection:
        kept = connection.execute(text("select attribution from lead")).scalar_one()
    assert kept == {"utm_campaign": "spring sale", "utm_content": "a b", "gclid": "x" * 500, "referrer": "https://a.example/"}


def test_programs_fall_into_the_trap_and_people_are_told(client: FlaskClient, world: World, database: Engine) -> None:
    answer = client.post("/request/roofing", data=GOOD | {"website": "https://spam.example"})
    assert answer.status_code == 422 and "leave this field empty" in answer.text and stored(database) is None


def test_refusals_without_a_field_are_said_too(client: FlaskClient, world: World) -> None:
    with transaction() as session:
        leads.block_contact(session, actor=world.admin, email="pat@example.com", reason="asked", now=clock.utc_now())
    answer = client.post("/request/roofing", data=GOOD)
    assert answer.status_code == 422 and "please write to us" in answer.text
    outside = client.post("/request/roofing", data=GOOD | {"email": "sam@example.com", "zip": "10001"})
    assert outside.status_code == 422 and "We don&#39;t serve this area yet." in outside.text


def test_forms_have_limits_of_size_and_number(client: FlaskClient, world: World) -> None:
    assert client.post("/request/roofing", data=GOOD | {"f.story": "x" * 1_200_000}).status_code == 413
    assert client.post("/request/roofing", data=GOOD | {"f.story": "x" * 600_000}).status_code in (413, 422)
    tries = [{"email": GOOD["email"]}] * 6 + [GOOD] * 6  # what is no request is no try of its mailbox
    assert [client.post("/request/roofing", data=data).status_code for data in tries] == [422] * 6 + [303] * 5 + [429]
    assert (
        client.post(
            "/request/roofing", data=b"\xff\x00=%00&name=%ff%00", content_type="application/x-www-form-urlencoded"
        ).status_code
        == 422
    )


@pytest.mark.parametrize("slug", ["home-seller", "home-buyer", "roofing-launch", "hvac"])
def test_the_launch_forms_are_light_and_accessible(client: FlaskClient, database: Engine, slug: str) -> None:
    with transaction() as session:
        seed_launch_niches(session, now=clock.utc_now())
        slug = slug.removesuffix("-launch")
        asked = len(niches.current_schema(session, niches.get_niche(session, slug).id)["fields"])
    answer, style, icon = (client.get(path) for path in (f"/request/{slug}", "/assets/style.css", "/assets/icon.svg"))
    page = Page(answer.text)
    page.check()
    assert len({str(c["name"]) for c in page.controls if str(c.get("name")).startswith("f.")}) == asked
    assert len(answer.data) + len(style.data) + len(icon.data) < 100_000
    style.close()
    icon.close()


def test_the_story_of_a_confirmation(client: FlaskClient, world: World, database: Engine) -> None:
    client.post("/request/roofing", data=GOOD)
    with transaction() as session:
        token = mails(session, "lead_confirmation")[0]["link"].rsplit("=", 1)[1]
    for _ in range(2):  # a mail scanner opens links; that must not confirm
        opened = client.get(f"/confirm?token={token}")
        assert opened.status_code == 200 and "Confirm my request" in opened.text
    assert stored(database).status == "pending_confirmation"
    done = client.post("/confirm", data={"token": token})
    assert done.status_code == 200 and "Thank you, it is confirmed" in done.text and stored(database).status == "pending_approval"
    assert "Already confirmed" in client.post("/confirm", data={"token": token}).text
    assert "Already confirmed" in client.get(f"/confirm?token={token}").text
    mine = re.search(r'href="(/my-request/[^"]+)"', done.text)
    assert mine is not None
    page = client.get(mine.group(1))
    assert "Being checked" in page.text and "Nobody so far" in page.text
    for secret in ("pat@example.com", "234 8891", "2348891", "Pat Example"):
        assert secret not in page.text + done.text
    for each in (opened, done, page):
        Page(each.text).check()


def test_links_that_ran_out_offer_a_new_mail(client: FlaskClient, world: World) -> None:
    client.post("/request/roofing", data=GOOD)
    with transaction() as session:
        token = mails(session, "lead_confirmation")[0]["link"].rsplit("=", 1)[1]
        session.execute(
            text("update lead_token set created_at = now() - interval '2 days', expires_at = now() - interval '1 day'")
        )
    for gone in (client.get(f"/confirm?token={token}"), client.post("/confirm", data={"token": token})):
        assert gone.status_code == 410 and "Send me a new mail" in gone.text
    assert client.post("/confirm/resend", data={"token": token}).headers["Location"] == "/request/check-your-mail"
    soon = client.post("/confirm/resend", data={"token": token})
    assert soon.status_code == 429 and "5 min" in soon.text and int(soon.headers["Retry-After"]) > 0
    with transaction() as session:
        assert len(mails(session, "lead_confirmation")) == 2


@pytest.mark.parametrize(("status", "again"), [("expired", True), ("withdrawn", True), ("quarantined", False)])
def test_a_request_that_waits_no_more_offers_no_mail(client: FlaskClient, world: World, status: str, again: bool) -> None:
    client.post("/request/roofing", data=GOOD)
    with transaction() as session:
        token = mails(session, "lead_confirmation")[0]["link"].rsplit("=", 1)[1]
        session.execute(text("update lead set status = :status"), {"status": status})
    for gone in (client.get(f"/confirm?token={token}"), client.post("/confirm", data={"token": token})):
        assert gone.status_code == 410 and "does not wait for a confirmation any more" in gone.text
        assert "Send me a new mail" not in gone.text and ("welcome to send a new one" in gone.text) == again


def test_a_niche_that_is_not_there_is_a_service_that_is_not_there(client: FlaskClient, world: World) -> None:
    for answer in (client.get("/request/castles"), client.get("/api/v1/niches/castles/form-schema")):
        assert answer.status_code == 404 and "There is no such service" in answer.text and "niche does not" not in answer.text


def test_tries_that_we_could_not_take_in_do_not_count(client: FlaskClient, world: World, database: Engine) -> None:
    with full_disk(database):
        assert {client.post("/request/roofing", data=GOOD).status_code for _ in range(6)} == {503}
    assert client.post("/request/roofing", data=GOOD).status_code == 303


def test_links_that_never_were(client: FlaskClient, world: World) -> None:
    for answer in (client.get("/confirm"), client.get("/confirm?token=%00%ff"), client.post("/confirm", data={"token": "x"})):
        assert answer.status_code == 404 and "This link is not valid" in answer.text
    assert client.post("/confirm/resend", data={"token": "x"}).status_code == 404
    assert client.get("/my-request/nonsense").status_code == 404
    assert client.get(f"/my-request/{world.niche.id}.{'x' * 43}").status_code == 404


@pytest.mark.parametrize(("act", "shown"), [("withdraw", "Given"), ("revoke", "Taken back")])
def test_the_submitter_takes_the_request_back(client: FlaskClient, world: World, database: Engine, act: str, shown: str) -> None:
    client.post("/request/roofing", data=GOOD)
    with database.connect() as connection:
        lead_id = connection.execute(text("select id from lead")).scalar_one()
    mine = f"/my-request/{leads.my_request_code(lead_id)}"
    assert "Waits for your confirmation" in client.get(mine).text
    assert client.get(f"{mine}?act={act}").status_code == 200 and stored(database).status == "pending_confirmation"
    assert client.post(mine, data={"act": act}, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post(mine, data={"act": act}).headers["Location"] == mine
    page = client.get(mine).text
    assert "Withdrawn" in page and shown in page and stored(database).status == "withdrawn"
    assert client.post(mine, data={"act": act}).status_code == 303, "pressed twice"
    with database.connect() as connection:
        assert connection.execute(text("select count(*) from audit_entry where action = 'lead.withdrawn'")).scalar_one() == 1


def test_every_status_has_its_words(client: FlaskClient, world: World) -> None:
    now = clock.utc_now()
    with transaction() as session:
        first = a_lead(session, now, world.niche, world.market)
        family = [a_lead(session, now, world.niche, world.market, status=s, duplicate_of=first.id) for s in leads.STATUSES]
    for lead in family:
        page = client.get(f"/my-request/{leads.my_request_code(lead.id)}")
        assert page.status_code == 200 and 'class="state' in page.text, lead.status
