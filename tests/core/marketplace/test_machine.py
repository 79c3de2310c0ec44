"""The exchange as a machine: whatever is held, bought, sold, withdrawn, paid back and closed in any order, sales stay whole.

Nothing is sold that is not for sale, nobody pays another price than the one held, and in its first day no listing costs less
than distribution got (SPEC 2.7, 5.2, 9.2 to 9.4).
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import distribution, inventory, leads, marketplace, pricing, returns
from core.kit.actor import SYSTEM
from core.kit.errors import HotleadsError
from tests.core.distribution.world import assert_whole
from tests.core.marketplace.world import Market, a_market

LEADS, BUYERS = st.integers(0, 1), st.integers(0, 2)
WHY = "It was looked at by a person."
CHEAP = text("""
    select count(*) from listing where state = 'open' and price_cents < price_floor_cents
       and opened_at > cast(:now as timestamptz) - interval '24 hours'""")


def machine(session: Session, start: datetime) -> type[RuleBasedStateMachine]:
    class Exchange(RuleBasedStateMachine):
        """Two leads, three companies; each example is undone at its end."""

        @initialize()
        def open(self) -> None:
            self.savepoint = session.begin_nested()
            self.now, self.press = start, 0
            self.market: Market = a_market(session, start, cap=3)
            self.market.world.level(1, price_cents=9_000)
            self.leads = [self.market.world.lead().id for _ in range(2)]
            self.buyers = [self.market.buyer(plan=plan) for plan in (None, "pro", "enterprise")]
            self.held: dict[tuple[UUID, UUID], int] = {}

        def teardown(self) -> None:
            self.savepoint.rollback()
            session.expire_all()

        def tried(self, verb: Any, **more: Any) -> Any:
            """What the verb gives, or nothing when it refuses in words; a refusal changes nothing."""
            try:
                with session.begin_nested():
                    return verb(session, **more, now=self.now)
            except HotleadsError:
                return None

        def status(self, lead: int) -> str:
            query = text("select status from lead where id = :lead")
            return session.execute(query, {"lead": self.leads[lead]}).scalar_one()

        @rule(lead=LEADS, subscribers=st.integers(0, 1))
        def distribute(self, lead: int, subscribers: int) -> None:
            self.market.world.buyers(subscribers, self.market.world.levels[-1])
            turn = self.tried(distribution.claim_turn, lead_id=self.leads[lead], actor=SYSTEM)
            if turn is not None:
                distribution.assign(session, run_id=turn.run_id, actor=SYSTEM, now=self.now)

        @rule()
        def publish(self) -> None:
            marketplace.publish(session, lead_ids=self.leads, now=self.now)

        @rule()
        def reprice(self) -> None:
            pricing.reprice_due(session, now=self.now)

        @rule(buyer=BUYERS, lead=LEADS)
        def hold(self, buyer: int, lead: int) -> None:
            made = self.tried(marketplace.hold, actor=self.buyers[buyer], lead_id=self.leads[lead])
            if made is not None:
                assert self.status(lead) == "approved"
                self.held[self.buyers[buyer].user_id, self.leads[lead]] = made.price_cents

        @rule(buyer=BUYERS, lead=LEADS)
        def extend(self, buyer: int, lead: int) -> None:
            self.tried(marketplace.extend_hold, actor=self.buyers[buyer], lead_id=self.leads[lead])

        @rule(buyer=BUYERS, lead=LEADS)
        def let_go(self, buyer: int, lead: int) -> None:
            self.tried(marketplace.release_hold, actor=self.buyers[buyer], lead_id=self.leads[lead])

        @rule(buyer=BUYERS, lead=LEADS)
        def buy(self, buyer: int, lead: int) -> None:
            actor, lead_id = self.buyers[buyer], self.leads[lead]
            sellable, self.press = self.status(lead) == "approved", self.press + 1
            key = f"press {self.press}"
            done = self.tried(marketplace.checkout, actor=actor, idempotency_key=key, lead_ids=[lead_id])
            if done is not None:
                assert sellable and done.total_cents == self.held[actor.user_id, lead_id]

        @rule(lead=LEADS, verb=st.sampled_from([leads.quarantine, leads.release, leads.withdraw]))
        def take_aside(self, lead: int, verb: Any) -> None:
            self.tried(verb, actor=SYSTEM, lead_id=self.leads[lead], reason=WHY)

        @rule(lead=LEADS)
        def approve(self, lead: int) -> None:
            self.tried(leads.approve, actor=SYSTEM, lead_id=self.leads[lead])

        @rule(lead=LEADS)
        def credit_everybody(self, lead: int) -> None:
            self.tried(returns.class_credit, actor=SYSTEM, lead_id=self.leads[lead], memo=WHY)

        @rule()
        def pay_one_back(self) -> None:
            sale = session.execute(text("select id from assignment order by id desc limit 1")).scalar_one_or_none()
            if sale is not None:
                self.tried(returns.refund, actor=SYSTEM, assignment_id=sale, memo=WHY)

        @rule(minutes=st.sampled_from([1, 9, 11, 45, 60 * 13, 60 * 24 * 30]))
        def wait(self, minutes: int) -> None:
            self.now += timedelta(minutes=minutes)

        @rule()
        def sweep(self) -> None:
            marketplace.sweep_holds(session, now=self.now)
            inventory.close_stale_listings(session, now=self.now)

        @invariant()
        def sales_are_whole(self) -> None:
            assert_whole(session)
            assert session.execute(CHEAP, {"now": self.now}).scalar_one() == 0
            shown = "select count(*) from on_sale o join lead l on l.id = o.lead_id where l.status <> 'approved'"
            assert session.execute(text(shown)).scalar_one() == 0

    return Exchange


def test_any_order_of_events(session: Session, now: datetime) -> None:
    quiet = settings(
        max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), print_blob=False
    )
    run_state_machine_as_test(machine(session, now), settings=quiet)
