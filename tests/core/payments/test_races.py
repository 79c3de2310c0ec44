"""Two workers, two presses, one fee (SPEC 6.6): real connections, all let go at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import Engine, text

from core import ledger, payments
from core.kit.actor import SYSTEM, Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.ids import uuid7
from jobs.work import work
from tests.at_once import each_at_once
from tests.builders import a_provider
from tests.eventually import eventually, waits_for

CROWD = 6


def a_member(now: datetime) -> tuple[Actor, UUID]:
    """A company that chose Pro, and its membership."""
    with transaction() as session:
        actor = Actor(user_id=uuid7(), role="provider", provider_id=a_provider(session, now).id)
        payments.choose_plan(session, actor=actor, plan_key="pro", now=now)
        return actor, session.execute(text("select id from membership")).scalar_one()


def fees(actor: Actor) -> int:
    """How many fees the wallet paid; the books are whole."""
    with transaction() as session:
        assert [check for check in (*ledger.verify(session), *payments.verify(session)) if not check.ok] == []
        provider_id = actor.require_provider()
        return len(ledger.history(session, actor=actor, provider_id=provider_id, kind="plan_fee", now=utc_now()))


def test_workers_that_charge_the_same_period(database: Engine, now: datetime) -> None:
    actor, stay = a_member(now)

    def charge(_: int) -> None:
        with transaction() as session:
            payments.charge_plan_fee(session, membership_id=stay, now=now + timedelta(days=30))

    each_at_once(charge, range(CROWD))
    assert fees(actor) == 2


def test_a_choice_made_while_the_plan_changes_by_itself(database: Engine, now: datetime) -> None:
    """Down to Pro at the month's end, and back up to Enterprise at that very moment: one stay, and no error of ours."""
    with transaction() as session:
        actor = Actor(user_id=uuid7(), role="provider", provider_id=a_provider(session, now, balance_cents=200_000).id)
        payments.choose_plan(session, actor=actor, plan_key="enterprise", now=now)
        payments.choose_plan(session, actor=actor, plan_key="pro", now=now)
        stay = session.execute(text("select id from membership")).scalar_one()
    later = now + timedelta(days=31)

    def back_up() -> str:
        with transaction() as session:
            return payments.choose_plan(session, actor=actor, plan_key="enterprise", now=later).plan.key

    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            payments.charge_plan_fee(session, membership_id=stay, now=later)
            chosen = pool.submit(back_up)
            eventually(partial(waits_for, session))
        assert chosen.result() == "enterprise"
    assert fees(actor) == 3
    with transaction() as session:
        assert session.execute(text("select plan_key from membership where ended_at is null")).scalars().all() == ["enterprise"]


def test_schedules_and_jobs_side_by_side(database: Engine) -> None:
    now = utc_now()  # jobs take the real time
    actor, _ = a_member(now - timedelta(days=45))

    def schedule(_: int) -> None:
        with transaction() as session:
            payments.charge_plan_fees(session, now=now)
            jobs = list(session.scalars(text("select id::text from outbox where kind = 'plan.fee'")))
        for job in jobs:
            work(job)

    each_at_once(schedule, range(CROWD))
    assert fees(actor) == 2
    with transaction() as session:
        assert (
            session.execute(text("select count(*) from outbox where payload ->> 'template' = 'plan_renewed'")).scalar_one() == 1
        )


def test_a_button_pressed_by_everybody_at_once(database: Engine, now: datetime) -> None:
    with transaction() as session:
        actor = Actor(user_id=uuid7(), role="provider", provider_id=a_provider(session, now).id)

    def press(_: int) -> str:
        try:
            with transaction() as session:
                payments.choose_plan(session, actor=actor, plan_key="pro", now=now)
        except payments.PlanNotOffered:
            return "told"
        return "paid"

    assert sorted(each_at_once(press, range(CROWD))) == ["paid"] + ["told"] * (CROWD - 1)
    assert fees(actor) == 1


def test_a_reminder_per_crossing_whoever_spends(database: Engine, now: datetime) -> None:
    with transaction() as session:
        provider_id = a_provider(session, now, balance_cents=5_000 + CROWD // 2 * 100).id

    def spend(number: int) -> None:
        with transaction() as session:
            ledger.debit_manually(
                session, actor=SYSTEM, provider_id=provider_id, amount_cents=100, memo="a memo of the test",
                idempotency_key=str(number), now=now,
            )  # fmt: skip

    each_at_once(spend, range(CROWD))
    with transaction() as session:
        crossings = session.scalars(text("select payload ->> 'balance_cents' from outbox where kind = 'wallet.low'")).all()
    assert crossings == ["4900"]
