"""Replay: unchanged rules come to the identical result, changed ones to what they would have; nothing is touched (SPEC 5.8)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import distribution, niches, providers
from core.distribution import Change, Replay, WhatIfInvalid
from core.kit.actor import SYSTEM, Actor
from core.kit.clock import utc_now
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.niches import NicheNotFound
from tests.core.distribution.story import STORIES, happens
from tests.core.distribution.world import World, a_world, assert_whole, subscription_of

HOUR = timedelta(hours=1)


def again(world: World, *changes: Change, since: timedelta = -HOUR, until: timedelta = 12 * HOUR) -> Replay:
    moments = {"since": world.now + since, "until": world.now + until}
    return distribution.replay(world.session, actor=SYSTEM, niche_id=world.niche.id, changes=changes, **moments)


def rounds(world: World, runs: int) -> None:
    for minute in range(1, runs + 1):
        world.run(now=world.now + timedelta(minutes=minute))


def everything(session: Session) -> list[Any]:
    """A count and a hash of every table that a sale writes to."""
    tables = ("assignment", "slot", "wallet", "transfer", "subscription", "subscription_usage", "distribution_run", "listing",
              "lead", "outbox", "audit_entry", "row_version", "competition_level", "niche_turn", "fairness_entry")  # fmt: skip
    query = " union all ".join(
        f"(select '{table}', count(*), md5(coalesce(string_agg(t::text, ',' order by t::text), '')) from public.{table} t)"
        for table in tables
    )
    return list(session.execute(text(query)).all())


def test_unchanged_rules_come_to_the_identical_result_and_touch_nothing(world: World) -> None:
    for recipients, price in ((1, 4000), (2, 2500)):
        world.level(recipients, price_cents=price)
    for cents in (100_000, 9000, 2600):
        world.buyer(*world.levels, balance_cents=cents)
    rounds(world, 6)
    before = everything(world.session)
    told = again(world)
    assert everything(world.session) == before
    assert (told.runs, told.agreed) == (6, 6)
    assert told.before == told.after
    sold = world.session.execute(text("select count(*), sum(price_cents) from assignment")).one()
    assert (told.before.sales, told.before.revenue_cents) == tuple(sold)
    assert world.run(now=world.now + HOUR).assigned, "the engine goes on with the real tables"
    assert again(world).agreed == 7


def test_the_order_is_that_of_the_locks_not_of_the_moments(session: Session) -> None:
    """Of two workers, the one that took its moment earlier may get the niche's lock later."""
    clock = utc_now()
    world = a_world(session, clock - HOUR)
    world.level(1)
    world.buyers(2)
    world.run(now=clock)
    world.run(now=clock - timedelta(milliseconds=70))
    told = again(world)
    assert (told.runs, told.agreed) == (2, 2)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STORIES)
def test_any_past_is_replayed_identically(session: Session, now: datetime, story: list[tuple[str, int]]) -> None:
    """Pauses, caps, filters, prices, money, suspensions and second runs between the leads: every run comes out as it did."""
    with session.begin_nested() as undone:
        world = a_world(session, now, cap=3)
        for recipients, price in ((1, 4000), (2, 2500)):
            world.level(recipients, price_cents=price)
        companies = [world.buyer(*world.levels, balance_cents=cents).id for cents in (100_000, 100_000, 9000, 4000, 2600, 0)]
        leads: list[Any] = [world.lead()]
        for minute, (what, number) in enumerate(story, start=1):
            happens(world, what, companies[number], leads, now + timedelta(minutes=minute))
        runs = session.scalar(text("select count(*) from distribution_run where state = 'finished'"))
        told = again(world)
        assert (told.runs, told.agreed) == (runs, runs)
        half = again(world, since=timedelta(minutes=len(story) / 2))
        assert half.agreed == half.runs, "from the middle of it as well"
        assert_whole(session)
        undone.rollback()


def test_another_price_and_more_recipients(world: World) -> None:
    level = world.level(1, price_cents=2500)
    world.buyers(3)
    rounds(world, 4)
    dearer = again(world, Change("level", level.id, "price_cents", 3000))
    assert (dearer.before.revenue_cents, dearer.after.revenue_cents, dearer.after.sales) == (10_000, 12_000, 4)
    wider = again(world, Change("level", level.id, "max_recipients", 2))
    assert (wider.before.sales, wider.after.sales, wider.after.revenue_cents) == (4, 8, 20_000)
    narrower = again(world, Change("level", level.id, "max_recipients", 5), Change("niche", world.niche.id, "max_providers", 2))
    assert narrower.after.sales == 8, "never beyond the cap of the niche"
    assert wider.agreed == wider.runs == 4


def test_a_price_that_a_wallet_cannot_pay_leaves_leads_unsold(world: World) -> None:
    level = world.level(1, price_cents=2500)
    world.buyer(balance_cents=10_000)
    rounds(world, 4)
    told = again(world, Change("level", level.id, "price_cents", 5000))
    assert (told.before.unsold, told.after.unsold, told.after.revenue_cents) == (0, 2, 10_000)
    (company,) = told.companies
    assert (company.leads_before, company.leads_after, company.cents_after) == (4, 2, 10_000)


def test_limits_filters_and_pauses_of_one_subscription(world: World) -> None:
    world.level(1)
    first, second = world.buyers(2)
    mine = subscription_of(world.session, first, world.levels[0]).id
    rounds(world, 4)
    condo = {"all": [{"field": "property_type", "operator": "eq", "value": "condo"}]}
    for setting, value, leads in (("cap_leads_day", 1, 1), ("filter_rules", condo, 0), ("paused", True, 0)):
        told = again(world, Change("subscription", mine, setting, value))
        assert {one.id: one.leads_after for one in told.companies} == {first: leads, second: 4 - leads}
        assert [one.id for one in told.companies] == [first, second], "who loses stands first"


def test_what_changed_in_the_period_is_overridden_too(world: World) -> None:
    """A price that rose in the middle is the wished one before and after."""
    level = world.level(1, price_cents=2500)
    world.buyers(2)
    rounds(world, 2)
    niches.edit_level(world.session, actor=SYSTEM, level_id=level.id, price_cents=2000, now=world.now + timedelta(minutes=3))
    for minute in (4, 5):
        world.run(now=world.now + timedelta(minutes=minute))
    assert again(world).before.revenue_cents == 9000
    told = again(world, Change("level", level.id, "price_cents", 1000))
    assert (told.before.revenue_cents, told.after.revenue_cents) == (9000, 4000)


def test_a_level_switched_off_is_not_walked(world: World) -> None:
    first, second = world.level(1, price_cents=4000), world.level(1, price_cents=1000)
    world.buyers(2, first, second)
    rounds(world, 3)
    told = again(world, Change("level", first.id, "active", False))
    assert {one.name: one.leads_after for one in told.levels} == {first.name: 0, second.name: 3}


def test_changes_are_named_as_people_do_and_checked(world: World) -> None:
    level = world.level(1, name="Shared")
    niche = niches.get_niche(world.session, world.niche.id)
    assert distribution.read_change(world.session, niche, "level.shared.price_cents", 900) == Change(
        "level", level.id, "price_cents", 900
    )
    assert distribution.read_change(world.session, niche, "niche.max_providers", 2) == Change(
        "niche", niche.id, "max_providers", 2
    )
    for told in ("level.Gold.price_cents", "nonsense", "subscription.x.paused"):
        with pytest.raises(WhatIfInvalid):
            distribution.read_change(world.session, niche, told, 1)
    for of, id_, setting, value in (
        ("level", level.id, "price_cents", -1),
        ("level", level.id, "price_cents", True),
        ("level", level.id, "name", "Gold"),
        ("level", uuid7(), "price_cents", 1),
        ("level", level.id, "rotation", "bribes"),
        ("niche", niche.id, "max_providers", 0),
        ("niche", niche.id, "max_providers", 101),
        ("level", level.id, "max_recipients", 40_000),
        ("level", level.id, "price_cents", 10**19),
    ):
        with pytest.raises(WhatIfInvalid):
            again(world, Change(of, id_, setting, value))
    mine = subscription_of(world.session, world.buyer().id, level).id
    for setting, value in (("cap_leads_day", 10**10), ("cap_spend_day_cents", 10**19), ("delivery_hours", {"mon": 9})):
        with pytest.raises((WhatIfInvalid, providers.InvalidCaps)):
            again(world, Change("subscription", mine, setting, value))
    with pytest.raises(providers.InvalidFilter):
        again(world, Change("subscription", mine, "filter_rules", {"field": "shoe size", "operator": "eq", "value": 9}))


def test_who_may_and_which_period(world: World) -> None:
    world.level(1)
    assert again(world).runs == 0
    with pytest.raises(distribution.ReplayInvalid):
        again(world, since=HOUR, until=HOUR)
    for role in ("provider", "scientist"):
        with pytest.raises(Forbidden):
            distribution.replay(
                world.session,
                actor=Actor(uuid7(), role, uuid7()),
                niche_id=world.niche.id,
                since=world.now,
                until=world.now + HOUR,
            )
    with pytest.raises(NicheNotFound):
        distribution.replay(world.session, actor=SYSTEM, niche_id=uuid7(), since=world.now, until=world.now + HOUR)


def test_progress_is_told_to_the_end(world: World) -> None:
    level = world.level(1)
    world.buyers(1)
    rounds(world, 2)
    heard: list[tuple[int, int]] = []
    changes = [Change("level", level.id, "price_cents", 1)]
    moments = {"since": world.now, "until": world.now + HOUR}
    distribution.replay(
        world.session,
        actor=SYSTEM,
        niche_id=world.niche.id,
        changes=changes,
        tell=lambda done, of: heard.append((done, of)),
        **moments,
    )
    assert heard[-1][0] == heard[-1][1] and len(heard) == 2
