"""Transfers: exactly once, never below zero, each by whom it may be caused (SPEC 6.1, 6.3)."""

from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ledger
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from tests.builders import a_provider

ADMIN = Actor(user_id=uuid7(), role="admin")
MEMO = "agreed on the phone"


def of_provider(provider_id: UUID) -> Actor:
    return Actor(user_id=uuid7(), role="provider", provider_id=provider_id)


def test_a_wallet_opens_once_and_empty(session: Session, now: datetime) -> None:
    provider = a_provider(session, now, balance_cents=0)
    assert ledger.open_wallet(session, provider_id=provider.id, now=now).balance_cents == 0
    assert session.execute(text("select count(*) from wallet where provider_id = :p"), {"p": provider.id}).scalar_one() == 1


def test_a_credit_moves_money_from_the_house_and_is_audited(session: Session, now: datetime) -> None:
    provider = a_provider(session, now, balance_cents=0)
    transfer = ledger.credit_manually(
        session, actor=ADMIN, provider_id=provider.id, amount_cents=2500, memo=MEMO, idempotency_key="k", now=now
    )
    assert transfer.wallet_balance_cents == 2500
    assert transfer.debit_account_id == ledger.house_account(session, "adjustments", now=now)
    assert ledger.balance(session, actor=ADMIN, provider_id=provider.id).balance_cents == 2500
    entry = session.execute(
        text("select actor_id, memo, after from audit_entry where entity_id = :id"), {"id": transfer.id}
    ).one()
    assert (entry.actor_id, entry.memo, entry.after["amount_cents"]) == (ADMIN.user_id, MEMO, 2500)
    assert all(check.ok for check in ledger.verify(session))


def test_a_debit_stops_at_zero(session: Session, now: datetime) -> None:
    provider = a_provider(session, now, balance_cents=1000)
    more = {"actor": ADMIN, "provider_id": provider.id, "memo": MEMO, "now": now}
    ledger.debit_manually(session, amount_cents=1000, idempotency_key="all", **more)
    with pytest.raises(ledger.InsufficientBalance, match=r"holds \$0\.00; this takes \$0\.01"):
        ledger.debit_manually(session, amount_cents=1, idempotency_key="more", **more)
    assert ledger.balance(session, actor=ADMIN, provider_id=provider.id).balance_cents == 0


def test_a_repeated_key_returns_the_first_transfer_and_moves_nothing(session: Session, now: datetime) -> None:
    provider = a_provider(session, now, balance_cents=0)
    more = {"actor": ADMIN, "provider_id": provider.id, "memo": MEMO, "idempotency_key": "once", "now": now}
    first = ledger.credit_manually(session, amount_cents=700, **more)
    assert ledger.credit_manually(session, amount_cents=700, **more).id == first.id
    with pytest.raises(ledger.TransferKeyReused):
        ledger.credit_manually(session, amount_cents=701, **more)
    assert ledger.balance(session, actor=ADMIN, provider_id=provider.id).balance_cents == 700


@pytest.mark.parametrize(
    ("amount", "memo", "field"),
    [(0, MEMO, "amount"), (-5, MEMO, "amount"), (5, "too short", "memo"), (5, " " * 20, "memo"), (5, "x" * 501, "memo")],
)
def test_bad_input_names_its_field(session: Session, now: datetime, amount: int, memo: str, field: str) -> None:
    provider = a_provider(session, now)
    with pytest.raises(ledger.InvalidTransfer) as refused:
        ledger.credit_manually(
            session, actor=ADMIN, provider_id=provider.id, amount_cents=amount, memo=memo, idempotency_key="k", now=now
        )
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize("role", ["analyst", "scientist", "provider", "public"])
def test_only_admins_move_money_by_hand(session: Session, now: datetime, role: str) -> None:
    provider = a_provider(session, now)
    actor = Actor(user_id=uuid7(), role=role, provider_id=provider.id)  # type: ignore[arg-type]
    for verb in (ledger.credit_manually, ledger.debit_manually):
        with pytest.raises(Forbidden):
            verb(session, actor=actor, provider_id=provider.id, amount_cents=5, memo=MEMO, idempotency_key="k", now=now)
    house = ledger.house_account(session, "bonus", now=now)
    wallet = ledger.wallet_account(session, provider.id)
    with pytest.raises(Forbidden):
        ledger.post(session, actor=actor, debit=house, credit=wallet, amount_cents=5, kind="bonus", idempotency_key="b", now=now)


def test_a_frozen_wallet_takes_money_but_gives_none(session: Session, now: datetime) -> None:
    provider = a_provider(session, now)
    session.execute(text("update wallet set frozen_at = :now, frozen_reason = 'test'"), {"now": now})
    more = {"actor": ADMIN, "provider_id": provider.id, "memo": MEMO, "now": now}
    with pytest.raises(ledger.WalletFrozen):
        ledger.debit_manually(session, amount_cents=1, idempotency_key="out", **more)
    assert ledger.credit_manually(session, amount_cents=1, idempotency_key="in", **more).wallet_balance_cents == 100_001


def test_an_unknown_wallet_is_not_found(session: Session, now: datetime) -> None:
    with pytest.raises(ledger.WalletMissing):
        ledger.credit_manually(session, actor=ADMIN, provider_id=uuid7(), amount_cents=5, memo=MEMO, idempotency_key="k", now=now)


def test_history_pages_by_key_with_filters_and_running_balance(session: Session, now: datetime) -> None:
    provider = a_provider(session, now, balance_cents=0)
    more = {"actor": ADMIN, "provider_id": provider.id, "memo": MEMO, "now": now}
    for n in range(1, 6):
        ledger.credit_manually(session, amount_cents=n, idempotency_key=f"in {n}", **more)
    ledger.debit_manually(session, amount_cents=4, idempotency_key="out", **more)
    mine = of_provider(provider.id)
    first = ledger.history(session, actor=mine, provider_id=provider.id, limit=2, now=now)
    assert [(line.amount_cents, line.balance_cents) for line in first] == [(-4, 11), (5, 15)]
    rest = ledger.history(session, actor=mine, provider_id=provider.id, before_id=first[-1].id, now=now)
    assert [line.amount_cents for line in rest] == [4, 3, 2, 1]
    debits = ledger.history(session, actor=mine, provider_id=provider.id, kind="manual_debit", now=now)
    assert [line.amount_cents for line in debits] == [-4]
    assert ledger.history(session, actor=mine, provider_id=provider.id, until=now, now=now) == []
    assert len(ledger.history(session, actor=mine, provider_id=provider.id, since=now, now=now)) == 6


def test_a_provider_sees_no_wallet_but_its_own(session: Session, now: datetime) -> None:
    mine, other = a_provider(session, now), a_provider(session, now)
    actor = of_provider(mine.id)
    assert ledger.balance(session, actor=actor, provider_id=mine.id).provider_id == mine.id
    with pytest.raises(ledger.WalletMissing):
        ledger.balance(session, actor=actor, provider_id=other.id)
    assert ledger.history(session, actor=actor, provider_id=other.id, now=now) == []
    assert ledger.history(session, actor=SYSTEM, provider_id=other.id, now=now)
