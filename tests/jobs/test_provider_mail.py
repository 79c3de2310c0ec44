"""News that providers get, from the change that causes it to the letter that arrives (SPEC 4.1, 4.3, 4.6, 7.6, 7.8)."""

from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import ledger, niches, providers
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.ids import uuid7
from jobs.schedule import SCHEDULE
from tests.builders import SCHEMA, a_level, a_niche, a_provider, a_subscription, a_user
from tests.jobs.test_story import drain
from tests.mailserver import MailServer

BIG = {"all": [{"field": "bedrooms", "operator": "gte", "value": 4}]}


@dataclass
class Firm:
    """A company on one level, its owner, and an administrator."""

    niche: UUID
    level: UUID
    provider: UUID
    subscription: UUID
    owner: Actor
    admin: Actor


@pytest.fixture
def firm(exchange: Engine) -> Firm:
    now = utc_now()
    with transaction() as session:
        no_quiet_hours(session)
        niche = a_niche(session, now, name="Roofing")
        level = a_level(session, now, niche, name="Shared", price_cents=2500)
        provider = a_provider(session, now, balance_cents=10_000)
        owner = a_user(session, now, role="provider", provider_id=provider.id, email="owner@example.com", owner=True)
        admin = a_user(session, now, email="admin@example.com")
        mine = a_subscription(session, now, provider, level)
        theirs = Actor(owner.id, "provider", provider.id)
        return Firm(niche.id, level.id, provider.id, mine.id, theirs, Actor(admin.id, "admin"))


def arrived(server: MailServer, address: str = "owner@example.com") -> list[tuple[str, str]]:
    """Subject and text of the letters to an address, oldest first."""
    return [
        (str(letter["Subject"]), letter.get_body(("plain",)).get_content())  # type: ignore[union-attr]
        for letter in server.letters
        if letter["To"].addresses[0].addr_spec == address
    ]


def no_quiet_hours(session: Session) -> None:
    """Letters that may wait for the morning go out at any hour: what they say is the matter here."""
    row = {"now": utc_now(), "by": UUID(int=0)}
    for key in ("quiet_from_hour", "quiet_to_hour"):
        session.execute(text("insert into threshold values (:key, '0', :now, :by)"), row | {"key": key})


def test_a_price_rise_is_told_seven_days_before_and_applies_by_the_schedule(firm: Firm, mail_server: MailServer) -> None:
    now = utc_now()
    with transaction() as session:
        niches.edit_level(session, actor=firm.admin, level_id=firm.level, price_cents=3000, now=now)
    drain()
    ((subject, body),) = arrived(mail_server)
    due = now + timedelta(days=7)
    assert "$30.00" in subject and "$25.00" in body and f"{due.day} {due:%B %Y}" in body
    run = SCHEDULE["apply_due_prices"].run
    for moment, price in ((due - timedelta(seconds=1), 2500), (due, 3000)):
        with transaction() as session:
            run(session, moment)
            assert niches.get_level(session, firm.level).price_cents == price


def test_who_consents_pays_the_new_price_at_once(firm: Firm, mail_server: MailServer) -> None:
    with transaction() as session:
        niches.edit_level(session, actor=firm.admin, level_id=firm.level, price_cents=3000, now=utc_now())
    drain()
    with transaction() as session:
        level = niches.consent_to_price(session, actor=firm.owner, level_id=firm.level, now=utc_now())
    assert (level.price_cents, level.next_price_cents) == (3000, None)
    assert len(arrived(mail_server)) == 1


def test_subscriptions_stop_and_start_with_the_wallet_and_say_so(firm: Firm, mail_server: MailServer) -> None:
    def move(verb: Any, cents: int) -> str:
        memo, key = "A movement of the test", str(uuid7())
        given = {"actor": firm.admin, "provider_id": firm.provider, "amount_cents": cents, "memo": memo, "idempotency_key": key}
        with transaction() as session:
            verb(session, **given, now=utc_now())
            status: str = session.execute(
                text("select status from subscription where id = :id"), {"id": firm.subscription}
            ).scalar_one()
        return status

    assert move(ledger.debit_manually, 8_000) == "inactive", "at once, in the same transaction"
    drain()
    assert move(ledger.credit_manually, 8_000) == "active"
    drain()
    subjects = [subject for subject, _ in arrived(mail_server) if "Shared" in subject]
    assert len(subjects) == 2
    with transaction() as session:
        told = session.execute(
            text("select action, actor_role from audit_entry where entity_id = :id order by id"), {"id": firm.subscription}
        )
        assert [tuple(row) for row in told] == [("subscription.deactivated", "system"), ("subscription.reactivated", "system")]


def test_a_new_form_that_breaks_a_filter_is_told_to_its_company(firm: Firm, mail_server: MailServer) -> None:
    schema = deepcopy(SCHEMA)
    schema["fields"] = [field for field in schema["fields"] if field["key"] != "bedrooms"]
    with transaction() as session:
        providers.set_filter(session, actor=firm.owner, subscription_id=firm.subscription, rules=BIG, now=utc_now())
        providers.publish_form(session, actor=firm.admin, niche_id=firm.niche, schema=schema, now=utc_now())
    drain()
    ((subject, body),) = arrived(mail_server)
    assert "filter" in subject and "Bedrooms is at least 4" in body and f"sub={firm.subscription}" in body


def test_a_filter_changed_by_the_house_is_told_unless_that_is_switched_off(firm: Firm, mail_server: MailServer) -> None:
    def change(rules: Any) -> None:
        with transaction() as session:
            providers.set_filter(session, actor=firm.admin, subscription_id=firm.subscription, rules=rules, now=utc_now())
        drain()

    change(BIG)
    ((_, body),) = arrived(mail_server)
    assert "Bedrooms is at least 4" in body
    with transaction() as session:
        providers.set_preferences(session, actor=firm.owner, choices={"filter_updated": False}, now=utc_now())
    change({"all": []})
    assert len(arrived(mail_server)) == 1


def test_a_question_and_its_answer_travel_by_mail(firm: Firm, mail_server: MailServer) -> None:
    words = "I paid on Monday and see nothing of it."
    with transaction() as session:
        asked = providers.ask_support(
            session, actor=firm.owner, subject="A deposit is missing", message=words, code="01JBZ4ABCD", now=utc_now()
        )
    drain()
    ((subject, body),) = arrived(mail_server, "admin@example.com")
    assert "01JBZ4ABCD" in body and "A deposit is missing" in subject + body and words not in body
    with transaction() as session:
        providers.answer_support(
            session, actor=firm.admin, request_id=asked.id, message="It is in your wallet now.", now=utc_now()
        )
    drain()
    ((_, body),) = arrived(mail_server)
    assert "It is in your wallet now." in body
