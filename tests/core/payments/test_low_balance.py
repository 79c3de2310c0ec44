"""One reminder per crossing, told once, to those who want it (SPEC 6.4)."""

from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ledger, payments, providers
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.ops import set_threshold
from tests.builders import a_provider, fund

ADMIN = Actor(user_id=uuid7(), role="admin")


def crossings(session: Session) -> list[tuple[int, int]]:
    rows = session.scalars(text("select payload from outbox where kind = 'wallet.low' order by id"))
    return [(row["balance_cents"], row["threshold_cents"]) for row in rows]


def spend(session: Session, provider_id: UUID, cents: int, now: datetime) -> None:
    ledger.debit_manually(
        session, actor=ADMIN, provider_id=provider_id, amount_cents=cents, memo="a memo of the test",
        idempotency_key=str(uuid7()), now=now,
    )  # fmt: skip


def test_each_crossing_reminds_once(session: Session, now: datetime) -> None:
    provider = a_provider(session, now, balance_cents=6_000).id
    spend(session, provider, 1_000, now)
    assert crossings(session) == [], "at the threshold is not below it"
    spend(session, provider, 1, now)
    spend(session, provider, 1_000, now)
    assert crossings(session) == [(4_999, 5_000)]
    fund(session, now, provider, 1_000)
    spend(session, provider, 100, now)
    assert len(crossings(session)) == 1, "a credit that stays below arms nothing"
    fund(session, now, provider, 101)
    spend(session, provider, 1, now)
    assert crossings(session) == [(4_999, 5_000), (4_999, 5_000)]


def test_a_threshold_that_moves_is_no_crossing(session: Session, now: datetime) -> None:
    provider = a_provider(session, now, balance_cents=6_000).id
    mine = Actor(user_id=uuid7(), role="provider", provider_id=provider)
    payments.set_low_balance(session, actor=mine, threshold_cents=7_000, now=now)
    spend(session, provider, 500, now)
    assert crossings(session) == []
    payments.set_low_balance(session, actor=mine, threshold_cents=5_400, now=now)
    spend(session, provider, 101, now)
    assert crossings(session) == [(5_399, 5_400)]
    payments.set_low_balance(session, actor=mine, threshold_cents=0, now=now)
    spend(session, provider, 5_399, now)
    assert len(crossings(session)) == 1, "0 is never"
    trail = text(
        "select before ->> 'low_balance_cents', after ->> 'low_balance_cents' from audit_entry where action like 'wallet.%'"
    )
    assert session.execute(trail).all() == [("5000", "7000"), ("7000", "5400"), ("5400", "0")]


def test_the_mail_says_what_it_was_and_respects_the_choice(session: Session, now: datetime) -> None:
    told = {"balance_cents": 4_250, "threshold_cents": 5_000, "now": now}
    wanting, other = a_provider(session, now).id, a_provider(session, now).id
    providers.set_preferences(session, actor=ADMIN, provider_id=other, choices={"low_balance": False}, now=now)
    for provider in (wanting, other):
        payments.announce_low_balance(session, crossing=f"of {provider}", provider_id=provider, **told)
    (payload,) = session.scalars(text("select payload from outbox where kind = 'email'"))
    assert payload["provider_id"] == str(wanting)
    assert (payload["context"]["balance"], payload["context"]["threshold"]) == ("$42.50", "$50.00")


def test_a_new_wallet_has_the_house_threshold(session: Session, now: datetime) -> None:
    set_threshold(session, actor=ADMIN, key="low_balance_cents", value=12_300, now=now)
    provider = uuid7()
    session.execute(
        text("insert into provider (id, company_name, created_at, updated_at) values (:id, 'New', :now, :now)"),
        {"id": provider, "now": now},
    )
    assert ledger.open_wallet(session, provider_id=provider, now=now).low_balance_cents == 12_300


def test_who_may_and_how_much(session: Session, now: datetime) -> None:
    provider = a_provider(session, now).id
    with pytest.raises(payments.ThresholdInvalid):
        payments.set_low_balance(session, actor=ADMIN, provider_id=provider, threshold_cents=-1, now=now)
    for role in ("analyst", "public"):
        with pytest.raises(Forbidden):
            actor = Actor(user_id=uuid7(), role=role)  # type: ignore[arg-type]
            payments.set_low_balance(session, actor=actor, provider_id=provider, threshold_cents=1, now=now)
    mine = Actor(user_id=uuid7(), role="provider", provider_id=provider)
    other = a_provider(session, now).id
    payments.set_low_balance(session, actor=mine, provider_id=other, threshold_cents=1, now=now)
    assert ledger.balance(session, actor=SYSTEM, provider_id=other).low_balance_cents == 5_000, "only their own"
