"""Plans and reminders as a machine: whatever people do, in any order, whenever the schedule comes (SPEC 6.4, 6.6)."""

from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ledger, payments
from core.kit.actor import SYSTEM, Actor
from core.kit.ids import uuid7
from tests.builders import a_provider, fund

FEES = {"starter": 0, "pro": 9_900, "enterprise": 39_900}
LADDER = list(FEES)


def machine(session: Session, start: datetime) -> type[RuleBasedStateMachine]:
    class Wallet(RuleBasedStateMachine):
        """One provider beside a plain model of its balance, its plan and the reminders it should have had."""

        @initialize()
        def open(self) -> None:
            self.savepoint = session.begin_nested()
            self.now = start
            self.provider = a_provider(session, start, balance_cents=0).id
            self.actor = Actor(user_id=uuid7(), role="provider", provider_id=self.provider)
            self.balance, self.threshold, self.reminders = 0, 5_000, 0
            self.plan, self.coming, self.began, self.paid = "starter", None, start, 0

        def moved(self, cents: int) -> None:
            if self.balance >= self.threshold > self.balance + cents:
                self.reminders += 1
            self.balance += cents

        def month(self, number: int) -> datetime:
            return session.execute(text("select period_start(:b, :n)"), {"b": self.began, "n": number + 1}).scalar_one()

        @rule(cents=st.integers(1, 60_000))
        def money_in(self, cents: int) -> None:
            fund(session, self.now, self.provider, cents)
            self.moved(cents)

        @rule(cents=st.integers(1, 30_000))
        def money_out(self, cents: int) -> None:
            if cents <= self.balance:
                ledger.debit_manually(
                    session, actor=SYSTEM, provider_id=self.provider, amount_cents=cents, memo="a memo of the test",
                    idempotency_key=str(uuid7()), now=self.now,
                )  # fmt: skip
                self.moved(-cents)

        @rule(cents=st.sampled_from([0, 1, 5_000, 20_000, 50_000]))
        def remind_me_below(self, cents: int) -> None:
            payments.set_low_balance(session, actor=self.actor, threshold_cents=cents, now=self.now)
            self.threshold = cents

        @rule(plan=st.sampled_from(LADDER))
        def choose(self, plan: str) -> None:
            before = self.plan
            try:
                quoted = payments.quote_plan(session, actor=self.actor, plan_key=plan, now=self.now)
                payments.choose_plan(session, actor=self.actor, plan_key=plan, now=self.now)
            except payments.PlanNotOffered:
                assert plan == before and self.coming is None
                return
            except ledger.InsufficientBalance:
                assert quoted.pays_now_cents > self.balance
                return
            if plan == before:
                self.coming = None
            elif LADDER.index(plan) < LADDER.index(before) and self.month(self.paid) > self.now:
                self.coming = plan
            else:
                self.moved(-quoted.pays_now_cents)
                self.plan, self.coming, self.began, self.paid = plan, None, self.now, 1 if plan != "starter" else 0

        @rule(days=st.integers(0, 70))
        def time_passes(self, days: int) -> None:
            self.now += timedelta(days=days)

        @rule(times=st.integers(1, 3))
        def the_schedule_comes(self, times: int) -> None:
            due = session.scalars(
                text("select id from membership where ended_at is null and provider_id = :p"), {"p": self.provider}
            )
            for stay in due.all():
                for _ in range(times):
                    payments.charge_plan_fee(session, membership_id=UUID(str(stay)), now=self.now)
            while self.plan != "starter" and (ended := self.month(self.paid)) <= self.now:
                wanted = self.coming or self.plan
                if FEES[wanted] == 0 or FEES[wanted] > self.balance:
                    self.plan, self.coming = "starter", None
                    break
                self.moved(-FEES[wanted])
                if self.coming:
                    # The job of the old stay goes on with the new one.
                    self.plan, self.coming, self.began, self.paid = wanted, None, ended, 1
                else:
                    self.paid += 1

        @invariant()
        def all_is_as_it_should_be(self) -> None:
            held = ledger.balance(session, actor=self.actor, provider_id=self.provider)
            assert held.balance_cents == self.balance >= 0
            stay = payments.membership_of(session, actor=self.actor)
            assert stay.plan.key == self.plan
            assert (stay.next_plan.key if stay.next_plan else None) == self.coming
            reminded = text("select count(*) from outbox where kind = 'wallet.low' and payload ->> 'provider_id' = :p")
            assert session.execute(reminded, {"p": str(self.provider)}).scalar_one() == self.reminders
            assert [check for check in (*ledger.verify(session), *payments.verify(session)) if not check.ok] == []

        def teardown(self) -> None:
            self.savepoint.rollback()
            session.expunge_all()

    return Wallet


def test_any_order_of_events(session: Session, now: datetime) -> None:
    run_state_machine_as_test(
        machine(session, now),
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
        ),
    )
