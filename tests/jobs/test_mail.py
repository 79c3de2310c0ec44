"""Who gets mail and when: what a company or a person ended, quiet hours, headers by which events find it (SPEC 7.6, 11)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from core import messaging, ops, providers
from core.kit import config, mail
from core.kit.actor import SYSTEM, Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.ids import uuid7
from jobs.work import work
from tests.builders import a_provider, a_user
from tests.jobs.test_story import drain
from tests.mailserver import MailServer

ADMIN = Actor(user_id=uuid7(), role="admin")


@pytest.fixture
def provider(exchange: Engine) -> UUID:
    """A company of two: ann and bob."""
    with transaction() as session:
        company = a_provider(session, utc_now())
        for name in ("ann", "bob"):
            a_user(session, utc_now(), role="provider", provider_id=company.id, email=f"{name}@example.com", full_name=name)
    return company.id


def ask(provider: UUID, template: str, key: str = "1") -> None:
    with transaction() as session:
        samples = dict(messaging.shipped()[template].samples)
        mail.request_mail(session, template, key=key, now=utc_now(), provider_id=provider, context=samples)
    drain()


def readers(server: MailServer) -> list[str]:
    return sorted(letter["To"].addresses[0].addr_spec for letter in server.letters)


def quiet(begin: int, end: int) -> None:
    with transaction() as session:
        ops.set_threshold(session, actor=ADMIN, key="quiet_from_hour", value=begin, now=utc_now())
        ops.set_threshold(session, actor=ADMIN, key="quiet_to_hour", value=end, now=utc_now())


def test_one_person_ends_a_kind_of_mail_and_the_colleague_keeps_it(provider: UUID, mail_server: MailServer) -> None:
    ask(provider, "new_lead")
    anns = next(letter for letter in mail_server.letters if "ann@" in letter["To"])
    link = anns["List-Unsubscribe"].strip("<>")
    assert anns["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" and link in anns.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    with transaction() as session:
        assert messaging.opt_out(session, code=link.rsplit("/", 1)[1], now=utc_now()) == "New lead"
    ask(provider, "new_lead", "2")
    assert readers(mail_server) == ["ann@example.com", "bob@example.com", "bob@example.com"]
    ask(provider, "bad_lead_approved")
    assert readers(mail_server).count("ann@example.com") == 2
    with transaction() as session:
        messaging.opt_in(session, code=link.rsplit("/", 1)[1], now=utc_now())
        actions = session.execute(text("select action from audit_entry where action like 'mail.%' order by id")).scalars().all()
    assert actions == ["mail.unsubscribed", "mail.subscribed_again"]
    ask(provider, "new_lead", "3")
    assert readers(mail_server).count("ann@example.com") == 3


def test_who_has_left_is_told_of_that_alone(provider: UUID, mail_server: MailServer) -> None:
    """Asked for while they were there, such as in the evening for the morning, and sent after they had gone."""
    with transaction() as session:
        bob = session.execute(text("select id from user_account where email = 'bob@example.com'")).scalar_one()
        for template in ("new_lead", "support_answered", "account_status"):
            samples = dict(messaging.shipped()[template].samples)
            mail.request_mail(session, template, key="1", now=utc_now(), user_id=bob, context=samples)
        session.execute(text("update user_account set status = 'deactivated', removed_at = now() where id = :id"), {"id": bob})
    drain()
    assert [letter["Subject"] for letter in mail_server.letters] == ["Your account is now suspended"]
    assert readers(mail_server) == ["bob@example.com"]


def test_mail_that_must_be_read_has_no_way_out(provider: UUID, mail_server: MailServer) -> None:
    ask(provider, "consent_revoked")
    assert len(mail_server.letters) == 2 and all(letter["List-Unsubscribe"] is None for letter in mail_server.letters)


def test_what_a_company_switched_off_is_not_sent(provider: UUID, mail_server: MailServer) -> None:
    with transaction() as session:
        providers.set_preferences(session, actor=SYSTEM, provider_id=provider, choices={"plan_renewed": False}, now=utc_now())
    ask(provider, "plan_renewed")
    assert mail_server.letters == []


def test_quiet_hours_move_what_can_wait_and_nothing_else(provider: UUID, mail_server: MailServer) -> None:
    hour = utc_now().hour
    quiet(hour, (hour + 3) % 24)
    ask(provider, "low_balance")
    ask(provider, "new_lead")
    assert readers(mail_server) == ["ann@example.com", "bob@example.com"]
    with transaction() as session:
        waiting = session.execute(
            text("select id, run_at, key from outbox where kind = 'email' and state = 'ready' order by id")
        ).all()
        assert len(waiting) == 2 and session.execute(text("select count(*) from email_message")).scalar_one() == 2
    assert all(timedelta(hours=1) < row.run_at - utc_now() <= timedelta(hours=3) for row in waiting)
    quiet(0, 0)
    with transaction() as session:
        session.execute(text("update outbox set run_at = now() - interval '1 s' where state = 'ready'"))
    drain()
    assert readers(mail_server) == ["ann@example.com", "ann@example.com", "bob@example.com", "bob@example.com"]


def test_what_is_written_already_is_sent_when_its_try_comes(exchange: Engine, mail_server: MailServer) -> None:
    mail_server.refused["ann@example.com"] = "451 busy"
    samples = dict(messaging.shipped()["low_balance"].samples)
    quiet(0, 0)
    with transaction() as session:
        user = a_user(session, utc_now(), email="ann@example.com")
        row = mail.request_mail(session, "low_balance", key="1", now=utc_now(), user_id=user.id, context=samples)
    assert work(str(row)) == "failed"
    hour = utc_now().hour
    quiet(hour, (hour + 3) % 24)
    mail_server.refused.clear()
    with transaction() as session:
        session.execute(text("update outbox set run_at = now() - interval '1 s'"))
    drain()
    assert readers(mail_server) == ["ann@example.com"]
    with transaction() as session:
        assert session.execute(text("select count(*) from email_message")).scalar_one() == 1


def test_a_test_letter_comes_at_once_whatever_was_ended(exchange: Engine, mail_server: MailServer) -> None:
    hour = utc_now().hour
    quiet(hour, (hour + 3) % 24)
    with transaction() as session:
        admin = a_user(session, utc_now(), email="admin@example.com")
        messaging.opt_out(session, code=messaging.unsubscribe_link(admin.id, "weekly_digest").rsplit("/", 1)[1], now=utc_now())
        row = messaging.send_test(session, actor=Actor(user_id=admin.id, role="admin"), key="weekly_digest", now=utc_now())
    assert work(str(row)) == "done" and readers(mail_server) == ["admin@example.com"]


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch, exchange: Engine) -> Iterator[None]:
    monkeypatch.setenv("HOTLEADS_SES_CONFIGURATION_SET", "our-set")
    monkeypatch.setenv("HOTLEADS_SENDGRID_WEBHOOK_KEY", "AAAA")
    config.settings.cache_clear()
    yield
    monkeypatch.undo()
    config.settings.cache_clear()


def test_headers_by_which_services_name_the_mail(services: None, provider: UUID, mail_server: MailServer) -> None:
    ask(provider, "refund")
    letter = mail_server.letters[0]
    own_id = letter["Message-ID"].strip("<>").partition("@")[0]
    assert letter["X-Hotleads-Message"] == own_id
    assert letter["X-SES-CONFIGURATION-SET"] == "our-set" and letter["X-SES-MESSAGE-TAGS"] == f"hotleads_message={own_id}"
    assert json.loads(letter["X-SMTPAPI"]) == {"unique_args": {"hotleads_message": own_id}}
