"""Money under concurrency: real connections, all let go at once (SPEC 5.3, 6.1)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine

from core import ledger
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.ids import uuid7
from tests.at_once import each_at_once
from tests.builders import a_provider

ADMIN = Actor(user_id=uuid7(), role="admin")
CROWD = 8


def debit(provider_id: UUID, now: datetime, *, key: str, cents: int = 300) -> object:
    try:
        with transaction() as session:
            memo = "a memo of the test"
            ledger.debit_manually(
                session, actor=ADMIN, provider_id=provider_id, amount_cents=cents, memo=memo, idempotency_key=key, now=now
            )
        return "paid"
    except ledger.InsufficientBalance as refused:
        return type(refused).__name__


def whole(provider_id: UUID) -> int:
    with transaction() as session:
        assert [check for check in ledger.verify(session) if not check.ok] == []
        return ledger.balance(session, actor=ADMIN, provider_id=provider_id).balance_cents


def test_scarce_money_is_used_and_never_overspent(database: Engine, now: datetime) -> None:
    with transaction() as session:
        provider_id = a_provider(session, now, balance_cents=1000).id
    outcomes = each_at_once(lambda n: debit(provider_id, now, key=f"debit {n}"), range(CROWD))
    assert sorted(map(str, outcomes)) == ["InsufficientBalance"] * (CROWD - 3) + ["paid"] * 3
    assert whole(provider_id) == 100


def test_one_key_moves_money_once(database: Engine, now: datetime) -> None:
    with transaction() as session:
        provider_id = a_provider(session, now, balance_cents=1000).id
    assert each_at_once(lambda _: debit(provider_id, now, key="the same"), range(CROWD)) == ["paid"] * CROWD
    assert whole(provider_id) == 700
