"""The language of templates: what it refuses, with the line; and that a preview is what is sent (SPEC 11.1)."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core import messaging
from core.kit import mail, outbox
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.errors import Conflict, NotFound
from core.kit.ids import uuid7
from core.messaging import Parts, Recipient, TemplateInvalid
from core.messaging.render import check_parts
from core.messaging.transport import Letter, mime
from tests.at_once import each_at_once

ADMIN = Actor(user_id=uuid7(), role="admin")
GOOD = {"subject": "{{ company }}", "html": "<p>{{ company }}</p>", "text": "{{ company }}"}


@pytest.fixture
def seeded(session: Session, now: datetime) -> Session:
    messaging.seed_templates(session, now=now)
    return session


def refusal(session: Session, now: datetime, part: str, source: str) -> str:
    with pytest.raises(TemplateInvalid) as refused:
        messaging.save_template(session, actor=ADMIN, key="welcome", parts=Parts(**(GOOD | {part: source})), now=now)
    assert len(messaging.template_versions(session, actor=ADMIN, key="welcome")) == 1
    return refused.value.fields[part]


@pytest.mark.parametrize(
    "source",
    [
        "{% if company %}" * 120 + "x" + "{% endif %}" * 120,
        "{{ " + "(" * 3000 + "company" + ")" * 3000 + " }}",
        "{{ " + "[" * 500 + "]" * 500 + " }}",
        "{{ " + "not " * 3000 + "company }}",
        "{{ company" + "|upper" * 3000 + " }}",
        "{{ company" + " and company" * 1500 + " }}",
        "{{ " + "1" * 19_000 + " }}",
        "{{ button('Open', 5) }}",
        "{{ button('Open', company, 5) }}",
        "a\x00b",
    ],
    ids=range(10),
)
def test_what_would_break_the_reader_of_templates_is_refused_in_words(seeded: Session, now: datetime, source: str) -> None:
    assert len(refusal(seeded, now, "html", source)) < 200


@pytest.mark.parametrize(
    "source",
    [
        "<{{ 'script' }}>alert(1)</{{ 'script' }}>",
        "<a href='{{ 'java' ~ 'script:alert(1)' }}'>x</a>",
        "<p{{ ' ' }}onclick='x'>x</p>",
        "<button formaction='javascript:alert(1)'>x</button>",
        "<a href='&#1;javascript:alert(1)'>x</a>",
    ],
)
def test_a_mail_gets_no_code_that_is_put_together_from_pieces(seeded: Session, now: datetime, source: str) -> None:
    assert "not allowed in a mail" in refusal(seeded, now, "html", source)


@pytest.mark.parametrize(
    "source",
    [
        "{{ company.__class__ }}",
        "{{ company['__class__'] }}",
        "{{ company|attr('__class__') }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ '{0.__class__}'.format(company) }}",
        "{{ company.format_map({}) }}",
        "{{ button.__globals__ }}",
        "{{ self }}",
        "{{ self._TemplateReference__context }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ lipsum() }}",
        "{{ range(10) }}",
        "{{ namespace() }}",
        "{{ config }}",
        "{{ request }}",
        "{% for a in 'aaaa' %}{% for b in 'aaaa' %}{{ a }}{% endfor %}{% endfor %}",
        "{% set x = company %}{{ x ~ x }}",
        "{{ company * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ company|center(1000000000) }}",
        "{{ company|replace('a', 'b') }}",
        "{{ '%1000000000d'|format(1) }}",
        "{{ company|safe }}",
        "{{ company|tojson }}",
        "{% include 'layout.html' %}",
        "{% import 'layout.html' as l %}",
        "{% extends 'layout.html' %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% call button('a', link) %}{% endcall %}",
        "{% filter upper %}x{% endfilter %}",
        "{% block x %}{% endblock %}",
        "{% autoescape false %}{{ company }}{% endautoescape %}",
        "{% with %}{% endwith %}",
        "{{ button(*[company]) }}",
        "{{ button(**{}) }}",
        "{{ [company][0] }}",
        "{{ {'a': 1} }}",
    ],
)
def test_nothing_else_can_be_said(source: str) -> None:
    for part in ("subject", "html", "text"):
        with pytest.raises(TemplateInvalid) as refused:
            parts = Parts(**(GOOD | {part: f"one\ntwo\n{source}"}))
            check_parts(parts, variables=["company", "link"], samples={"company": "A", "link": "https://x.example"})
        assert refused.value.fields[part].startswith("Line 3: ")


def test_an_undeclared_variable_is_named_with_its_line_and_what_there_is(seeded: Session, now: datetime) -> None:
    with pytest.raises(TemplateInvalid) as refused:
        parts = Parts("{{ company }}", "<p>{{ company }}</p>\n<p>{{ compnay }}</p>", "x")
        messaging.save_template(seeded, actor=ADMIN, key="welcome", parts=parts, now=now)
    said = "Line 2: compnay is not a variable of this template. It has base_url, company, link, name."
    assert refused.value.fields == {"html": said} and refused.value.message.endswith(f"HTML: {said}")


def test_the_button_is_for_the_html(seeded: Session, now: datetime) -> None:
    assert "only in the HTML" in refusal(seeded, now, "text", "{{ button('a', link) }}")
    assert "must start with https" in refusal(seeded, now, "html", "{{ button('a', company) }}")
    assert "too long" in refusal(seeded, now, "html", "x" * 20_001)


@pytest.mark.parametrize(
    ("html", "line"), [("<p>\n<script>", 2), ("<p>\n\n<a href='java\nscript:x()'>", 3), ("<a href=' vbscript:x'>", 1)]
)
def test_a_tag_that_runs_is_named_with_its_line(seeded: Session, now: datetime, html: str, line: int) -> None:
    assert refusal(seeded, now, "html", html).startswith(f"Line {line}: ")


@given(st.text(), st.text())
def test_no_value_starts_a_header(company: str, name: str) -> None:
    letter = messaging.render(Parts("For {{ company }}", "<p>x</p>", "t"), {"company": company}, variables=["company"], name=name)
    made = mime(Letter(uuid7(), "pat@example.com", "Pat", letter.subject, letter.html, letter.text), now=NOW).as_string()
    head = made.split("\n\n", 1)[0]
    names = {line.split(":")[0] for line in head.split("\n") if line and not line[0].isspace()}
    assert names == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Hotleads-Message", "MIME-Version", "Content-Type")
    }


NOW = datetime.fromisoformat("2026-11-04T18:00:00+00:00")


@pytest.mark.parametrize(
    "attack", ["a\r\nBcc: all@example.com", "a\nBcc: all@example.com", "a\u2028Bcc: x", "a\x0bBcc: x", "a\x85Bcc: x"]
)
def test_a_company_with_a_line_break_adds_no_reader(seeded: Session, now: datetime, attack: str) -> None:
    row = mail.request_mail(
        seeded, "welcome", key="1", now=now, user_id=uuid7(), context={"company": attack, "link": "https://x.example"}
    )
    job = outbox.take(seeded, row, now=now) if row else None
    assert job is not None
    letter = messaging.prepare(seeded, job=job, recipient=Recipient("user", uuid7(), "pat@example.com", attack), now=now)
    assert letter is not None
    made = mime(letter, now=now)
    assert made["Bcc"] is None and "\n" not in str(made["Subject"]) and str(made["To"]).count("@") <= 2
    assert [address.addr_spec for address in made["To"].addresses] == ["pat@example.com"]


@pytest.mark.parametrize("key", sorted(messaging.shipped()))
def test_a_preview_is_what_is_sent(seeded: Session, now: datetime, key: str) -> None:
    shown = messaging.preview_template(seeded, actor=ADMIN, key=key)
    samples = dict(messaging.shipped()[key].samples)
    row = mail.request_mail(seeded, key, key="1", now=now, user_id=uuid7(), context=samples)
    job = outbox.take(seeded, row, now=now) if row else None
    assert job is not None
    letter = messaging.prepare(seeded, job=job, recipient=Recipient("user", uuid7(), "pat@example.com", "Sam Sample"), now=now)
    assert letter is not None
    assert (letter.subject, letter.html, letter.text) == (shown.subject, shown.html, shown.text)


def test_other_values_can_be_tried(seeded: Session) -> None:
    shown = messaging.preview_template(seeded, actor=ADMIN, key="refund", samples={"reason": "", "amount": "$1.00", "odd": "x"})
    assert "$1.00" in shown.subject and "by mistake" not in shown.text


def test_a_version_can_be_compared_used_again_and_retired(seeded: Session, now: datetime) -> None:
    first = messaging.template_versions(seeded, actor=ADMIN, key="welcome")[0]
    messaging.save_template(seeded, actor=ADMIN, key="welcome", parts=Parts(first.subject, "<p>Two</p>", first.text), now=now)
    lines = messaging.compare_versions(seeded, actor=ADMIN, key="welcome", older=1, newer=2)
    assert {line.part for line in lines} == {"HTML"}
    assert [line.text for line in lines if line.change == "in"] == ["<p>Two</p>"]
    assert [line.text for line in lines if line.change == "out"] == first.html.split("\n")
    assert messaging.compare_versions(seeded, actor=ADMIN, key="welcome", older=2, newer=2) == []

    assert messaging.retire_version(seeded, actor=ADMIN, key="welcome", now=now) == 1
    active = {view.version: view.active for view in messaging.template_versions(seeded, actor=ADMIN, key="welcome")}
    assert active == {1: True, 2: False}
    with pytest.raises(Conflict, match="was retired"):
        messaging.activate_version(seeded, actor=ADMIN, key="welcome", version=2, now=now)
    with pytest.raises(Conflict, match="came with the product"):
        messaging.retire_version(seeded, actor=ADMIN, key="welcome", now=now)
    with pytest.raises(NotFound):
        messaging.retire_version(seeded, actor=ADMIN, key="welcome", version=9, now=now)


def test_a_version_that_a_person_chose_outlives_a_release(seeded: Session, now: datetime) -> None:
    messaging.save_template(seeded, actor=ADMIN, key="welcome", parts=Parts(**GOOD), now=now)
    messaging.activate_version(seeded, actor=ADMIN, key="welcome", version=1, now=now)
    seeded.connection().exec_driver_sql("update email_template set subject = 'older words' where key = 'welcome' and version = 1")
    seeded.expire_all()
    assert messaging.seed_templates(seeded, now=now) == 0


def test_two_who_save_at_once_make_two_versions(database: Engine, now: datetime) -> None:
    with transaction() as session:
        messaging.seed_templates(session, now=now)

    def save(number: int) -> int:
        with transaction() as session:
            return messaging.save_template(
                session, actor=ADMIN, key="welcome", parts=Parts(**(GOOD | {"text": f"text {number}"})), now=now
            )

    assert sorted(each_at_once(save, range(4))) == [2, 3, 4, 5]
    with transaction() as session:
        stored = messaging.template_versions(session, actor=ADMIN, key="welcome")
    assert [view.version for view in stored if view.active] == [5]
    assert {view.text for view in stored[:4]} == {f"text {number}" for number in range(4)}
