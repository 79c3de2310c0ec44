"""Letters: what is shipped can be sent, what is edited can't break or betray (SPEC 11.1, 11.2)."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import messaging
from core.kit.actor import Actor, public
from core.kit.errors import Forbidden, NotFound
from core.kit.ids import uuid7
from core.messaging import Parts, TemplateInvalid

ADMIN = Actor(user_id=uuid7(), role="admin")
NEEDED = {
    "lead_confirmation", "confirmation_expired", "lead_approved", "lead_rejected", "new_lead", "lead_rejected_by_provider",
    "subscription_deactivated", "subscription_reactivated", "level_price_change", "low_balance", "deposit_received", "refund",
    "bad_lead_received", "bad_lead_approved", "bad_lead_rejected", "bad_lead_escalated", "class_credit", "filter_updated",
    "filter_invalidated", "verification", "password_reset", "account_status", "welcome", "invitation", "plan_renewed",
    "plan_downgraded", "export_ready", "saved_search_alert", "weekly_digest", "webhook_disabled", "consent_revoked",
    "lead_pending",
}  # fmt: skip


@pytest.fixture
def seeded(session: Session, now: datetime) -> Session:
    messaging.seed_templates(session, now=now)
    return session


def test_every_letter_that_is_needed_is_shipped_and_seeded_once(session: Session, now: datetime) -> None:
    assert set(messaging.shipped()) >= NEEDED
    assert messaging.seed_templates(session, now=now) == len(messaging.shipped())
    assert messaging.seed_templates(session, now=now) == 0


@pytest.mark.parametrize("key", sorted(messaging.shipped()))
def test_a_shipped_letter_reads_well_in_both_forms(key: str, seeded: Session) -> None:
    letter = messaging.preview_template(seeded, actor=ADMIN, key=key)
    assert letter.subject and "\n" not in letter.subject and "{{" not in letter.subject
    for value in messaging.shipped()[key].samples.values():
        if value.startswith("https://"):
            assert f'href="{value}"' in letter.html and value in letter.text
    assert "!" not in letter.text and "You get this mail because" in letter.html
    assert letter.html.count("<table") >= 2 and "<script" not in letter.html


def test_a_release_improves_untouched_letters_and_keeps_edited_ones(seeded: Session, now: datetime) -> None:
    seeded.execute(text("update email_template set subject = 'older words' where key = 'welcome'"))
    edited = Parts("My own subject", "<p>Mine</p>", "Mine")
    messaging.save_template(seeded, actor=ADMIN, key="low_balance", parts=edited, now=now)
    assert messaging.seed_templates(seeded, now=now) == 1
    active = {view.key: view for view in messaging.list_templates(seeded, actor=ADMIN)}
    assert active["welcome"].subject == messaging.shipped()["welcome"].subject and active["welcome"].version == 2
    assert active["low_balance"].subject == "My own subject"


def of_an_older_release(session: Session, subject: str) -> None:
    """The first version of a letter as a release wrote it that gave another variable."""
    session.execute(
        text("update email_template set variables = '{firm,link}', subject = :subject where key = 'welcome' and version = 1"),
        {"subject": subject},
    )
    session.expire_all()


def test_nobody_goes_back_to_words_that_can_not_be_written_any_more(seeded: Session, now: datetime) -> None:
    told: dict[str, Any] = {"actor": ADMIN, "key": "welcome", "now": now}
    messaging.save_template(seeded, parts=Parts("Hello", "<p>Hello</p>", "Hello"), **told)
    of_an_older_release(seeded, "{{ firm }}")
    with pytest.raises(TemplateInvalid, match="firm is not a variable"):
        messaging.activate_version(seeded, version=1, **told)
    of_an_older_release(seeded, "Welcome")
    messaging.activate_version(seeded, version=1, **told)
    (view,) = (view for view in messaging.template_versions(seeded, actor=ADMIN, key="welcome") if view.active)
    assert (view.version, view.variables) == (1, ("company", "link")), "it is written with what is given today"


def test_who_retires_their_own_words_gets_those_of_the_release_in_use(seeded: Session, now: datetime) -> None:
    told: dict[str, Any] = {"actor": ADMIN, "key": "welcome", "now": now}
    messaging.save_template(seeded, parts=Parts("Hello", "<p>Hello</p>", "Hello"), **told)
    of_an_older_release(seeded, "{{ firm }}")
    assert messaging.retire_version(seeded, **told) == 3
    newest, letter = messaging.template_versions(seeded, actor=ADMIN, key="welcome")[0], messaging.shipped()["welcome"]
    assert (newest.active, newest.shipped, newest.subject) == (True, True, letter.subject)
    assert newest.variables == tuple(letter.samples), "what the exchange gives today, not when they wrote their own"


def test_edited_words_follow_a_releases_variables_or_give_way(seeded: Session, now: datetime) -> None:
    edited = Parts("For {{ company }}", "<p>{{ company }}</p>", "{{ company }}")
    messaging.save_template(seeded, actor=ADMIN, key="welcome", parts=edited, now=now)
    stored = text("update email_template set variables = cast(:v as text[]) where key = 'welcome' and active")
    seeded.execute(stored, {"v": "{company}"})  # the release gives more than it did
    seeded.expire_all()
    assert messaging.seed_templates(seeded, now=now) == 0
    (view,) = (view for view in messaging.list_templates(seeded, actor=ADMIN) if view.key == "welcome")
    assert view.version == 2 and view.variables == ("company", "link")
    # The words use what the release no longer gives.
    seeded.execute(
        text("update email_template set variables = '{firm}', subject = '{{ firm }}' where key = 'welcome' and active")
    )
    seeded.expire_all()
    assert messaging.seed_templates(seeded, now=now) == 1
    assert messaging.preview_template(seeded, actor=ADMIN, key="welcome").subject == "Desert Roofing is ready to receive leads"
    assert [v.version for v in messaging.template_versions(seeded, actor=ADMIN, key="welcome") if v.active] == [3]


def test_values_are_escaped_in_html_and_left_alone_in_text() -> None:
    parts = Parts("For {{ who }}", "<p>{{ who }}</p>{{ button(who, link) }}", "{{ who }}")
    context = {"who": "<b>O'Neil & Sons</b>", "link": "https://a.example/?a=1&b=2"}
    letter = messaging.render(parts, context, variables=context)
    assert "&lt;b&gt;O&#39;Neil &amp; Sons&lt;/b&gt;" in letter.html and "<b>O'Neil" not in letter.html
    assert 'href="https://a.example/?a=1&amp;b=2"' in letter.html
    assert letter.text.startswith("<b>O'Neil & Sons</b>")


@pytest.mark.parametrize(
    ("part", "source", "said"),
    [
        ("subject", "Hi {{ nobody }}", "nobody is not a variable"),
        ("html", "{% if level %}", "Line 1"),
        ("html", "<script>alert(1)</script>", "<script> is not allowed"),
        ("html", '<p onclick="x()">{{ level }}</p>', "onclick is not allowed"),
        ("html", '<a href="javascript:x()">{{ level }}</a>', "a link that runs code"),
        ("html", "{{ level.__class__.__mro__ }}", "A dot after a variable"),
        ("text", "   ", "write something"),
    ],
)
def test_a_template_that_would_fail_or_harm_is_not_saved(
    seeded: Session, now: datetime, part: str, source: str, said: str
) -> None:
    good = {"subject": "{{ level }}", "html": "<p>{{ level }}</p>", "text": "{{ level }}"}
    with pytest.raises(TemplateInvalid, match=said) as refused:
        messaging.save_template(seeded, actor=ADMIN, key="new_lead", parts=Parts(**(good | {part: source})), now=now)
    assert part in refused.value.fields
    assert len(messaging.template_versions(seeded, actor=ADMIN, key="new_lead")) == 1


@pytest.mark.parametrize(
    ("name", "inside"), [("Home seller", "home seller"), ("Heating (HVAC)", "heating (HVAC)"), ("HVAC", "HVAC"), ("", "")]
)
def test_a_name_fits_into_a_sentence(name: str, inside: str) -> None:
    letter = messaging.render(Parts("{{ n|inline }}.", "<p>x</p>", "t"), {"n": name}, variables=["n"])
    assert letter.subject == f"{inside}."


def test_a_declared_variable_without_value_is_never_sent_as_a_gap() -> None:
    with pytest.raises(TemplateInvalid, match="no value for link"):
        messaging.render(Parts("s", "<p>h</p>", "t"), {"niche": "Roofing"}, variables=["niche", "link"])


def test_versions_are_kept_and_one_can_go_back(seeded: Session, now: datetime) -> None:
    first = messaging.template_versions(seeded, actor=ADMIN, key="welcome")[0]
    parts = Parts("Second", "<p>Two</p>", "Two")
    assert messaging.save_template(seeded, actor=ADMIN, key="welcome", parts=parts, now=now) == 2
    assert messaging.preview_template(seeded, actor=ADMIN, key="welcome").subject == "Second"
    messaging.activate_version(seeded, actor=ADMIN, key="welcome", version=1, now=now)
    versions = messaging.template_versions(seeded, actor=ADMIN, key="welcome")
    assert [(view.version, view.active) for view in versions] == [(2, False), (1, True)]
    assert versions[1].subject == first.subject
    actions = seeded.execute(text("select action from audit_entry order by id")).scalars().all()
    assert actions == ["template.saved", "template.activated"]


def test_an_unsaved_draft_can_be_tried(seeded: Session) -> None:
    draft = Parts("Draft for {{ company }}", "<p>{{ company }}</p>", "{{ company }}")
    assert messaging.preview_template(seeded, actor=ADMIN, key="welcome", parts=draft).subject == "Draft for Desert Roofing"
    assert len(messaging.template_versions(seeded, actor=ADMIN, key="welcome")) == 1


def test_only_admins_write_templates(seeded: Session, now: datetime) -> None:
    analyst = Actor(user_id=uuid7(), role="analyst")
    assert messaging.list_templates(seeded, actor=analyst)
    with pytest.raises(Forbidden):
        messaging.save_template(seeded, actor=analyst, key="welcome", parts=Parts("s", "h", "t"), now=now)
    with pytest.raises(Forbidden):
        messaging.list_templates(seeded, actor=public())
    with pytest.raises(NotFound):
        messaging.activate_version(seeded, actor=ADMIN, key="welcome", version=9, now=now)
