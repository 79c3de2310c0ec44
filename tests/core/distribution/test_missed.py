"""What a subscription missed and why: the engine's own rules, in counts, for its company alone (SPEC 4.5)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from core import distribution, providers
from core.kit.actor import Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from tests.builders import a_provider
from tests.core.distribution.world import World, subscription_of

HOUSES = {"all": [{"field": "property_type", "operator": "eq", "value": "house"}]}
FAMILY = {"all": [*HOUSES["all"], {"field": "bedrooms", "operator": "gte", "value": 4}]}
ADMIN = Actor(user_id=uuid7(), role="admin")


class Mine:
    """One company on the world's first level, looked at through its own eyes."""

    def __init__(self, world: World, **more: Any) -> None:
        self.world = world
        self.id: UUID = world.buyer(**more).id
        self.actor = Actor(user_id=uuid7(), role="provider", provider_id=self.id)
        self.subscription = subscription_of(world.session, self.id, world.levels[0]).id

    def missed(self, **more: Any) -> distribution.Missed:
        found = {"actor": self.actor, "subscription_id": self.subscription, "now": self.world.now + timedelta(hours=1)} | more
        return distribution.missed(self.world.session, **found)

    def why(self, **more: Any) -> dict[str, int]:
        return {reason.reason: reason.leads for reason in self.missed(**more).reasons}

    def filter(self, rules: Any) -> None:
        providers.set_filter(
            self.world.session, actor=self.actor, subscription_id=self.subscription, rules=rules, now=self.world.now
        )


def test_every_lead_is_received_or_has_its_reason(world: World) -> None:
    world.level(recipients=1)
    mine, other = Mine(world), world.buyer()
    for _ in range(4):
        world.run(world.lead())
    found = mine.missed()
    assert (found.leads, found.received) == (4, 2)  # they take turns
    assert mine.why() == {"turn": 2}
    assert found.leads == found.received + sum(reason.leads for reason in found.reasons)
    assert str(other.id) not in str(found) and other.company_name not in str(found)


def test_a_filter_says_which_of_its_rules_refused_how_many(world: World) -> None:
    world.level()
    mine = Mine(world)
    mine.filter(FAMILY)
    for form in (
        {"property_type": "condo", "bedrooms": 5},
        {"property_type": "condo", "bedrooms": 1},
        {"property_type": "house"},
    ):
        world.run(world.lead(form_data=form))
    found = mine.missed()
    assert {reason.reason: (reason.leads, reason.setting) for reason in found.reasons} == {"filter": (3, "filter")}
    assert [(cut.words, cut.leads) for cut in found.cuts] == [("Property type is house.", 2), ("Bedrooms is at least 4.", 2)]


def test_areas_hours_and_limits(world: World) -> None:
    world.level()
    mine, session, now = Mine(world), world.session, world.now
    chosen = {"actor": mine.actor, "subscription_id": mine.subscription, "now": now}
    providers.set_caps(session, caps=providers.Caps(leads_day=1), **chosen)
    for _ in range(2):
        world.run(world.lead())
    assert mine.why() == {"cap_leads_day": 1}
    providers.set_delivery_hours(session, hours={"tue": [["08:00", "18:00"]]}, **chosen)  # it is Wednesday
    world.run(world.lead())
    assert mine.why() == {"delivery_hours": 2}, "hours are asked before limits, and they are those of today"
    far = {"lon": -115.4, "lat": 36.3, "radius_m": 1000}
    providers.set_delivery_hours(session, hours=None, **chosen)
    providers.set_caps(session, caps=providers.Caps(), **chosen)
    providers.add_area(session, actor=mine.actor, name="Far", kind="circle", definition=far, now=now)
    world.run(world.lead())
    assert mine.why() == {"service_area": 3}


def test_whether_it_ran_at_all_is_what_was_true_then(world: World) -> None:
    world.level()
    world.buyer()
    mine, session, now = Mine(world), world.session, world.now
    chosen = {"actor": mine.actor, "subscription_id": mine.subscription}
    providers.pause(session, **chosen, now=now)
    world.run(world.lead())
    providers.resume(session, **chosen, now=now + timedelta(minutes=10))
    world.run(world.lead(), now=now + timedelta(minutes=20))
    found = mine.missed()
    assert (found.leads, found.received, mine.why()) == (2, 1, {"paused": 1})


def test_a_wallet_that_could_not_pay(world: World) -> None:
    world.level(price_cents=2500)
    mine = Mine(world, balance_cents=2500)
    world.run(world.lead())
    # The news that it stopped is a job; here it is told at once.
    providers.announce_subscription_change(
        world.session, subscription_id=mine.subscription, change="deactivated", now=world.now + timedelta(minutes=1)
    )
    world.run(world.lead(), now=world.now + timedelta(minutes=2))
    (reason,) = mine.missed().reasons
    assert (reason.reason, reason.leads, reason.setting) == ("insufficient_balance", 1, "wallet")


def test_only_leads_of_the_time_and_since_the_subscription_began(world: World) -> None:
    world.level(recipients=1)
    early = world.lead(submitted_at=world.now - timedelta(days=2), reviewed_at=world.now - timedelta(days=2))
    world.run(early, now=world.now - timedelta(days=2))
    mine = Mine(world)
    assert mine.missed().leads == 0
    world.run(world.lead())
    assert mine.missed(days=7).leads == 1
    assert mine.missed(days=7, now=world.now + timedelta(days=8)).leads == 0
    world.lead()  # approved, but no run yet
    assert mine.missed().leads == 1


def test_it_is_for_the_company_and_for_staff(world: World) -> None:
    world.level()
    mine = Mine(world)
    rival = Actor(user_id=uuid7(), role="provider", provider_id=a_provider(world.session, world.now).id)
    with pytest.raises(providers.SubscriptionNotFound):
        mine.missed(actor=rival)
    assert mine.missed(actor=Actor(user_id=uuid7(), role="analyst")).leads == 0
    with pytest.raises(Forbidden):
        mine.missed(actor=Actor(user_id=uuid7(), role="scientist"))


def test_a_company_that_is_not_active_is_told_of_no_lead(world: World) -> None:
    world.level()
    mine = Mine(world)
    world.run(world.lead())
    world.session.execute(text("update provider set status = 'suspended' where id = :id"), {"id": mine.id})
    asked = {"actor": mine.actor, "subscription_id": mine.subscription, "now": world.now + timedelta(hours=1)}
    for verb in (distribution.missed, distribution.own_verdicts):
        with pytest.raises(providers.ProviderNotActive):
            verb(world.session, **asked)  # type: ignore[operator]
        verb(world.session, **asked | {"actor": ADMIN})  # type: ignore[operator]  # staff can still explain it
