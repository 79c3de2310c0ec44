"""A statement says what the transfers say, for its own wallet, on its own calendar (SPEC 6.5)."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ledger
from core.kit.actor import Actor
from core.kit.errors import Forbidden, Invalid
from core.kit.ids import uuid7
from core.providers.models import ProviderInterest
from tests.builders import a_market, a_niche, a_provider

ADMIN = Actor(user_id=uuid7(), role="admin")
START = datetime(2026, 8, 15, 12, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)


def people_of(provider_id: UUID) -> Actor:
    return Actor(user_id=uuid7(), role="provider", provider_id=provider_id)


def move(session: Session, provider_id: UUID, cents: int, at: datetime) -> None:
    """Into the wallet, or out of it when negative, at a moment of the past."""
    verb = ledger.credit_manually if cents > 0 else ledger.debit_manually
    verb(
        session, actor=ADMIN, provider_id=provider_id, amount_cents=abs(cents), memo="a memo of the test",
        idempotency_key=str(uuid7()), now=at,
    )  # fmt: skip


def test_a_month_on_the_calendar_of_its_zone(session: Session, now: datetime) -> None:
    provider = a_provider(session, START, balance_cents=0).id
    market, niche = a_market(session, START), a_niche(session, START)
    session.add(ProviderInterest(provider_id=provider, niche_id=niche.id, market_id=market.id))
    session.flush()
    for cents, at in (
        (10_000, datetime(2026, 10, 1, 6, 59, tzinfo=UTC)),  # still September in Las Vegas
        (5_000, datetime(2026, 10, 1, 7, 0, tzinfo=UTC)),
        (-2_000, datetime(2026, 10, 9, 3, 0, tzinfo=UTC)),  # the 8th there
        (-1_000, datetime(2026, 10, 9, 20, 0, tzinfo=UTC)),
        (-500, datetime(2026, 11, 1, 6, 59, tzinfo=UTC)),  # still October there
        (-100, datetime(2026, 11, 1, 7, 0, tzinfo=UTC)),
    ):
        move(session, provider, cents, at)
    told = ledger.statement(session, actor=people_of(provider), provider_id=provider, month=OCTOBER, now=now)
    assert (told.zone, told.complete) == ("America/Los_Angeles", True)
    assert (told.opening_cents, told.in_cents, told.out_cents, told.closing_cents) == (10_000, 5_000, 3_500, 11_500)
    assert [(kind.kind, kind.movements) for kind in told.kinds] == [("manual_credit", 1), ("manual_debit", 3)]
    assert [(day.day.day, day.in_cents, day.out_cents, day.closing_cents) for day in told.days] == [
        (1, 5_000, 0, 15_000),
        (8, 0, 2_000, 13_000),
        (9, 0, 1_000, 12_000),
        (31, 0, 500, 11_500),
    ]
    in_utc = ledger.statement(session, actor=ADMIN, provider_id=provider, month=OCTOBER, zone="UTC", now=now)
    assert (in_utc.opening_cents, in_utc.in_cents, in_utc.closing_cents) == (0, 15_000, 12_000)
    running = ledger.statement(session, actor=ADMIN, provider_id=provider, month=date(2026, 11, 1), now=now)
    assert (running.opening_cents, running.closing_cents, running.complete) == (11_500, 11_400, False)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(
    moves=st.lists(st.tuples(st.integers(-4_000, 4_000).filter(bool), st.integers(0, 100 * 24 * 60)), max_size=25),
    zone=st.sampled_from(["UTC", "America/Phoenix", "America/Chicago", "Asia/Kolkata", "Pacific/Auckland"]),
)
def test_months_join_without_a_gap_and_end_at_the_balance(
    session: Session, now: datetime, moves: list[tuple[int, int]], zone: str
) -> None:
    provider = a_provider(session, START, balance_cents=0).id
    done = 0
    for cents, minutes in sorted(moves, key=lambda move: move[1]):
        if done + cents >= 0:
            move(session, provider, cents, START + timedelta(minutes=minutes))
            done += cents
    later = START + timedelta(days=120)
    closing = 0
    for month in reversed(ledger.statement_months(session, actor=ADMIN, provider_id=provider, now=later)):
        told = ledger.statement(session, actor=ADMIN, provider_id=provider, month=month, zone=zone, now=later)
        lines = ledger.history(
            session, actor=ADMIN, provider_id=provider, since=told.since, until=told.until, limit=1000, now=now
        )
        assert told.opening_cents == closing, "it opens where the one before it closed"
        assert told.in_cents - told.out_cents == sum(line.amount_cents for line in lines)
        assert sum(kind.movements for kind in told.kinds) == sum(day.movements for day in told.days) == len(lines)
        if lines:
            assert told.closing_cents == lines[0].balance_cents == told.days[-1].closing_cents
        closing = told.closing_cents
    assert closing == ledger.balance(session, actor=ADMIN, provider_id=provider).balance_cents == done


def test_there_is_none_before_the_wallet_or_in_the_future(session: Session, now: datetime) -> None:
    provider = a_provider(session, START).id
    months = ledger.statement_months(session, actor=people_of(provider), provider_id=provider, now=now)
    assert [f"{month:%Y-%m}" for month in months] == ["2026-11", "2026-10", "2026-09", "2026-08"]
    for month in (date(2026, 7, 1), date(2026, 12, 1)):
        with pytest.raises(ledger.NoStatement):
            ledger.statement(session, actor=ADMIN, provider_id=provider, month=month, now=now)
    with pytest.raises(Invalid):
        ledger.statement(session, actor=ADMIN, provider_id=provider, month=OCTOBER, zone="Mars/Olympus", now=now)
    for wrong in ("2026-13", "october", "2026-10-05", ""):
        with pytest.raises(Invalid):
            ledger.month_of(wrong)


def test_another_tenants_statement_does_not_exist(session: Session, now: datetime) -> None:
    mine, other = a_provider(session, START), a_provider(session, START)
    actor = people_of(mine.id)
    assert ledger.statement(session, actor=actor, provider_id=mine.id, month=OCTOBER, now=now).provider_id == mine.id
    with pytest.raises(ledger.WalletMissing):
        ledger.statement(session, actor=actor, provider_id=other.id, month=OCTOBER, now=now)
    with pytest.raises(ledger.WalletMissing):
        ledger.statement_months(session, actor=actor, provider_id=other.id, now=now)
    with pytest.raises(Forbidden):
        scientist = Actor(user_id=uuid7(), role="scientist")
        ledger.statement(session, actor=scientist, provider_id=mine.id, month=OCTOBER, now=now)


def test_all_wallets_beside_their_books(session: Session, now: datetime) -> None:
    well = a_provider(session, now, company_name="Well 100% off")
    short, stuck = a_provider(session, now, balance_cents=10), a_provider(session, now)
    ledger.freeze(session, actor=ADMIN, provider_id=stuck.id, reason="a check of its papers", now=now)
    session.execute(text("set local role none"))
    session.execute(text("update wallet set balance_cents = 90000 where provider_id = :p"), {"p": well.id})
    session.execute(text("set local role hotleads_app"))

    def found(**wanted: str) -> list[tuple[UUID, int]]:
        return [(row.id, row.drift_cents) for row in ledger.list_wallets(session, actor=ADMIN, **wanted, now=now)]  # type: ignore[arg-type]

    assert found() == [(stuck.id, 0), (short.id, 0), (well.id, -10_000)]
    assert found(state="low") == [(short.id, 0)]
    assert found(state="frozen") == [(stuck.id, 0)]
    assert found(state="drift") == [(well.id, -10_000)]
    assert found(state="owing") == []
    assert found(search="100%") == [(well.id, -10_000)]
    page = ledger.list_wallets(session, actor=ADMIN, limit=2, now=now)
    assert [row.id for row in ledger.list_wallets(session, actor=ADMIN, before_id=page[-1].id, now=now)] == [well.id]
    kinds = {account.kind: account.balance_cents for account in ledger.house_accounts(session, actor=ADMIN)}
    assert kinds["adjustments"] == -200_010
    for role in ("scientist", "provider"):
        with pytest.raises(Forbidden):
            ledger.list_wallets(session, actor=Actor(user_id=uuid7(), role=role), now=now)  # type: ignore[arg-type]


def test_freezing_takes_an_admin_and_a_reason(session: Session, now: datetime) -> None:
    provider = a_provider(session, now).id
    freeze = {"provider_id": provider, "now": now}
    with pytest.raises(Forbidden):
        ledger.freeze(session, actor=Actor(user_id=uuid7(), role="analyst"), reason="a check of its papers", **freeze)
    with pytest.raises(ledger.InvalidTransfer) as refused:
        ledger.freeze(session, actor=ADMIN, reason="because", **freeze)
    assert list(refused.value.fields) == ["reason"]
    assert ledger.freeze(session, actor=ADMIN, reason="a check of its papers", **freeze)
    assert not ledger.freeze(session, actor=ADMIN, reason="a second reason for it", **freeze)
    assert ledger.balance(session, actor=ADMIN, provider_id=provider).frozen_reason == "a check of its papers"
    trail = session.scalars(text("select memo from audit_entry where action = 'wallet.frozen'")).all()
    assert trail == ["a check of its papers"]
    ledger.unfreeze(session, actor=ADMIN, provider_id=provider, memo="its papers are in order", now=now)
    assert ledger.balance(session, actor=ADMIN, provider_id=provider).frozen_at is None


@pytest.mark.parametrize("demo", [True, False])
def test_what_a_movement_left_adds_up_to_the_balance(session: Session, now: datetime, demo: bool) -> None:
    """Also in the demo, whose past is booked after its present: there lines are summed, elsewhere they say what they noted."""
    provider = a_provider(session, START, balance_cents=0).id
    days = (3, 1, 2) if demo else (1, 2, 3)
    for day, cents in zip(days, (500, 300, -100), strict=True):
        move(session, provider, cents, START + timedelta(days=day))
    if demo:
        session.execute(
            text("insert into demo_load (part, seed, size, history_ends, total) values ('homes', 7, 1, :now, 1)"), {"now": now}
        )
    lines = ledger.history(session, actor=people_of(provider), provider_id=provider, limit=2, now=now)
    lines += ledger.history(session, actor=people_of(provider), provider_id=provider, before_id=lines[-1].id, now=now)
    assert [line.at for line in lines] == sorted((line.at for line in lines), reverse=True)
    assert lines[0].balance_cents == ledger.balance(session, actor=ADMIN, provider_id=provider).balance_cents
    assert all(line.balance_cents - line.amount_cents == before.balance_cents for line, before in pairwise(lines))
    (debit,) = ledger.history(session, actor=ADMIN, provider_id=provider, kind="manual_debit", now=now)
    assert debit.balance_cents == next(line.balance_cents for line in lines if line.id == debit.id)
