"""Why, or why not: the explanation and the engine are one definition (SPEC 4.5)."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from core import distribution, providers
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from tests.core.distribution.world import World, assert_whole, subscription_of

ENGINE = sorted(Path("core/kit/migrations/first_release").glob("11_distribution_*.sql"))
RULES = [
    {"all": []},
    {"field": "property_type", "operator": "eq", "value": "house"},
    {
        "all": [
            {"field": "bedrooms", "operator": "gte", "value": 3},
            {"not": {"field": "zip", "operator": "eq", "value": "89109"}},
        ]
    },
    {"any": [{"field": "bedrooms", "operator": "lte", "value": 2}, {"field": "city", "operator": "eq", "value": "Las Vegas"}]},
]
BUYERS = st.fixed_dictionaries(
    {
        "balance": st.sampled_from([0, 2499, 2500, 9000]),
        "status": st.sampled_from(["active"] * 5 + ["suspended"]),
        "frozen": st.sampled_from([False] * 5 + [True]),
        "filter": st.sampled_from(RULES),
        "filter_valid": st.sampled_from([True] * 4 + [False]),
        "area": st.sampled_from([None, None, 0.0, 0.5]),
        "paused": st.sampled_from([False] * 4 + [True]),
        "caps": st.dictionaries(
            st.sampled_from(
                ["leads_day", "leads_week", "leads_month", "spend_day_cents", "spend_week_cents", "spend_month_cents"]
            ),
            st.sampled_from([1, 2, 4999, 5000]),
            max_size=2,
        ),
        "used": st.sampled_from([0, 0, 1, 2]),
        "hours": st.sampled_from(
            [None, None, {"wed": [["08:00", "12:00"]]}, {"wed": [["12:00", "24:00"]]}, {"thu": [["00:00", "24:00"]]}]
        ),
        "served_days_ago": st.one_of(st.none(), st.integers(1, 5)),
    }
)


def settle_in(world: World, plan: dict[str, Any]) -> UUID:
    """A buyer as planned, by plain statements: the engine must cope with every state of the rows."""
    caps = {f"cap_{name}": value for name, value in plan["caps"].items()}
    served = None if plan["served_days_ago"] is None else world.now - timedelta(days=plan["served_days_ago"])
    more = caps | ({"delivery_hours": plan["hours"]} if plan["hours"] else {})
    buyer = world.buyer(
        balance_cents=plan["balance"],
        filter_rules=plan["filter"],
        filter_compiled=providers.compile_filter(plan["filter"]),
        filter_valid=plan["filter_valid"],
        status="paused" if plan["paused"] else "active",
        last_received_at=served,
        **more,
    ).id
    execute, named = world.session.execute, {"p": buyer, "now": world.now, "used": plan["used"], "status": plan["status"]}
    execute(text("update provider set status = :status where id = :p"), named)
    if plan["frozen"]:
        execute(text("update wallet set frozen_at = :now, frozen_reason = 'test' where provider_id = :p"), named)
    if plan["used"]:
        execute(
            text("""insert into subscription_usage (subscription_id, day, leads, spent_cents)
                    select s.id, day, :used, :used * 2500 from subscription s,
                      unnest(array[date '2026-11-01', '2026-11-02', '2026-11-04']) day where s.provider_id = :p"""),
            named,
        )
    if plan["area"] is not None:
        execute(
            text("""insert into provider_area (provider_id, shape)
                    values (:p, ST_Multi(ST_Buffer(ST_SetSRID(ST_MakePoint(-115.1728 + :off, 36.1147), 4326), 0.1)))"""),
            named | {"off": plan["area"]},
        )
    return buyer


def refusals(world: World, lead_id: UUID, buyer: UUID) -> list[str]:
    subscription = subscription_of(world.session, buyer, world.levels[0])
    told = distribution.explain(world.session, actor=SYSTEM, lead_id=lead_id, subscription_id=subscription.id, now=world.now)
    return [verdict.rule for verdict in told if not verdict.passed]


@given(plans=st.lists(BUYERS, min_size=1, max_size=6), recipients=st.integers(1, 4))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_the_explanation_is_the_engines_own(world: World, plans: list[dict[str, Any]], recipients: int) -> None:
    savepoint = world.session.begin_nested()
    fresh = world.beside()
    fresh.level(recipients)
    buyers = {settle_in(fresh, plan): plan["served_days_ago"] for plan in plans}
    queue = sorted(buyers, key=lambda buyer: (buyers[buyer] is not None, -(buyers[buyer] or 0), buyer))
    lead = fresh.lead()
    told = {buyer: refusals(fresh, lead.id, buyer) for buyer in buyers}
    run = fresh.run(lead)

    fit = [buyer for buyer in queue if not told[buyer]]
    assert fresh.sold_to(lead.id) == fit[:recipients]
    # Passed over: whom the queue has before the last recipient, each counted by the first rule that refused.
    last = queue.index(fit[recipients - 1]) if len(fit) >= recipients else len(queue)
    walked = [told[buyer][0] for buyer in queue[:last] if told[buyer] and told[buyer][0] != "subscription_inactive"]
    assert run.skips == {reason: walked.count(reason) for reason in set(walked)}
    assert run.candidates == len(walked) + min(len(fit), recipients)
    assert_whole(fresh.session)
    savepoint.rollback()


def test_every_rule_of_the_engine_has_its_words_in_the_engines_order() -> None:
    source = "".join(part.read_text() for part in ENGINE)
    engine = re.findall(r"when r\.(\w+) then '(\w+)'", source)
    # The last two are of the person, not of the lead: the engine asks them itself, after all of these.
    known = [rule.name for rule in distribution.RULES]
    assert [column for column, _ in engine] == [reason for _, reason in engine] == known[:-2]
    assert known[-2:] == re.findall(r"candidate\.provider_id .* then '(\w+)'", source) == ["own_list", "consent_unnamed"]
    levels = re.findall(r"then '(level_inactive|no_slot_left|exclusive_level|level_full)'", source)
    assert levels == [rule.name for rule in distribution.LEVEL_RULES]


def test_the_explanation_tells_values_thresholds_and_sentences(world: World) -> None:
    level = world.level(2)
    rules = {
        "all": [
            {"field": "bedrooms", "operator": "gte", "value": 4},
            {"field": "property_type", "operator": "eq", "value": "house"},
        ]
    }
    buyer = world.buyer(
        balance_cents=2499, filter_rules=rules, filter_compiled=providers.compile_filter(rules), cap_leads_day=3,
        delivery_hours={"thu": [["08:00", "12:00"]]},
    )  # fmt: skip
    subscription = subscription_of(world.session, buyer.id, level)
    told = distribution.explain(
        world.session, actor=SYSTEM, lead_id=world.lead().id, subscription_id=subscription.id, now=world.now
    )
    by_rule = {verdict.rule: verdict for verdict in told}
    assert [verdict.rule for verdict in told if not verdict.passed] == ["filter", "delivery_hours", "insufficient_balance"]
    balance = by_rule["insufficient_balance"]
    assert (balance.value, balance.threshold, balance.sentence) == (2499, 2500, "The wallet holds $24.99 and can't pay $25.00.")
    assert by_rule["delivery_hours"].sentence == "It is 10:00 in the lead's market, outside the delivery hours."
    assert (by_rule["cap_leads_day"].value, by_rule["cap_leads_day"].threshold) == (0, 3)
    parts = {part.path: part.passed for part in by_rule["filter"].parts}
    assert parts == {"": False, "all[0]": False, "all[1]": True}
    assert all(verdict.sentence.endswith(".") for verdict in told)


def test_a_lead_and_a_level_as_a_whole_are_explained_too(world: World) -> None:
    level = world.level(1, exclusive=True)
    first, second = world.buyers(2)
    lead = world.lead()
    world.run(lead)
    assert refusals(world, lead.id, second) == ["lead_status", "no_slot_left", "exclusive_level", "level_full"]
    assert "already_has_lead" in refusals(world, lead.id, first)
    world.session.execute(text("update competition_level set active = false where id = :id"), {"id": level.id})
    assert "level_inactive" in refusals(world, lead.id, second)


def test_only_staff_may_ask_and_only_within_one_niche(world: World) -> None:
    level = world.level()
    subscription = subscription_of(world.session, world.buyer().id, level)
    other = world.beside()
    with pytest.raises(distribution.SubscriptionNotInNiche):
        distribution.explain(world.session, actor=SYSTEM, lead_id=other.lead().id, subscription_id=subscription.id, now=world.now)
    for role in ("provider", "scientist", "public"):
        actor = Actor(user_id=uuid7(), role=role, provider_id=uuid7())  # type: ignore[arg-type]
        with pytest.raises(Forbidden):
            distribution.explain(world.session, actor=actor, lead_id=uuid7(), subscription_id=subscription.id, now=world.now)
