"""From a request to a letter in somebody's box: once, and written down (SPEC 11.3)."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import messaging
from core.kit import config, mail, outbox
from core.kit.actor import Actor
from core.kit.errors import Forbidden, Unavailable
from core.kit.ids import uuid7
from core.kit.outbox import Job
from core.messaging import MailRefused, Recipient
from tests.builders import a_provider, a_user
from tests.mailserver import MailServer, running_mail_server

ADMIN = Actor(user_id=uuid7(), role="admin")
PAT = Recipient("lead", uuid7(), "pat@example.com")
LINK = "https://hotleads.example/confirm?token=s3cret&x=1"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with running_mail_server() as server:
        monkeypatch.setenv("SMTP_URL", server.url)
        config.settings.cache_clear()
        yield server
    config.settings.cache_clear()


@pytest.fixture
def job(session: Session, now: datetime) -> Job:
    messaging.seed_templates(session, now=now)
    row = mail.request_mail(
        session, "lead_confirmation", key="1", now=now, lead_id=PAT.id, sealed={"niche": "Roofing", "link": LINK}
    )
    assert row is not None
    taken = outbox.take(session, row, now=now)
    assert taken is not None
    return taken


def statuses(session: Session) -> list[str]:
    return list(session.execute(text("select status from email_message")).scalars())


def test_a_letter_arrives_with_the_jobs_id_in_two_forms(session: Session, now: datetime, job: Job, server: MailServer) -> None:
    letter = messaging.prepare(session, job=job, recipient=PAT, now=now)
    assert letter is not None and statuses(session) == ["queued"]
    messaging.transport().send(letter, now=now)
    messaging.record_sent(session, letter=letter, now=now)
    assert statuses(session) == ["sent"]
    (arrived,) = server.letters
    assert arrived["Message-ID"] == f"<{job.id}@hotleads.example>"
    assert arrived["To"] == "pat@example.com" and arrived["Subject"] == "Please confirm your request: Roofing"
    text_part, html_part = arrived.get_body(("plain",)), arrived.get_body(("html",))
    assert text_part is not None and LINK in text_part.get_content()
    assert html_part is not None and LINK.replace("&", "&amp;") in html_part.get_content()


def test_repeating_a_job_sends_again_only_until_it_is_confirmed(session: Session, now: datetime, job: Job) -> None:
    first = messaging.prepare(session, job=job, recipient=PAT, now=now)
    again = messaging.prepare(session, job=job, recipient=PAT, now=now)
    assert first == again and first is not None
    messaging.record_sent(session, letter=first, now=now)
    assert messaging.prepare(session, job=job, recipient=PAT, now=now) is None
    assert statuses(session) == ["sent"]


def test_address_and_words_are_unreadable_in_the_table(session: Session, now: datetime, job: Job) -> None:
    messaging.prepare(session, job=job, recipient=PAT, now=now)
    stored = session.execute(text("select email_message::text || encode(sealed, 'escape') from email_message")).scalar_one()
    assert "pat@example.com" not in stored and "s3cret" not in stored


def test_a_hard_bounce_ends_mail_to_that_address(session: Session, now: datetime, job: Job, server: MailServer) -> None:
    server.refused["pat@example.com"] = "550 no such user"
    letter = messaging.prepare(session, job=job, recipient=PAT, now=now)
    assert letter is not None
    with pytest.raises(MailRefused) as refused:
        messaging.transport().send(letter, now=now)
    messaging.record_refused(session, letter=letter, detail=refused.value.message, now=now)
    assert statuses(session) == ["bounced"] and server.letters == []
    assert messaging.is_suppressed(session, address="Pat@Example.com")
    second = mail.request_mail(
        session, "lead_confirmation", key="2", now=now, context={"niche": "Roofing"}, sealed={"link": LINK}
    )
    assert second is not None
    taken = outbox.take(session, second, now=now)
    assert taken is not None and messaging.prepare(session, job=taken, recipient=PAT, now=now) is None
    assert sorted(statuses(session)) == ["bounced", "suppressed"]
    messaging.lift_suppression(session, actor=ADMIN, address="pat@example.com", now=now)
    assert not messaging.is_suppressed(session, address="pat@example.com")


def test_a_busy_server_is_no_bounce(session: Session, now: datetime, job: Job, server: MailServer) -> None:
    server.refused["pat@example.com"] = "451 try later"
    letter = messaging.prepare(session, job=job, recipient=PAT, now=now)
    assert letter is not None
    with pytest.raises(Exception, match="451") as failed:
        messaging.transport().send(letter, now=now)
    assert not isinstance(failed.value, MailRefused)
    messaging.record_failed(session, message_id=job.id, detail="SMTP 451", final=False, now=now)
    assert statuses(session) == ["queued"]
    messaging.record_failed(session, message_id=job.id, detail="SMTP 451", final=True, now=now)
    assert statuses(session) == ["failed"]
    events = [view.event for view in messaging.events_of(session, actor=ADMIN, message_id=job.id)]
    assert events == ["queued", "failed", "failed"]
    # A dead letter that a person retries gets its mail.
    assert messaging.prepare(session, job=job, recipient=PAT, now=now) == letter


def test_a_providers_mail_becomes_one_for_each_active_person(session: Session, now: datetime) -> None:
    provider = a_provider(session, now)
    mine = [a_user(session, now, role="provider", provider_id=provider.id) for _ in range(2)]
    a_user(session, now, role="provider", provider_id=provider.id, status="suspended")
    a_user(session, now, role="provider", provider_id=a_provider(session, now).id)
    row = mail.request_mail(session, "low_balance", key="x", now=now, provider_id=provider.id, context={"balance": "$1.00"})
    assert row is not None
    job = outbox.take(session, row, now=now)
    assert job is not None and messaging.fan_out(session, job=job, now=now) == 2
    payloads = session.execute(text("select payload from outbox where id <> :id"), {"id": row}).scalars().all()
    assert {payload["user_id"] for payload in payloads} == {str(user.id) for user in mine}
    assert all(payload["context"] == {"balance": "$1.00"} and "provider_id" not in payload for payload in payloads)
    # Even when those mails are long sent, repeating the job sends none again.
    session.execute(text("update outbox set state = 'done' where id <> :id"), {"id": row})
    assert messaging.fan_out(session, job=job, now=now) == 2
    assert session.execute(text("select count(*) from outbox")).scalar_one() == 3


def test_a_mail_to_nobody_in_particular_goes_to_the_admins(session: Session, now: datetime) -> None:
    admin = a_user(session, now, role="admin")
    a_user(session, now, role="analyst")
    row = mail.request_mail(session, "lead_pending", key="x", now=now)
    assert row is not None
    job = outbox.take(session, row, now=now)
    assert job is not None and messaging.fan_out(session, job=job, now=now) == 1
    assert session.execute(text("select payload ->> 'user_id' from outbox where id <> :id"), {"id": row}).scalar_one() == str(
        admin.id
    )


@pytest.mark.parametrize("demo", [False, True])
def test_links_that_act_are_readable_in_the_demo_only(
    session: Session, now: datetime, job: Job, monkeypatch: pytest.MonkeyPatch, demo: bool
) -> None:
    monkeypatch.setenv("HOTLEADS_DEMO", str(demo).lower())
    config.settings.cache_clear()
    messaging.prepare(session, job=job, recipient=PAT, now=now)
    shown = messaging.read_message(session, actor=ADMIN, message_id=job.id, now=now)
    assert shown.html is not None and shown.text is not None
    assert shown.links_hidden is not demo
    assert "Roofing" in shown.text and "Roofing" in shown.html
    assert (LINK in shown.text) is demo and ("s3cret" in shown.html) is demo
    assert session.execute(text("select entity_id from audit_entry where action = 'message.read'")).scalar_one() == job.id
    (line,) = messaging.recent_messages(session, actor=ADMIN)
    assert line.address == ("pat@example.com" if demo else "p…@example.com")
    config.settings.cache_clear()


def test_the_list_is_paged_by_the_last_mail_and_for_admins_only(session: Session, now: datetime) -> None:
    messaging.seed_templates(session, now=now)
    for number in range(3):
        row = mail.request_mail(session, "verification", key=str(number), now=now, sealed={"link": LINK})
        job = outbox.take(session, row, now=now) if row else None
        assert job is not None
        messaging.prepare(session, job=job, recipient=PAT, now=now)
    first = messaging.recent_messages(session, actor=ADMIN, limit=2)
    rest = messaging.recent_messages(session, actor=ADMIN, limit=2, before_id=first[-1].id)
    assert len(first) == 2 and len(rest) == 1 and {view.id for view in first}.isdisjoint({view.id for view in rest})
    assert messaging.recent_messages(session, actor=ADMIN, status="sent") == []
    with pytest.raises(Forbidden):
        messaging.recent_messages(session, actor=Actor(user_id=uuid7(), role="analyst"))


def test_production_without_a_mail_server_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLEADS_ENV", "production")
    monkeypatch.setenv("HOTLEADS_SECRET_KEY", "x" * 40)
    monkeypatch.setenv("HOTLEADS_METRICS_TOKEN", "y" * 20)
    config.settings.cache_clear()
    with pytest.raises(Unavailable, match="Set SMTP_URL"):
        messaging.transport()
    config.settings.cache_clear()
