"""Filters that a new form broke, previews, earlier versions, the house's search (SPEC 4.4 to 4.7)."""

from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import providers
from core.kit.errors import Forbidden, NotFound
from core.kit.ids import uuid7
from core.providers.filters.broken import broken_rules, without_rules
from core.providers.filters.explain import nodes_of
from tests.builders import SCHEMA, STRIP, a_lead, a_level, a_market, a_niche, a_provider, a_subscription, a_user
from tests.core.providers.people import an_admin, an_analyst, of
from tests.queued import mails

HOUSE = {"field": "property_type", "operator": "eq", "value": "house"}
BIG = {"field": "bedrooms", "operator": "gte", "value": 4}
CONDO = {"field": "property_type", "operator": "eq", "value": "condo"}
MIXED = {"all": [HOUSE, {"any": [BIG, {"not": BIG}]}, {"not": {"any": [CONDO, BIG]}}]}


@pytest.fixture
def world(session: Session, now: datetime) -> Any:
    class World:
        market = a_market(session, now)
        niche = a_niche(session, now, name="Roofing")
        level = a_level(session, now, niche, name="Shared")
        provider = a_provider(session, now)
        subscription = a_subscription(session, now, provider, level)
        me = of(provider)

    return World


def without(key: str) -> dict[str, Any]:
    schema = deepcopy(SCHEMA)
    schema["fields"] = [field for field in schema["fields"] if field["key"] != key]
    return schema


def test_a_broken_filter_says_which_rules_and_goes_on_without_them(session: Session, now: datetime, world: Any) -> None:
    mine = world.subscription
    providers.set_filter(session, actor=world.me, subscription_id=mine.id, rules=MIXED, now=now)
    assert providers.filter_repair(session, actor=world.me, subscription_id=mine.id).broken == ()
    providers.publish_form(session, actor=an_admin(), niche_id=world.niche.id, schema=without("bedrooms"), now=now)
    found = providers.filter_repair(session, actor=world.me, subscription_id=mine.id)
    assert [(rule.path, rule.words) for rule in found.broken] == [
        ("all[1].any[0]", "Bedrooms is at least 4"),
        ("all[1].any[1].not", "Bedrooms is at least 4"),
        ("all[2].not.any[1]", "Bedrooms is at least 4"),
    ]
    assert all("no such field" in rule.problem for rule in found.broken)
    assert found.rest == {"all": [HOUSE, {"not": {"any": [CONDO]}}]}
    kept = providers.drop_broken_rules(session, actor=world.me, subscription_id=mine.id, now=now)
    assert (kept.filter_valid, kept.filter_rules) == (True, found.rest)
    assert len(providers.filter_log(session, actor=world.me, subscription_id=mine.id)) == 2
    with pytest.raises(providers.NothingBroken):
        providers.drop_broken_rules(session, actor=world.me, subscription_id=mine.id, now=now)


def test_a_form_that_breaks_a_filter_mails_its_provider_once(session: Session, now: datetime, world: Any) -> None:
    other = a_subscription(session, now, a_provider(session, now), world.level)
    providers.set_filter(session, actor=world.me, subscription_id=world.subscription.id, rules={"all": [BIG]}, now=now)
    providers.set_filter(session, actor=an_admin(), subscription_id=other.id, rules={"all": [HOUSE]}, now=now)
    providers.publish_form(session, actor=an_admin(), niche_id=world.niche.id, schema=without("bedrooms"), now=now)
    (letter,) = mails(session, "filter_invalidated")
    assert letter["provider_id"] == str(world.provider.id)
    assert letter["context"].keys() == {"level", "niche", "problem", "link"}
    assert "Bedrooms is at least 4" in letter["context"]["problem"]
    assert letter["context"]["link"].endswith(f"/subscriptions?sub={world.subscription.id}")
    assert providers.recheck_filters(session, niche_id=world.niche.id, now=now) == []
    assert len(mails(session, "filter_invalidated")) == 1
    providers.publish_form(session, actor=an_admin(), niche_id=world.niche.id, schema=SCHEMA, now=now)
    session.refresh(world.subscription)
    assert world.subscription.filter_valid, "the question is back, and the filter with it"
    told = text("select action from audit_entry where entity_id = :id and action like 'subscription.filter_%' order by id")
    assert session.scalars(told, {"id": world.subscription.id}).all() == [
        "subscription.filter_changed", "subscription.filter_invalidated", "subscription.filter_fits_again",
    ]  # fmt: skip


def test_only_a_change_by_the_house_is_mailed(session: Session, now: datetime, world: Any) -> None:
    mine = world.subscription
    providers.set_filter(session, actor=world.me, subscription_id=mine.id, rules={"all": [BIG]}, now=now)
    assert mails(session, "filter_updated") == []
    memo = "They asked for it by telephone"
    providers.set_filter(session, actor=an_admin(), subscription_id=mine.id, rules={"all": [HOUSE]}, memo=memo, now=now)
    (letter,) = mails(session, "filter_updated")
    assert letter["context"] == {
        "level": "Shared",
        "niche": "Roofing",
        "changed_by": "An administrator",
        "summary": "Property type is house.",
        "link": letter["context"]["link"],
    }
    assert memo not in str(letter)


def test_two_who_edit_one_filter_do_not_overwrite_each_other(session: Session, now: datetime, world: Any) -> None:
    mine = world.subscription
    providers.set_filter(session, actor=world.me, subscription_id=mine.id, rules={"all": [BIG]}, based_on=1, now=now)
    with pytest.raises(providers.FilterChanged):
        providers.set_filter(session, actor=world.me, subscription_id=mine.id, rules={"all": [HOUSE]}, based_on=1, now=now)
    session.refresh(mine)
    assert (mine.filter_rules, mine.filter_version) == ({"all": [BIG]}, 2)


def test_an_earlier_filter_holds_again(session: Session, now: datetime, world: Any) -> None:
    mine = world.subscription
    for rules in ({"all": [BIG]}, {"all": [HOUSE]}):
        providers.set_filter(session, actor=world.me, subscription_id=mine.id, rules=rules, now=now)
    first = providers.filter_log(session, actor=world.me, subscription_id=mine.id)[1]
    kept = providers.restore_filter(session, actor=world.me, subscription_id=mine.id, change_id=first.id, now=now)
    assert (kept.filter_rules, kept.filter_version) == ({"all": [BIG]}, 4)
    theirs = a_subscription(session, now, a_provider(session, now), world.level)
    with pytest.raises(NotFound):  # a change of another subscription
        providers.restore_filter(session, actor=an_admin(), subscription_id=theirs.id, change_id=first.id, now=now)
    with pytest.raises(NotFound):
        providers.restore_filter(
            session, actor=of(a_provider(session, now)), subscription_id=mine.id, change_id=first.id, now=now
        )
    providers.publish_form(session, actor=an_admin(), niche_id=world.niche.id, schema=without("bedrooms"), now=now)
    with pytest.raises(providers.InvalidFilter):
        providers.restore_filter(session, actor=world.me, subscription_id=mine.id, change_id=first.id, now=now)


def test_a_preview_counts_the_leads_of_thirty_days_and_saves_nothing(session: Session, now: datetime, world: Any) -> None:
    def lead(days: int = 1, **more: Any) -> None:
        a_lead(session, now - timedelta(days=days), world.niche, world.market, **more)

    lead()
    lead(form_data={"property_type": "condo", "bedrooms": 5})
    lead(form_data={"property_type": "house", "bedrooms": 5})
    lead(days=31)  # too long ago
    lead(status="pending_approval", reviewed_at=None)  # not for sale yet
    a_lead(session, now, a_niche(session, now), world.market)  # another niche
    mine = world.subscription
    found = providers.preview_filter(session, actor=world.me, subscription_id=mine.id, rules={"all": [HOUSE, BIG]}, now=now)
    assert (found.leads, found.in_area, found.matching) == (3, 3, 1)
    assert [(cut.words, cut.leads) for cut in found.cuts] == [("Property type is house.", 1), ("Bedrooms is at least 4.", 1)]
    every = providers.preview_filter(session, actor=world.me, subscription_id=mine.id, rules={"all": []}, now=now)
    assert (every.matching, every.cuts) == (3, ())
    not_big = providers.preview_filter(session, actor=world.me, subscription_id=mine.id, rules={"not": BIG}, now=now)
    assert not_big.matching == 1
    # A service area that no lead lies in.
    definition = {"lon": -115.3, "lat": 36.3, "radius_m": 2000}
    providers.add_area(session, actor=world.me, name="North", kind="circle", definition=definition, now=now)
    away = providers.preview_filter(session, actor=world.me, subscription_id=mine.id, rules={"all": []}, now=now)
    assert (away.leads, away.in_area, away.matching) == (3, 0, 0)
    session.refresh(mine)
    assert (mine.filter_rules, mine.filter_version) == ({"all": []}, 1)
    with pytest.raises(providers.InvalidFilter):
        providers.preview_filter(session, actor=world.me, subscription_id=mine.id, rules={"all": [{"field": "x"}]}, now=now)
    with pytest.raises(NotFound):
        providers.preview_filter(session, actor=of(a_provider(session, now)), subscription_id=mine.id, rules={"all": []}, now=now)


def test_memos_find_the_change_again(session: Session, now: datetime, world: Any) -> None:
    mine, admin = world.subscription, an_admin()
    providers.set_filter(session, actor=world.me, subscription_id=mine.id, rules={"all": [BIG]}, now=now)
    providers.set_filter(session, actor=admin, subscription_id=mine.id, rules={"all": [HOUSE]}, memo="50% of callers", now=now)
    (found,) = providers.find_filter_changes(session, actor=an_analyst(), memo="50% OF")
    assert (found.company_name, found.level_name, found.niche_name) == (world.provider.company_name, "Shared", "Roofing")
    assert (found.old_words, found.new_words, found.memos) == (
        "Bedrooms is at least 4.",
        "Property type is house.",
        ["50% of callers"],
    )
    assert providers.find_filter_changes(session, actor=admin, memo="50_") == []  # its own characters mean themselves
    first, second = (
        providers.find_filter_changes(session, actor=admin, niche_id=world.niche.id, limit=1),
        providers.find_filter_changes(session, actor=admin, provider_id=world.provider.id),
    )
    rest = providers.find_filter_changes(session, actor=admin, before_id=first[0].id)
    assert [*first, *rest] == second and len(second) == 2
    with pytest.raises(Forbidden):
        providers.find_filter_changes(session, actor=world.me)


def test_who_of_the_house_changed_a_filter_is_not_told_to_companies(session: Session, now: datetime, world: Any) -> None:
    staff = a_user(session, now, role="admin", full_name="Alex Admin")
    admin = an_admin().__class__(user_id=staff.id, role="admin")
    providers.set_filter(session, actor=admin, subscription_id=world.subscription.id, rules={"all": [BIG]}, now=now)
    for reader, name in ((world.me, "An administrator"), (an_analyst(), "Alex Admin")):
        (change,) = providers.filter_log(session, actor=reader, subscription_id=world.subscription.id)
        assert change.actor_name == name


def test_statistics_and_stale_filters_name_an_ended_subscription_no_more(session: Session, now: datetime, world: Any) -> None:
    mine = world.subscription
    providers.set_filter(session, actor=world.me, subscription_id=mine.id, rules={"all": [BIG]}, now=now)
    providers.unsubscribe(session, actor=world.me, subscription_id=mine.id, now=now)
    providers.publish_form(session, actor=an_admin(), niche_id=world.niche.id, schema=without("bedrooms"), now=now)
    assert providers.filter_statistics(session, actor=an_admin(), niche_id=world.niche.id).subscriptions == 0
    assert mails(session, "filter_invalidated") == []
    with pytest.raises(NotFound):
        providers.preview_filter(session, actor=world.me, subscription_id=uuid7(), rules={"all": []}, now=now)


rules = st.sampled_from([HOUSE, BIG, CONDO, {"field": "details", "operator": "exists", "value": True}])
groups = st.one_of(
    rules,
    st.builds(lambda kind, members: {kind: members}, st.sampled_from(["all", "any"]), st.lists(rules, min_size=1, max_size=3)),
    st.builds(lambda members: {"not": {"any": members}}, st.lists(rules, min_size=1, max_size=3)),
)
trees = st.builds(
    lambda kind, members: {kind: members}, st.sampled_from(["all", "any"]), st.lists(groups, min_size=1, max_size=5)
)


@given(tree=trees, key=st.sampled_from(["bedrooms", "property_type", "details"]))
def test_whatever_broke_can_be_dropped(tree: dict[str, Any], key: str) -> None:
    """Exactly the rules on the missing field break, and what is left has none of them."""
    schema = without(key)
    paths = {path for path, node in nodes_of(tree) if node.get("field") == key}
    broken = broken_rules(tree, schema)
    assert paths == {rule.path for rule in broken}
    rest = without_rules(tree, paths)
    assert not any(node.get("field") == key for _, node in nodes_of(rest))
    left = [node for _, node in nodes_of(rest) if "field" in node]
    assert left == [node for _, node in nodes_of(tree) if "field" in node and node["field"] != key]


def test_a_preview_tells_nothing_of_true_places(session: Session, now: datetime, world: Any) -> None:
    """Small areas, one after the other, would find a home to the metre if true places were counted (SPEC 2.8)."""
    lead = a_lead(session, now - timedelta(days=1), world.niche, world.market)
    session.execute(text("update lead set location = ST_Point(-115.3, 36.3, 4326) where id = :id"), {"id": lead.id})
    counts = []
    for lon, lat in ((-115.3, 36.3), STRIP):
        here = {"lon": lon, "lat": lat, "radius_m": 2000}
        area = providers.add_area(session, actor=world.me, name="Here", kind="circle", definition=here, now=now)
        found = providers.preview_filter(
            session, actor=world.me, subscription_id=world.subscription.id, rules={"all": []}, now=now
        )
        counts.append(found.in_area)
        providers.remove_area(session, actor=world.me, area_id=area.id, now=now)
    assert counts == [0, 1], "only the public point, which lies in the second"
