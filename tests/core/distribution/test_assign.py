"""Who gets a lead, in which order, and what is written down with it (SPEC 5.1-5.3, 5.5)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from core import distribution, ledger
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from tests.core.distribution.world import World, change, subscription_of


def test_a_sale_is_whole(world: World, now: datetime) -> None:
    level = world.level(2)
    ann, bob = world.buyers(2)
    lead = world.lead()
    run = world.run(lead)
    assert (run.state, run.assigned, run.candidates, run.skips) == ("finished", 2, 2, {})
    assert world.sold_to(lead.id) == [ann, bob]
    assert world.balance(ann) == world.balance(bob) == 97_500
    assert world.slots(lead) == (type(world.slots(lead)))(free=3, held=0, sold=2, void=0)
    row = world.session.execute(text("select * from assignment where provider_id = :p"), {"p": ann}).one()
    assert (row.channel, row.level_id, row.run_id, row.price_cents, row.assigned_at) == (
        "distribution",
        level.id,
        run.id,
        2500,
        now,
    )
    assert row.search_bits == world.session.scalar(text("select search_bits from contact")), "the inbox can be searched for it"
    usage = world.session.execute(text("select day::text, leads, spent_cents from subscription_usage")).all()
    assert usage == [("2026-11-04", 1, 2500)] * 2
    trail = world.session.execute(text("select action from audit_entry where action like 'lead.%' order by id")).scalars().all()
    assert sorted(trail) == ["lead.assigned", "lead.assigned", "lead.distributed"]
    mail = world.session.execute(text("select key, payload from outbox where kind = 'email' order by id")).all()
    assert [m.key for m in mail] == [
        f"new_lead:{a}" for a in world.session.scalars(text("select id from assignment order by id"))
    ]
    assert mail[0].payload["provider_id"] == str(ann)
    assert mail[0].payload["context"]["price"] == "$25.00" and mail[0].payload["context"]["link"].endswith(mail[0].key[9:])
    listing = world.session.execute(text("select * from listing")).one()
    assert (listing.lead_id, listing.closes_at, listing.price_floor_cents) == (lead.id, now + timedelta(days=30), 2500)
    assert world.status(lead) == "approved"


def test_least_recently_served_first(world: World, now: datetime) -> None:
    world.level(1)
    never, early, late = world.buyers(3)
    change(world.session, early, last_received_at=now - timedelta(days=2))
    change(world.session, late, last_received_at=now - timedelta(days=1))
    assert [world.sold_to(world.run().lead_id)[0] for _ in range(6)] == [never, early, late] * 2


def test_equals_go_by_provider_id(world: World) -> None:
    world.level(1)
    order = sorted(world.buyers(4))
    assert [world.sold_to(world.run().lead_id)[0] for _ in range(4)] == order


def test_the_queue_survives_a_clock_that_stands_still_or_goes_back(world: World, now: datetime) -> None:
    world.level(1)
    order = world.buyers(3)
    moments = [now, now, now - timedelta(hours=1), now - timedelta(hours=2), now, now - timedelta(days=1)]
    assert [world.sold_to(world.run(now=moment).lead_id)[0] for moment in moments] == order * 2


def test_every_level_once_in_circular_order_from_a_rotating_start(world: World) -> None:
    levels = [world.level(1, name=name) for name in ("gold", "silver", "bronze")]
    for level in levels:
        world.buyers(9, level)
    runs = [world.run() for _ in range(7)]
    ids = [level.id for level in levels]
    assert [run.traversal for run in runs] == [tuple(ids[n % 3 :] + ids[: n % 3]) for n in range(7)]
    assert [run.turn for run in runs] == list(range(1, 8))
    order = world.session.execute(text("select level_id from assignment where lead_id = :l order by id"), {"l": runs[1].lead_id})
    assert list(order.scalars()) == ids[1:] + ids[:1]


def test_inactive_levels_are_left_out(world: World) -> None:
    first, second = world.level(1), world.level(1, active=False)
    world.buyers(2, first, second)
    assert world.run().traversal == (first.id,)
    assert world.run().traversal == (first.id,)


def test_never_beyond_the_cap_of_the_niche(world: World) -> None:
    for _ in range(3):
        world.buyers(3, world.level(3))
    lead = world.lead()
    run = world.run(lead)
    assert run.assigned == 5 and run.skips == {"no_slot_left": 1}
    assert world.status(lead) == "sold_out"
    assert world.session.execute(text("select count(*) from listing")).scalar_one() == 0


def test_no_more_buyers_than_the_consumer_was_told_of(world: World) -> None:
    world.buyers(5, world.level(5))
    lead = world.lead()
    world.session.execute(
        text("""insert into consent_event (id, lead_id, event, wording, wording_version, at)
                values (:id, :lead, 'given', 'up to two', '2026-11.2', :now)"""),
        {"id": uuid7(), "lead": lead.id, "now": world.now},
    )
    assert world.run(lead).assigned == 2
    assert world.status(lead) == "sold_out"


def test_a_provider_in_several_levels_gets_a_lead_once(world: World) -> None:
    first, second = world.level(1), world.level(1)
    both = world.buyer(first, second).id
    other = world.buyer(second).id
    run = world.run()
    assert world.sold_to(run.lead_id) == [both, other]
    assert run.skips == {"already_has_lead": 1}


def test_an_exclusive_level_sells_alone_and_voids_the_rest(world: World) -> None:
    exclusive, shared = world.level(3, exclusive=True), world.level(3)
    world.buyers(4, exclusive, shared)
    lead = world.lead()
    run = world.run(lead)
    assert run.traversal == (exclusive.id, shared.id)
    assert run.assigned == 1 and world.status(lead) == "sold_out"
    assert world.slots(lead).void == 4


def test_an_exclusive_level_may_not_follow_a_sale(world: World) -> None:
    shared, exclusive = world.level(2), world.level(3, exclusive=True)
    world.buyers(4, exclusive, shared)
    run = world.run()
    assert run.assigned == 2 and run.skips == {"exclusive_level": 1}


def test_an_exclusive_level_without_buyers_leaves_the_lead_to_the_others(world: World) -> None:
    _, shared = world.level(1, exclusive=True), world.level(2)
    world.buyers(3, shared)
    assert world.run().assigned == 2


def test_a_free_level_assigns_without_transfers(world: World) -> None:
    world.level(2, price_cents=0)
    poor, frozen = world.buyers(2, balance_cents=0)
    world.session.execute(
        text("update wallet set frozen_at = :now, frozen_reason = 'test' where provider_id = :p"), {"now": world.now, "p": frozen}
    )
    run = world.run()
    assert world.sold_to(run.lead_id) == [poor, frozen]
    assert world.session.execute(text("select count(*) from transfer")).scalar_one() == 0


def test_zero_assignments_is_an_outcome(world: World) -> None:
    world.level(3)
    lead = world.lead()
    run = world.run(lead)
    assert (run.state, run.assigned) == ("finished", 0)
    assert world.session.execute(text("select price_floor_cents from listing")).scalar_one() == 0


def test_a_niche_without_levels_ends_in_a_listing(world: World) -> None:
    run = world.run()
    assert (run.state, run.traversal, run.assigned) == ("finished", (), 0)


def test_who_can_not_pay_stops_at_once_and_the_next_takes_the_place(world: World) -> None:
    world.level(1)
    broke = world.buyer(balance_cents=2500).id
    rich = world.buyer().id
    assert [world.sold_to(world.run().lead_id)[0] for _ in range(3)] == [broke, rich, rich]
    stopped = subscription_of(world.session, broke, world.levels[0])
    world.session.refresh(stopped)
    assert (stopped.status, stopped.inactive_reason) == ("inactive", "insufficient_balance")
    changes = world.session.execute(text("select payload from outbox where kind = 'subscription.changed'")).scalars().all()
    assert changes == [{"subscription_id": str(stopped.id), "change": "deactivated"}]
    ledger.credit_manually(
        world.session,
        actor=SYSTEM,
        provider_id=broke,
        amount_cents=2500,
        memo="a memo of the test",
        idempotency_key="1",
        now=world.now,
    )
    assert world.sold_to(world.run().lead_id) == [broke], "the least recently served of the two again"


OBSTACLES: list[tuple[str, dict[str, Any], str]] = [
    ("subscription", {"status": "paused"}, ""),
    ("subscription", {"filter_compiled": 'exists($."bedrooms" ? (@ > 9))'}, "filter"),
    ("subscription", {"filter_compiled": '$."bedrooms".datetime() == "x"'}, "filter"),
    ("subscription", {"filter_valid": False}, "filter_invalid"),
    ("subscription", {"delivery_hours": '{"thu": [["00:00", "24:00"]], "wed": [["10:01", "24:00"]]}'}, "delivery_hours"),
    ("provider", {"status": "suspended"}, "provider_inactive"),
    ("wallet", {"frozen_reason": "test"}, "wallet_frozen"),
]


@pytest.mark.parametrize(("table", "values", "reason"), OBSTACLES, ids=lambda value: str(value)[:30])
def test_who_may_not_receive_is_passed_over_with_the_reason(
    world: World, table: str, values: dict[str, Any], reason: str
) -> None:
    world.level(1)
    first, second = world.buyers(2)
    key = "id" if table == "provider" else "provider_id"
    if table == "wallet":
        values = values | {"frozen_at": world.now}
    words = ", ".join(f"{name} = :{name}" for name in values)
    world.session.execute(text(f"update {table} set {words} where {key} = :p"), values | {"p": first})
    run = world.run()
    assert world.sold_to(run.lead_id) == [second]
    assert run.skips == ({reason: 1} if reason else {})


CAPS = [
    ("cap_leads_day", 1, "2026-11-04T23:59", "2026-11-05T00:01"),
    ("cap_leads_week", 1, "2026-11-08T23:59", "2026-11-09T00:01"),
    ("cap_leads_month", 1, "2026-11-30T23:59", "2026-12-01T00:01"),
    ("cap_spend_day_cents", 4999, "2026-11-04T23:59", "2026-11-05T00:01"),
    ("cap_spend_week_cents", 4999, "2026-11-08T23:59", "2026-11-09T00:01"),
    ("cap_spend_month_cents", 4999, "2026-11-30T23:59", "2026-12-01T00:01"),
]


@pytest.mark.parametrize(("cap", "limit", "last", "next_period"), CAPS)
def test_caps_hold_until_the_markets_own_midnight(world: World, cap: str, limit: int, last: str, next_period: str) -> None:
    """Las Vegas is eight hours behind UTC in November."""
    world.level(1)
    capped = world.buyer(**{cap: limit}).id
    assert world.sold_to(world.run().lead_id) == [capped]
    for moment, expected in ((last, []), (next_period, [capped])):
        run = world.run(now=datetime.fromisoformat(moment + "-08:00"))
        assert world.sold_to(run.lead_id) == expected
        assert run.skips == ({} if expected else {cap.removesuffix("_cents"): 1})


def test_delivery_hours_are_the_markets(world: World, now: datetime) -> None:
    world.level(1)
    world.buyer(delivery_hours={"wed": [["10:00", "12:00"]]})
    hours = {now: 1, now + timedelta(hours=1, minutes=59): 1, now - timedelta(minutes=1): 0, now + timedelta(hours=2): 0}
    assert {moment: world.run(now=moment).assigned for moment in hours} == hours


@pytest.mark.parametrize(("offset", "inside"), [(0.0, True), (0.05, True), (0.2, False)])
def test_the_true_point_must_lie_in_the_service_area(world: World, offset: float, inside: bool) -> None:
    world.level(1)
    buyer = world.buyer().id
    world.session.execute(
        text("""insert into provider_area (provider_id, shape)
                values (:p, ST_Multi(ST_Buffer(ST_SetSRID(ST_MakePoint(-115.1728, 36.1147), 4326), 0.1)))"""),
        {"p": buyer},
    )
    lead = world.lead()
    world.session.execute(
        text("update lead set location = ST_SetSRID(ST_MakePoint(-115.1728 + :offset, 36.1147), 4326) where id = :id"),
        {"offset": offset, "id": lead.id},
    )
    run = world.run(lead)
    assert run.assigned == inside and run.skips == ({} if inside else {"service_area": 1})


def test_filters_are_read_from_the_facts(world: World) -> None:
    world.level(2)
    condos = world.buyer(filter_compiled='exists($ ? (@."property_type" == "condo"))').id
    houses = world.buyer(filter_compiled='exists($ ? (@."property_type" == "house"))').id
    assert world.sold_to(world.run(world.lead(form_data={"property_type": "condo"})).lead_id) == [condos]
    assert world.sold_to(world.run(world.lead(form_data={"property_type": "house"})).lead_id) == [houses]


@pytest.mark.parametrize("role", ["analyst", "scientist", "provider", "public"])
def test_only_admins_and_the_system_distribute(world: World, role: Any) -> None:
    actor = Actor(user_id=uuid7(), role=role, provider_id=uuid7())
    lead = world.lead()
    with pytest.raises(Forbidden):
        distribution.claim_turn(world.session, lead_id=lead.id, actor=actor, now=world.now)
    turn = distribution.claim_turn(world.session, lead_id=lead.id, actor=SYSTEM, now=world.now)
    with pytest.raises(Forbidden):
        distribution.assign(world.session, run_id=turn.run_id, actor=actor, now=world.now)
    with pytest.raises(Forbidden):
        distribution.simulate(world.session, actor=actor, lead_id=lead.id, now=world.now)
