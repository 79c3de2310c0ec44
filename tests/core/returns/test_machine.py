"""Reports as a machine: whatever people and the clock do, in any order, refunds are the upheld charges (SPEC 7.4)."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ledger, returns
from core.kit.errors import Conflict, TooMany
from tests.core.returns.court import ADMIN, MEMO, a_court, assert_whole

SALES = st.integers(0, 5)
OPEN = ("pending", "appealed")
PRICES = (0, 2500)


def machine(session: Session, now: datetime) -> type[RuleBasedStateMachine]:
    class Reports(RuleBasedStateMachine):
        """Three leads at two companies each, beside a plain model of what became of every sale."""

        @initialize(price=st.sampled_from(PRICES), credits=st.booleans())
        def open(self, price: int, credits: bool) -> None:
            self.savepoint = session.begin_nested()
            self.now = now
            self.court = a_court(session, now, price_cents=price)
            session.execute(text("update niche set claim_auto_credit = :c"), {"c": credits})
            self.price, self.credits = price, credits
            sales = [sale for _ in range(3) for sale in self.court.sold()]
            self.sales = sales
            self.status: dict[int, str] = {}
            self.appealed: set[int] = set()
            self.claim: dict[int, returns.Claim] = {}
            self.paid: set[int] = set()
            self.due: dict[int, datetime] = {}
            self.decided: dict[int, datetime] = {}

        def owner(self, n: int) -> object:
            return self.court.actors[self.sales[n].provider_id]

        def tried(self, may: bool, act: object) -> bool:
            """The verb goes through exactly when the model says it may."""
            try:
                with session.begin_nested():
                    act()  # type: ignore[operator]
            except Conflict:
                assert not may
                return False
            assert may
            return True

        @rule(n=SALES)
        def report(self, n: int) -> None:
            known = self.status.get(n)
            late = self.now - now > timedelta(days=14)
            may = known in OPEN or (known is None and n not in self.paid and not late)
            try:
                with session.begin_nested():
                    made = returns.report(
                        session,
                        actor=self.owner(n),
                        assignment_id=self.sales[n].id,
                        reason="spam",
                        now=self.now,  # type: ignore[arg-type]
                    )
            except TooMany:
                assert may and known is None
                return
            except Conflict:
                assert not may
                return
            assert may and made.new is (known is None)
            if made.new:
                self.claim[n], self.status[n], self.due[n] = made.claim, "pending", self.now + timedelta(hours=48)

        @rule(n=SALES)
        def withdraw(self, n: int) -> None:
            if n in self.claim and self.tried(
                self.status[n] == "pending",
                lambda: returns.withdraw(session, actor=self.owner(n), claim_id=self.claim[n].id, now=self.now),  # type: ignore[arg-type]
            ):
                self.status[n] = "withdrawn"

        @rule(n=SALES)
        def approve(self, n: int) -> None:
            if n in self.claim and self.tried(
                self.status[n] in OPEN,
                lambda: returns.approve(session, actor=ADMIN, claim_id=self.claim[n].id, memo=MEMO, now=self.now),
            ):
                self.status[n] = "approved"
                self.paid.add(n)

        @rule(n=SALES)
        def reject(self, n: int) -> None:
            if n in self.claim and self.tried(
                self.status[n] in OPEN,
                lambda: returns.reject(session, actor=ADMIN, claim_id=self.claim[n].id, memo=MEMO, now=self.now),
            ):
                self.status[n], self.decided[n] = "rejected", self.now

        @rule(n=SALES)
        def appeal(self, n: int) -> None:
            if n not in self.claim:
                return
            fresh = n in self.decided and self.now - self.decided[n] <= timedelta(days=14)
            may = self.status[n] == "rejected" and n not in self.appealed and n not in self.paid and fresh
            if self.tried(
                may,
                lambda: returns.appeal(session, actor=self.owner(n), claim_id=self.claim[n].id, notes=MEMO, now=self.now),  # type: ignore[arg-type]
            ):
                self.status[n], self.due[n] = "appealed", self.now + timedelta(hours=48)
                self.appealed.add(n)

        @rule(n=SALES)
        def refund(self, n: int) -> None:
            if self.tried(
                self.status.get(n) not in OPEN and n not in self.paid,
                lambda: returns.refund(session, actor=ADMIN, assignment_id=self.sales[n].id, memo=MEMO, now=self.now),
            ):
                self.paid.add(n)

        @rule(lead=st.integers(0, 2))
        def class_credit(self, lead: int) -> None:
            held = [n for n in (2 * lead, 2 * lead + 1) if n not in self.paid]
            lead_id = self.sales[2 * lead].lead_id
            if self.tried(
                bool(held), lambda: returns.class_credit(session, actor=ADMIN, lead_id=lead_id, memo=MEMO, now=self.now)
            ):
                self.paid |= set(held)
                for n in held:
                    if self.status.get(n, "withdrawn") != "withdrawn":
                        self.status[n] = "approved"

        @rule(hours=st.integers(1, 100))
        def time_passes(self, hours: int) -> None:
            self.now += timedelta(hours=hours)
            returns.escalate_overdue(session, now=self.now)
            for n, status in self.status.items():
                if self.credits and status == "pending" and self.due[n] <= self.now:
                    self.status[n] = "approved"
                    self.paid.add(n)

        @invariant()
        def money_and_model_agree(self) -> None:
            if not hasattr(self, "court"):
                return
            assert self.court.refunds() == self.price * len(self.paid)
            for n, claim in self.claim.items():
                session.refresh(claim)
                assert claim.status == self.status[n]
            assert_whole(session)
            assert ledger.reconcile(session, now=self.now) == []

        def teardown(self) -> None:
            if hasattr(self, "savepoint"):
                self.savepoint.rollback()
                session.expunge_all()

    return Reports


def test_any_order_of_events(session: Session, now: datetime) -> None:
    run_state_machine_as_test(
        machine(session, now),
        settings=settings(
            max_examples=10, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
        ),
    )
