"""Probes 6 and 8 to 11: who can't or won't receive any more doesn't, who can again does, at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from core import distribution, ledger, niches, providers
from core.kit.actor import SYSTEM, Actor
from core.kit.db import transaction
from core.kit.errors import Invalid
from core.kit.ids import uuid7
from tests import builders
from tests.at_once import together
from tests.core.distribution.crowd import assign, claim, dealt_out, distribute, sales
from tests.core.distribution.world import World, a_world, change

ADMIN = Actor(user_id=uuid7(), role="admin")
CONDOS = {"all": [{"field": "property_type", "operator": "eq", "value": "condo"}]}


def ids(world: World, count: int) -> list[UUID]:
    return [world.lead().id for _ in range(count)]


def test_broke_heads_of_the_queue_are_refilled_by_the_next_who_can_pay(pool: ThreadPoolExecutor, now: datetime) -> None:
    """Three at the head can't pay although they are still active; no lead goes out with fewer buyers for it."""
    with transaction() as session:
        world = a_world(session, now)
        world.level(2)
        broke = world.buyers(3, balance_cents=2499)
        funded = world.buyers(4)
        waiting = ids(world, 6)
        assert session.execute(text("select count(*) from subscription where status = 'active'")).scalar_one() == 7
    assert [run.assigned for run in dealt_out(pool, waiting, now)] == [2] * 6
    assert sales() == dict.fromkeys(funded, 3) and not set(broke) & set(sales())


def test_who_is_funded_again_receives_the_very_next_lead(pool: ThreadPoolExecutor, now: datetime) -> None:
    with transaction() as session:
        world = a_world(session, now)
        world.level(1)
        broke, *_ = world.buyers(1, balance_cents=2500) + world.buyers(1)
        first, second, third = ids(world, 3)
    distribute(first, now)
    distribute(second, now)
    with transaction() as session:
        stopped = text("select status, inactive_reason from subscription where provider_id = :p")
        assert session.execute(stopped, {"p": broke}).one() == ("inactive", "insufficient_balance")
        ledger.credit_manually(
            session, actor=ADMIN, provider_id=broke, amount_cents=2500, memo="paid by cheque", idempotency_key="1", now=now
        )
        assert session.execute(stopped, {"p": broke}).one() == ("active", None), "in the same transaction as the money"
    distribute(third, now)
    assert sales()[broke] == 2


def test_a_changed_filter_counts_for_a_run_that_has_begun(pool: ThreadPoolExecutor, now: datetime) -> None:
    with transaction() as session:
        world = a_world(session, now)
        world.level(1)
        picky, other = world.buyers(2)
        first, second = ids(world, 2)
        subscription = session.execute(text("select id from subscription where provider_id = :p"), {"p": picky}).scalar_one()
    run = claim(first, now)

    def set_filter(rules: dict[str, object]) -> None:
        me = Actor(user_id=uuid7(), role="provider", provider_id=picky)
        with transaction() as session:
            providers.set_filter(session, actor=me, subscription_id=subscription, rules=rules, now=now)

    set_filter(CONDOS)
    assert assign(run, now).skips == {"filter": 1} and sales() == {other: 1}
    set_filter({"all": []})
    distribute(second, now)
    assert sales() == {other: 1, picky: 1}


def test_a_suspended_provider_receives_nothing(pool: ThreadPoolExecutor, now: datetime) -> None:
    """Suspended between a run's turn and its sale, and while others are being sold: from then on not one."""
    with transaction() as session:
        world = a_world(session, now)
        world.level(2)
        suspended, *_ = world.buyers(3)
        begun = distribution.claim_turn(session, lead_id=world.lead().id, actor=SYSTEM, now=now).run_id
        waiting = ids(world, 16)

    def suspend_and_count() -> int:
        with transaction() as session:
            providers.set_status(session, actor=SYSTEM, provider_id=suspended, status="suspended", reason="test", now=now)
        return sales()[suspended]

    def sell() -> int:
        return sum(distribute(lead, now).assigned for lead in waiting)

    total, at_suspension = together(pool, [sell, suspend_and_count])
    assert total == 32 and assign(begun, now).assigned == 2
    assert sales()[suspended] == at_suspension


@pytest.mark.parametrize(
    "broken",
    [
        {"filter_compiled": '$."bedrooms".datetime() == "x"'},
        {"filter_compiled": 'exists($."nowhere".double() ? (@ > 1))'},
        {"filter_valid": False},
        {"delivery_hours": "{}"},
    ],
    ids=str,
)
def test_a_malformed_filter_hurts_only_itself(pool: ThreadPoolExecutor, now: datetime, broken: dict[str, object]) -> None:
    with transaction() as session:
        world = a_world(session, now)
        world.level(1)
        hurt, other = world.buyers(2)
        change(session, hurt, **broken)
        waiting = ids(world, 4)
    assert [run.state for run in dealt_out(pool, waiting, now)] == ["finished"] * 4
    assert sales() == {other: 4}


def test_a_malformed_schema_is_refused_and_the_niche_goes_on(pool: ThreadPoolExecutor, now: datetime) -> None:
    with transaction() as session:
        world = a_world(session, now)
        world.level(1)
        (buyer,) = world.buyers(1)
        lead = world.lead().id
    for schema in ([], {"fields": "none"}, {"fields": [{"key": "x", "type": "spell"}]}, {"fields": [None]}):
        with pytest.raises(Invalid), transaction() as session:
            niches.publish_schema(session, actor=ADMIN, niche_id=world.niche.id, schema=schema, now=now)
    distribute(lead, now)
    with transaction() as session:
        assert niches.current_schema(session, world.niche.id) == builders.SCHEMA
    assert sales() == {buyer: 1}
