"""What money depends on holds in the database itself, even when the Python is wrong (house rule 5)."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from core import ledger
from core.kit.db import constraint_of
from core.kit.ids import uuid7
from core.providers.models import Provider
from tests.builders import a_provider

INSERT = text("""insert into transfer (id, debit_account_id, credit_account_id, amount_cents, kind, actor_id, memo,
                                       wallet_balance_cents, idempotency_key, at)
                 values (:id, :debit, :credit, :cents, :kind, :id, 'a memo of the test', :noted, :id, :now)""")


@pytest.fixture
def provider(session: Session, now: datetime) -> Provider:
    return a_provider(session, now, balance_cents=1000)


def row(
    session: Session, now: datetime, provider: Provider, cents: int = 5, noted: int | None = None, **more: Any
) -> dict[str, Any]:
    wallet, house = ledger.wallet_account(session, provider.id), ledger.house_account(session, "revenue", now=now)
    plain = {"id": uuid7(), "debit": wallet, "credit": house, "cents": cents, "kind": "lead_charge", "noted": noted, "now": now}
    return plain | more


def refused(session: Session, statement: Any, values: Any) -> str | None:
    with pytest.raises(IntegrityError) as error, session.begin_nested():
        session.execute(statement, values)
    return constraint_of(error.value)


def test_an_overdraft(session: Session, now: datetime, provider: Provider) -> None:
    assert refused(session, INSERT, row(session, now, provider, cents=1001)) == "wallet_not_below_zero"


def test_a_debit_of_a_frozen_wallet(session: Session, now: datetime, provider: Provider) -> None:
    session.execute(text("update wallet set frozen_at = :now, frozen_reason = 'test'"), {"now": now})
    assert refused(session, INSERT, row(session, now, provider)) == "wallet_not_frozen"


@pytest.mark.parametrize("memo", [None, "", "too short", "x" * 501])
def test_a_movement_by_hand_without_its_reason(session: Session, now: datetime, provider: Provider, memo: str | None) -> None:
    by_hand = text("""insert into transfer (id, debit_account_id, credit_account_id, amount_cents, kind, actor_id, memo,
                                            idempotency_key, at)
                      values (:id, :debit, :credit, :cents, :kind, :id, :memo, :id, :now)""")
    for kind in ("manual_debit", "manual_credit"):
        found = refused(session, by_hand, row(session, now, provider, kind=kind) | {"memo": memo})
        assert found == "transfer_by_hand_says_why"


def test_a_note_that_is_not_the_balance(session: Session, now: datetime, provider: Provider) -> None:
    assert refused(session, INSERT, row(session, now, provider, cents=5, noted=994)) == "transfer_notes_balance"
    session.execute(INSERT, row(session, now, provider, cents=5, noted=995))
    session.execute(INSERT, row(session, now, provider, cents=5))
    notes = session.execute(text("select wallet_balance_cents from transfer order by id desc limit 2")).scalars().all()
    assert notes == [990, 995]


def test_two_moves_of_one_wallet_in_one_statement(session: Session, now: datetime, provider: Provider) -> None:
    twice = text("""insert into transfer (id, debit_account_id, credit_account_id, amount_cents, kind, actor_id,
                                          idempotency_key, at)
                    select uuid7(), :debit, :credit, :cents, :kind, :id, n::text, :now from generate_series(1, 2) n""")
    assert refused(session, twice, row(session, now, provider)) == "transfer_notes_balance"


@pytest.mark.parametrize(
    ("first", "second", "holds"), [(995, 990, True), (990, 990, False), (990, 995, False), (995, 991, False)]
)
def test_several_debits_of_one_statement_note_each_balance(
    session: Session, now: datetime, provider: Provider, first: int, second: int, holds: bool
) -> None:
    both = text("""insert into transfer (id, debit_account_id, credit_account_id, amount_cents, kind, actor_id,
                                         wallet_balance_cents, idempotency_key, at)
                   select uuid_step(:id, n), :debit, :credit, 5, :kind, :id, noted, n::text, :now
                     from unnest(cast(:notes as bigint[])) with ordinality as t (noted, n)""")
    given = row(session, now, provider, cents=5) | {"notes": [first, second]}
    if not holds:
        assert refused(session, both, given) == "transfer_notes_balance"
        return
    session.execute(both, given)
    assert session.scalars(text("select wallet_balance_cents from transfer order by id desc limit 2")).all() == [second, first]


def test_the_same_key_twice(session: Session, now: datetime, provider: Provider) -> None:
    once = row(session, now, provider)
    session.execute(INSERT, once)
    assert refused(session, INSERT, once) in {"transfer_once", "transfer_pkey"}


@pytest.mark.parametrize(("column", "value"), [("cents", 0), ("cents", -5), ("kind", "present")])
def test_a_senseless_transfer(session: Session, now: datetime, provider: Provider, column: str, value: Any) -> None:
    assert refused(session, INSERT, row(session, now, provider, **{column: value}))


@pytest.mark.parametrize(
    "statement",
    [
        "update wallet set balance_cents = 5",
        "delete from wallet",
        "update transfer set amount_cents = 5",
        "delete from transfer",
        "truncate transfer cascade",
        "delete from ledger_account",
    ],
)
def test_rewriting_as_the_application(session: Session, provider: Provider, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), session.begin_nested():
        session.execute(text(statement))


def test_a_wallet_that_opens_with_money(session: Session, now: datetime, provider: Provider) -> None:
    gift = text("insert into wallet (provider_id, account_id, balance_cents, updated_at) values (:p, :a, 5, :now)")
    values = {"p": uuid7(), "a": ledger.wallet_account(session, provider.id), "now": now}
    assert refused(session, gift, values) == "wallet_opens_empty"


def test_rewriting_history_as_the_owner(session: Session, provider: Provider) -> None:
    session.execute(text("set local role none"))
    for statement in ("update transfer set amount_cents = 5", "delete from transfer"):
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.execute(text(statement))
