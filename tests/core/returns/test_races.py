"""The same report answered by several people at once, each on a connection of their own: the money moves once (SPEC 7.4)."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import returns
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.errors import HotleadsError
from tests.at_once import each_at_once
from tests.core.returns.court import ADMIN, MEMO, a_court, assert_whole
from tests.eventually import eventually

Act = Callable[[Session], object]
LATE = timedelta(hours=49)


@dataclass(frozen=True, slots=True)
class Case:
    """Committed rows that the racers meet."""

    claims: tuple[UUID, ...]
    sales: tuple[UUID, ...]
    lead_id: UUID
    buyers: tuple[Actor, ...]


@pytest.fixture
def case(database: Engine, now: datetime) -> Case:
    """One lead, sold to three companies at 25 dollars and reported by all of them; the niche credits what is late."""
    with transaction() as session:
        court = a_court(session, now, buyers=3)
        sales = court.sold()
        claims = [court.report(actor, sale).id for actor, sale in zip(court.buyers, sales, strict=True)]
        session.execute(text("update niche set claim_auto_credit = true"))
        return Case(tuple(claims), tuple(sale.id for sale in sales), sales[0].lead_id, tuple(court.buyers))


def race(*acts: Act) -> Counter[str]:
    """Everybody starts at once in a transaction of their own; what each of them got."""

    def one(act: Act) -> str:
        try:
            with transaction() as session:
                act(session)
            return "done"
        except HotleadsError as refusal:
            return type(refusal).__name__

    return Counter(each_at_once(one, acts))


def approve(claim_id: UUID, now: datetime) -> Act:
    return lambda session: returns.approve(session, actor=ADMIN, claim_id=claim_id, memo=MEMO, now=now)


def reject(claim_id: UUID, now: datetime) -> Act:
    return lambda session: returns.reject(session, actor=ADMIN, claim_id=claim_id, memo=MEMO, now=now)


def class_credit(lead_id: UUID, now: datetime) -> Act:
    return lambda session: returns.class_credit(session, actor=ADMIN, lead_id=lead_id, memo=MEMO, now=now)


def clock(now: datetime) -> Act:
    return lambda session: returns.escalate_overdue(session, now=now + LATE)


def refund(sale: UUID, now: datetime) -> Act:
    return lambda session: returns.refund(session, actor=ADMIN, assignment_id=sale, memo=MEMO, now=now)


def outcome(case: Case) -> tuple[list[str], int, int]:
    """Statuses of the claims, refund transfers, and cents given back; the books must be whole."""
    with transaction() as session:
        assert_whole(session)
        statuses = [session.get_one(returns.Claim, claim).status for claim in case.claims]
        moved = session.execute(
            text("select count(*), coalesce(sum(amount_cents), 0)::bigint from transfer where kind = 'refund'")
        )
        return statuses, *moved.one()  # type: ignore[return-value]


def test_eight_approvals_pay_once(case: Case, now: datetime) -> None:
    assert race(*[approve(case.claims[0], now)] * 8) == {"done": 1, "ClaimDecided": 7}
    assert outcome(case) == (["approved", "pending", "pending"], 1, 2500)


def test_approve_against_reject(case: Case, now: datetime) -> None:
    acts = [approve(case.claims[0], now), reject(case.claims[0], now)] * 4
    assert race(*acts) == {"done": 1, "ClaimDecided": 7}
    statuses, transfers, cents = outcome(case)
    assert (statuses[0], transfers, cents) in {("approved", 1, 2500), ("rejected", 0, 0)}


def test_approve_against_class_credit(case: Case, now: datetime) -> None:
    got = race(*[approve(claim, now) for claim in case.claims], class_credit(case.lead_id, now), class_credit(case.lead_id, now))
    assert got["done"] + got["ClaimDecided"] + got["RefundedAlready"] == 5 and got["done"] >= 1
    assert outcome(case) == (["approved"] * 3, 3, 7500)


def test_reject_against_class_credit_ends_in_credit_or_a_final_word(case: Case, now: datetime) -> None:
    race(*[reject(claim, now) for claim in case.claims], class_credit(case.lead_id, now))
    assert outcome(case) == (["approved"] * 3, 3, 7500), "a class credit turns what was rejected"


def test_the_clock_against_an_admin(case: Case, now: datetime) -> None:
    race(*[approve(case.claims[0], now), reject(case.claims[1], now), clock(now), clock(now)])
    with transaction() as session:
        returns.escalate_overdue(session, now=now + LATE)  # what the clock passed over while somebody held it
    statuses, transfers, cents = outcome(case)
    assert statuses[0] == statuses[2] == "approved" and statuses[1] in {"approved", "rejected"}
    assert (transfers, cents) == (statuses.count("approved"), 2500 * statuses.count("approved"))


def test_a_withdrawal_against_an_approval(case: Case, now: datetime) -> None:
    def withdraw(session: Session) -> object:
        return returns.withdraw(session, actor=case.buyers[0], claim_id=case.claims[0], now=now)

    assert race(approve(case.claims[0], now), withdraw) == {"done": 1, "ClaimDecided": 1}
    statuses, transfers, _ = outcome(case)
    assert (statuses[0], transfers) in {("approved", 1), ("withdrawn", 0)}


def test_two_bulks_in_opposite_orders_neither_deadlock_nor_pay_twice(case: Case, now: datetime) -> None:
    def bulk(claims: tuple[UUID, ...]) -> Act:
        return lambda session: returns.bulk(session, actor=ADMIN, verb="approve", claim_ids=claims, memo=MEMO, now=now)

    assert race(*[bulk(case.claims), bulk(case.claims[::-1])] * 3) == {"done": 6}
    assert outcome(case) == (["approved"] * 3, 3, 7500)


def test_refunds_by_hand_and_reports_of_the_same_lead(database: Engine, now: datetime) -> None:
    with transaction() as session:
        court = a_court(session, now)
        sale, ann = court.sold()[0].id, court.ann

    def report(session: Session) -> object:
        return returns.report(session, actor=ann, assignment_id=sale, reason="spam", now=now)

    got = race(*[refund(sale, now)] * 3, *[report] * 3)
    with transaction() as session:
        assert_whole(session)
        claims = session.execute(text("select count(*) from claim")).scalar_one()
        refunds = session.execute(text("select count(*) from refund")).scalar_one()
    assert (claims, refunds) in {(0, 1), (1, 0)}
    assert got["done"] == (1 if refunds else 3), "a repeated report finds the one that stands"


def test_reports_at_once_keep_the_days_limit(database: Engine, now: datetime) -> None:
    with transaction() as session:
        court = a_court(session, now)
        sales, ann = [court.sold()[0].id for _ in range(8)], court.ann

    def report(sale: UUID) -> Act:
        return lambda session: returns.report(session, actor=ann, assignment_id=sale, reason="spam", now=now)

    assert race(*[report(sale) for sale in sales]) == {"done": 5, "ReportLimit": 3}


def test_reports_whose_moments_cross_keep_the_days_limit(database: Engine, now: datetime) -> None:
    """Who came a moment earlier may be let in later: what others reported in between counts."""
    with transaction() as session:
        court = a_court(session, now)
        sales, ann = [court.sold()[0].id for _ in range(8)], court.ann

    def report(sale: UUID, at: datetime) -> Act:
        return lambda session: returns.report(session, actor=ann, assignment_id=sale, reason="spam", now=at)

    moments = [now + timedelta(milliseconds=10 * (8 - number)) for number in range(8)]
    got = Counter[str]()
    for sale, at in zip(sales, moments, strict=True):
        got.update(race(report(sale, at)))
    assert got == {"done": 5, "ReportLimit": 3}


def test_a_report_that_is_being_made_is_resolved_by_the_class_credit_that_waited_for_it(database: Engine, now: datetime) -> None:
    with transaction() as session:
        court = a_court(session, now)
        sale, ann = court.sold()[0], court.ann
    reported, go_on = threading.Event(), threading.Event()

    def report() -> None:
        with transaction() as session:
            returns.report(session, actor=ann, assignment_id=sale.id, reason="spam", now=now)
            reported.set()
            assert go_on.wait(20)

    def credit() -> int:
        with transaction() as session:
            done = returns.class_credit(session, actor=ADMIN, lead_id=sale.lead_id, memo=MEMO, now=now)
            return done.amount_cents

    with ThreadPoolExecutor(2) as pool:
        reporting = pool.submit(report)
        assert reported.wait(20)
        crediting = pool.submit(credit)
        eventually(waits_for_a_lock)
        go_on.set()
        reporting.result()
        assert crediting.result() == 5000
    with transaction() as session:
        assert session.execute(text("select status, resolution from claim")).one() == ("approved", "class_credit")
        assert_whole(session)


def waits_for_a_lock() -> bool:
    with transaction() as session:
        waiting: int = session.execute(text("select count(*) from pg_locks where not granted")).scalar_one()
        return waiting > 0
