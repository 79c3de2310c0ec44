"""The book of fairness: what each subscription was due of every run, and bounds on what it can be owed (SPEC 5.7)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import distribution, ledger, niches, providers, returns
from core.distribution import FairShare
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.niches import NicheInvalid
from tests.core.distribution.world import World, a_world, assert_whole, subscription_of

MINUTE = timedelta(minutes=1)


def book(world: World, after: timedelta = timedelta(hours=12)) -> dict[UUID, FairShare]:
    """Everybody's line of the first level, by company."""
    later = world.now + after
    distribution.trace_runs(world.session, now=later)
    (level, *_) = distribution.fairness_book(world.session, actor=SYSTEM, niche_id=world.niche.id, now=later)
    return {share.provider_id: share for share in level.shares}


def rounds(world: World, runs: int, *, first: int = 1, **lead: Any) -> None:
    for minute in range(first, first + runs):
        world.run(world.lead(**lead), now=world.now + minute * MINUTE)


def test_equals_are_due_the_same_and_get_it(world: World) -> None:
    world.level(1)
    companies = world.buyers(3)
    rounds(world, 7)
    told = book(world)
    assert [round(told[one].expected, 4) for one in companies] == [2.3333] * 3
    assert sorted(told[one].received for one in companies) == [2, 2, 3]
    assert [round(told[one].newcomer, 4) for one in companies] == [0.6667] * 3, "each one's first lead is made good"
    assert all(abs(told[one].deficit - 0.6667) < 1 for one in companies)


def test_what_kept_somebody_away_is_owed_by_nobody(world: World) -> None:
    world.level(1)
    condo = {"field": "property_type", "operator": "eq", "value": "condo"}
    steady, capped, paused, poor, picky = world.buyers(5)
    chosen: dict[str, Any] = {"actor": SYSTEM, "now": world.now}
    of = {company: subscription_of(world.session, company, world.levels[0]).id for company in (capped, paused, picky)}
    providers.set_caps(world.session, subscription_id=of[capped], caps=providers.Caps(leads_day=1), **chosen)
    providers.pause(world.session, subscription_id=of[paused], **chosen)
    providers.set_filter(world.session, subscription_id=of[picky], rules=condo, **chosen)
    _spend(world, poor, 98_000)
    rounds(world, 5)
    told = book(world)
    assert (told[capped].received, told[capped].expected, told[capped].capped) == (1, 1.0, pytest.approx(3 / 2))
    assert told[paused].paused == told[picky].own_choice == told[poor].unfunded == pytest.approx(2 / 3 + 3 / 2)
    assert told[paused].expected == told[picky].expected == told[poor].expected == 0
    assert told[steady].received == 4 and told[steady].deficit == pytest.approx(told[steady].expected + told[steady].newcomer - 4)


def _spend(world: World, company: UUID, cents: int) -> None:
    given = {"memo": "a memo of the test", "idempotency_key": str(cents), "now": world.now}
    ledger.debit_manually(world.session, actor=SYSTEM, provider_id=company, amount_cents=cents, **given)


def test_a_refund_is_a_lead_that_was_not_had(world: World) -> None:
    world.level(1)
    first, second = world.buyers(2)
    rounds(world, 2)
    before = book(world)[first].deficit
    (sold,) = world.session.scalars(text("select id from assignment where provider_id = :p"), {"p": first})
    admin = Actor(uuid7(), "admin")
    returns.refund(world.session, actor=admin, assignment_id=sold, memo="The number is dead.", now=world.now + timedelta(hours=1))
    told = book(world)
    assert (told[first].refunded, told[first].deficit) == (1, before + 1) and told[second].refunded == 0


def test_failed_runs_stand_beside_the_day(world: World) -> None:
    world.level(1)
    world.buyers(1)
    rounds(world, 1)
    lost = world.lead()
    distribution.claim_turn(world.session, lead_id=lost.id, actor=SYSTEM, now=world.now)
    distribution.give_up(world.session, lead_id=lost.id, error="the server went away", now=world.now + MINUTE)
    book(world)
    later = world.now + timedelta(hours=1)
    (level,) = distribution.fairness_book(world.session, actor=SYSTEM, niche_id=world.niche.id, now=later)
    assert [(day.day, day.jain, day.failed_runs) for day in level.days] == [(world.now.date(), 1.0, 1)]


def test_every_run_is_posted_once(world: World) -> None:
    world.level(2)
    world.buyers(3)
    rounds(world, 3)
    once = book(world)
    assert book(world) == once and sum(share.received for share in once.values()) == 6


# Which of five companies want a lead: bits of a number.
ARRIVALS = st.lists(st.integers(1, 31), min_size=5, max_size=24)
WANTS = [{"any": [{"field": "bedrooms", "operator": "in", "value": [n for n in range(32) if n >> bit & 1]}]} for bit in range(5)]


def _arrive(
    session: Session, now: datetime, arrivals: list[int], *, rotation: str, recipients: int = 1
) -> tuple[World, list[FairShare]]:
    """Leads each wanted by some of five companies; the book after each, settled every time."""
    world = a_world(session, now)
    level = world.level(recipients, price_cents=0, rotation=rotation)
    for rules in WANTS:
        company = world.buyer(level).id
        of = subscription_of(session, company, level).id
        providers.set_filter(session, actor=SYSTEM, subscription_id=of, rules=rules, now=now)
    told: list[FairShare] = []
    for minute, wanted in enumerate(arrivals, start=1):
        moment = now + minute * MINUTE
        world.run(world.lead(form_data={"bedrooms": wanted}), now=moment)
        told = list(book(world, minute * MINUTE).values())
        distribution.settle_fairness(session, now=moment)
    return world, told


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrivals=ARRIVALS)
def test_by_deficit_nobody_falls_far_behind(session: Session, now: datetime, arrivals: list[int]) -> None:
    """Five companies, any wishes, any arrivals: each stays within three leads of its due, (n - 1) / 2 and one.

    A search for the worst sixty arrivals found 2.2.
    """
    with session.begin_nested() as undone:
        world, told = _arrive(session, now, arrivals, rotation="largest_deficit")
        assert max(abs(share.expected + share.newcomer - share.received) for share in told) <= (5 - 1) / 2 + 1
        assert sum(share.expected for share in told) == pytest.approx(sum(share.received for share in told))
        agreed = session.scalars(text("select agrees from distribution_traced")).all()
        assert len(agreed) == len(arrivals) and all(agreed), "the order by deficit of then is found again"
        assert_whole(world.session)
        undone.rollback()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(runs=st.integers(1, 12), crowd=st.integers(1, 5), recipients=st.integers(1, 3))
def test_by_wait_equals_are_never_owed_a_whole_lead(
    session: Session, now: datetime, runs: int, crowd: int, recipients: int
) -> None:
    """Companies that want the same, served by the longest wait: everybody is within one lead of its due at any time."""
    with session.begin_nested() as undone:
        world = a_world(session, now)
        world.level(recipients, price_cents=0)
        world.buyers(crowd)
        for minute in range(1, runs + 1):
            rounds(world, 1, first=minute)
            told = book(world, minute * MINUTE).values()
            assert max(abs(share.expected - share.received) for share in told) < 1
        undone.rollback()


def test_deficit_makes_up_for_what_the_wait_does_not(session: Session, now: datetime) -> None:
    """One company wants everything, four want every fifth lead each: by wait it falls behind, by deficit it does not."""
    arrivals = [1 | 1 << (1 + n % 4) for n in range(16)]
    owed = {}
    for rotation in ("longest_wait", "largest_deficit"):
        with session.begin_nested() as undone:
            _, told = _arrive(session, now, arrivals, rotation=rotation)
            owed[rotation] = max(share.expected - share.received for share in told)
            undone.rollback()
    assert owed["largest_deficit"] < 1.5 < owed["longest_wait"]


def test_a_company_reads_its_own_line_only(world: World) -> None:
    world.level(1)
    mine, other = world.buyers(2)
    rounds(world, 2)
    book(world)
    of = {company: subscription_of(world.session, company, world.levels[0]).id for company in (mine, other)}
    actor = Actor(uuid7(), "provider", provider_id=mine)
    later = world.now + timedelta(hours=1)
    line = distribution.own_fair_share(world.session, actor=actor, subscription_id=of[mine], now=later)
    assert (line.received, round(line.expected, 4)) == (1, 1.0)
    with pytest.raises(providers.SubscriptionNotFound):
        distribution.own_fair_share(world.session, actor=actor, subscription_id=of[other], now=later)
    with pytest.raises(Forbidden):
        distribution.fairness_book(world.session, actor=actor, niche_id=world.niche.id, now=later)


def test_the_level_says_whose_turn_it_is(world: World) -> None:
    level = world.level(1)
    chosen: dict[str, Any] = {"actor": SYSTEM, "level_id": level.id, "now": world.now}
    assert niches.edit_level(world.session, **chosen, rotation="largest_deficit").rotation == "largest_deficit"
    with pytest.raises(NicheInvalid):
        niches.edit_level(world.session, **chosen, rotation="whoever pays most")
    world.buyers(2)
    rounds(world, 4)
    assert sorted(share.received for share in book(world).values()) == [2, 2], "before it is settled once, by turns"


def test_the_worst_deficit_is_a_metric(world: World) -> None:
    world.level(1)
    world.buyers(2)
    rounds(world, 1)
    book(world)
    assert distribution.worst_deficit(world.session)[0].value == 0
    distribution.settle_fairness(world.session, now=world.now + timedelta(hours=1))
    assert distribution.worst_deficit(world.session)[0].value == pytest.approx(0.5)
