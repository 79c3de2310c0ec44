"""Filters as they are kept, logged and counted (SPEC 4.4 to 4.7)."""

from copy import deepcopy
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import providers
from core.kit.actor import Actor
from core.kit.errors import Forbidden, Invalid, NotFound
from core.kit.ids import uuid7
from tests.builders import SCHEMA, a_lead, a_level, a_market, a_niche, a_provider, a_subscription
from tests.core.providers.people import an_admin, an_analyst, of

HOUSES = {"all": [{"field": "property_type", "operator": "eq", "value": "house"}]}
BIG = {
    "any": [
        {"field": "bedrooms", "operator": "gte", "value": 4},
        {"not": {"field": "bedrooms", "operator": "exists", "value": True}},
    ]
}


@pytest.fixture
def world(session: Session, now: datetime) -> Any:
    class World:
        niche = a_niche(session, now)
        level = a_level(session, now, niche)
        provider = a_provider(session, now)
        subscription = a_subscription(session, now, provider, level)

    return World


def wanted(session: Session, subscription_id: Any, lead: Any) -> bool | None:
    """As the engine asks."""
    return session.scalar(
        text(
            """select s.filter_compiled is null or l.facts @@ s.filter_compiled
                from subscription s, lead l where s.id = :s and l.id = :l"""
        ),
        {"s": subscription_id, "l": lead.id},
    )


def test_a_kept_filter_picks_leads_in_the_database(session: Session, now: datetime, world: Any) -> None:
    market = a_market(session, now)
    house = a_lead(session, now, world.niche, market)
    condo = a_lead(session, now, world.niche, market, form_data={"property_type": "condo", "bedrooms": 5})
    me, mine = of(world.provider), world.subscription
    assert (wanted(session, mine.id, house), wanted(session, mine.id, condo)) == (True, True)
    kept = providers.set_filter(session, actor=me, subscription_id=mine.id, rules=HOUSES, now=now)
    assert (kept.filter_version, kept.filter_valid, kept.filter_rules) == (2, True, HOUSES)
    assert (wanted(session, mine.id, house), wanted(session, mine.id, condo)) == (True, False)
    providers.set_filter(session, actor=me, subscription_id=mine.id, rules=BIG, now=now)
    assert (wanted(session, mine.id, house), wanted(session, mine.id, condo)) == (False, True)
    providers.set_filter(session, actor=me, subscription_id=mine.id, rules={"all": []}, now=now)
    assert session.scalar(text("select filter_compiled is null from subscription where id = :id"), {"id": mine.id})


def test_a_refused_filter_leaves_the_old_one(session: Session, now: datetime, world: Any) -> None:
    me, mine = of(world.provider), world.subscription
    providers.set_filter(session, actor=me, subscription_id=mine.id, rules=HOUSES, now=now)
    with pytest.raises(providers.InvalidFilter) as refused:
        rules = {"all": [{"field": "bedrooms", "operator": "gte", "value": "many"}]}
        providers.set_filter(session, actor=me, subscription_id=mine.id, rules=rules, now=now)
    assert list(refused.value.fields) == ["all[0].value"]
    session.refresh(mine)
    assert (mine.filter_rules, mine.filter_version) == (HOUSES, 2)


def test_every_change_is_logged_with_who_and_an_admins_memo(session: Session, now: datetime, world: Any) -> None:
    me, admin, mine = of(world.provider), an_admin(), world.subscription
    providers.set_filter(session, actor=me, subscription_id=mine.id, rules=HOUSES, now=now)
    providers.set_filter(session, actor=admin, subscription_id=mine.id, rules=BIG, memo="Asked for by telephone", now=now)
    newest, first = providers.filter_log(session, actor=admin, subscription_id=mine.id)
    assert (first.old_rules, first.new_rules, first.actor_id) == ({"all": []}, HOUSES, me.user_id)
    assert (newest.old_rules, newest.new_rules, newest.memos) == (HOUSES, BIG, ["Asked for by telephone"])
    assert newest.old_words == "Property type is house."
    assert newest.new_words == "Bedrooms is at least 4 or not (Bedrooms was answered)."
    found = session.execute(text("select memo from audit_entry where memo ilike '%telephone%'")).scalars().all()
    assert found == ["Asked for by telephone"]
    # Memos are the house's own notes.
    assert [change.memos for change in providers.filter_log(session, actor=me, subscription_id=mine.id)] == [[], []]


def test_memos_are_an_admins(session: Session, now: datetime, world: Any) -> None:
    mine = world.subscription
    with pytest.raises(Forbidden):
        providers.set_filter(session, actor=of(world.provider), subscription_id=mine.id, rules=HOUSES, memo="Mine", now=now)
    change = providers.filter_log(session, actor=an_admin(), subscription_id=mine.id)[0].id
    with pytest.raises(Invalid):
        providers.note_filter_change(session, actor=an_admin(), change_id=change, memo=" ", now=now)
    with pytest.raises(NotFound):
        providers.note_filter_change(session, actor=an_admin(), change_id=uuid7(), memo="Nothing there", now=now)


def test_another_providers_filter_can_be_neither_read_nor_set(session: Session, now: datetime, world: Any) -> None:
    stranger = of(a_provider(session, now))
    with pytest.raises(NotFound):
        providers.set_filter(session, actor=stranger, subscription_id=world.subscription.id, rules=HOUSES, now=now)
    with pytest.raises(NotFound):
        providers.filter_log(session, actor=stranger, subscription_id=world.subscription.id)
    for outsider in (an_analyst(), Actor(user_id=uuid7(), role="scientist"), Actor(user_id=uuid7(), role="public")):
        with pytest.raises(Forbidden):
            providers.set_filter(session, actor=outsider, subscription_id=world.subscription.id, rules=HOUSES, now=now)


def test_a_new_form_leaves_out_only_the_filters_that_no_longer_fit(session: Session, now: datetime, world: Any) -> None:
    fits, breaks = world.subscription, a_subscription(session, now, a_provider(session, now), world.level)
    providers.set_filter(session, actor=an_admin(), subscription_id=fits.id, rules=HOUSES, now=now)
    providers.set_filter(session, actor=an_admin(), subscription_id=breaks.id, rules=BIG, now=now)
    schema = deepcopy(SCHEMA)
    schema["fields"] = [field for field in schema["fields"] if field["key"] != "bedrooms"]
    assert providers.publish_form(session, actor=an_admin(), niche_id=world.niche.id, schema=schema, now=now) == 2
    assert (fits.filter_valid, breaks.filter_valid) == (True, False)
    stale = providers.invalid_filters(session, actor=an_analyst(), niche_id=world.niche.id)
    assert [row.subscription_id for row in stale] == [breaks.id]
    assert "Bedrooms" in stale[0].words
    marked = session.scalars(text("select entity_id from audit_entry where action = 'subscription.filter_invalidated'")).all()
    assert marked == [breaks.id]
    # A filter that fits the new form makes the subscription whole again.
    providers.set_filter(session, actor=an_admin(), subscription_id=breaks.id, rules=HOUSES, now=now)
    assert providers.invalid_filters(session, actor=an_analyst(), niche_id=world.niche.id) == []


def test_statistics_tell_which_fields_are_used(session: Session, now: datetime, world: Any) -> None:
    others = [a_subscription(session, now, a_provider(session, now), world.level) for _ in range(3)]
    for subscription, rules in ((world.subscription, HOUSES), (others[0], BIG), (others[1], {"all": [*HOUSES["all"], BIG]})):
        providers.set_filter(session, actor=an_admin(), subscription_id=subscription.id, rules=rules, now=now)
    found = providers.filter_statistics(session, actor=an_analyst(), niche_id=world.niche.id)
    assert (found.subscriptions, found.with_filter, found.invalid) == (4, 3, 0)
    assert list(found.fields.items()) == [("bedrooms", 2), ("property_type", 2)]
    assert found.rule_counts == {0: 1, 1: 1, 2: 1, 3: 1}
    with pytest.raises(Forbidden):
        providers.filter_statistics(session, actor=of(world.provider), niche_id=world.niche.id)
