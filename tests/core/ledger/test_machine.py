"""The ledger as a machine: whatever people do to it, in any order, the books stay whole (SPEC 6.1)."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ledger
from core.kit.actor import SYSTEM
from tests.builders import a_provider

WALLETS = st.integers(0, 2)
CENTS = st.integers(1, 3000)
HOUSE = {"deposit": "gateway", "bonus": "bonus", "correction": "adjustments", "lead_charge": "revenue", "plan_fee": "revenue"}


def machine(session: Session, now: datetime) -> type[RuleBasedStateMachine]:
    class Books(RuleBasedStateMachine):
        """Three wallets beside a plain Python model of them; each example is undone at its end."""

        @initialize()
        def open(self) -> None:
            self.savepoint = session.begin_nested()
            self.number = count(1)
            self.balance: dict[int, int] = defaultdict(int)
            self.frozen: set[int] = set()
            self.posted: list[tuple[int, str, int, str]] = []
            self.providers = [a_provider(session, now, balance_cents=0).id for _ in range(3)]
            self.before = self.sums()

        def sums(self) -> int:
            return session.execute(text("select count(*) from transfer")).scalar_one()

        def move(self, wallet: int, kind: str, cents: int, key: str) -> ledger.Transfer:
            account = ledger.wallet_account(session, self.providers[wallet])
            house = ledger.house_account(session, HOUSE[kind], now=now)  # type: ignore[arg-type]
            into = kind in {"deposit", "bonus", "correction"}
            debit, credit = (house, account) if into else (account, house)
            return ledger.post(
                session, actor=SYSTEM, debit=debit, credit=credit, amount_cents=cents, kind=kind,  # type: ignore[arg-type]
                idempotency_key=key, now=now,
            )  # fmt: skip

        @rule(wallet=WALLETS, kind=st.sampled_from(["deposit", "bonus", "correction"]), cents=CENTS)
        def money_in(self, wallet: int, kind: str, cents: int) -> None:
            key = f"in {next(self.number)}"
            transfer = self.move(wallet, kind, cents, key)
            self.balance[wallet] += cents
            self.posted.append((wallet, kind, cents, key))
            assert transfer.wallet_balance_cents == self.balance[wallet]

        @rule(wallet=WALLETS, kind=st.sampled_from(["lead_charge", "plan_fee"]), cents=CENTS)
        def money_out(self, wallet: int, kind: str, cents: int) -> None:
            key = f"out {next(self.number)}"
            with (
                expected(wallet in self.frozen, ledger.WalletFrozen),
                expected(wallet not in self.frozen and cents > self.balance[wallet], ledger.InsufficientBalance),
            ):
                self.move(wallet, kind, cents, key)
                self.balance[wallet] -= cents
                self.posted.append((wallet, kind, cents, key))

        @rule(pick=st.integers(0, 100), cents=CENTS)
        def repeat(self, pick: int, cents: int) -> None:
            if not self.posted:
                return
            wallet, kind, first, key = self.posted[pick % len(self.posted)]
            with expected(cents != first, ledger.TransferKeyReused):
                self.move(wallet, kind, cents, key)

        @rule(wallet=WALLETS)
        def freeze(self, wallet: int) -> None:
            session.execute(
                text("update wallet set frozen_at = :now, frozen_reason = 'test' where provider_id = :p"),
                {"now": now, "p": self.providers[wallet]},
            )
            self.frozen.add(wallet)

        @rule(wallet=WALLETS)
        def release(self, wallet: int) -> None:
            ledger.unfreeze(session, actor=SYSTEM, provider_id=self.providers[wallet], memo="a memo of the test", now=now)
            self.frozen.discard(wallet)

        @invariant()
        def the_books_are_whole(self) -> None:
            faults = [check for check in ledger.verify(session) if not check.ok]
            assert not faults
            for number, provider in enumerate(self.providers):
                assert ledger.balance(session, actor=SYSTEM, provider_id=provider).balance_cents == self.balance[number] >= 0
            assert self.sums() - self.before == len(self.posted)
            assert ledger.reconcile(session, now=now) == []

        def teardown(self) -> None:
            self.savepoint.rollback()
            session.expunge_all()

    return Books


@contextmanager
def expected(refusal: bool, error: type[Exception]) -> Iterator[None]:
    """The block raises ``error`` exactly when ``refusal`` says so."""
    try:
        yield
    except error:
        assert refusal
        return
    assert not refusal, f"{error.__name__} was due"


def test_any_order_of_events(session: Session, now: datetime) -> None:
    run_state_machine_as_test(
        machine(session, now),
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
        ),
    )
