"""Why, or why not me: golden traces of single cases, the trace beside the run's own record, and who may read it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import distribution, leads, providers
from core.distribution.remedy import Ground, remedy, sentence
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from tests.core.distribution.golden import CONDOS, GOLDEN, LATER, Mine
from tests.core.distribution.story import STORIES, happens
from tests.core.distribution.world import World, a_world, assert_whole


@pytest.mark.parametrize(("prepare", "expected"), [case[1:] for case in GOLDEN], ids=[case[0] for case in GOLDEN])
def test_golden_traces(world: World, prepare: Callable[[Mine], None], expected: dict[str, Any]) -> None:
    mine = Mine(world)
    prepare(mine)
    run = world.run(now=world.now + LATER)
    assert run.assigned == 1
    (told, *_) = mine.verdicts()
    assert told.run_id == run.id
    assert {name: getattr(told, name) for name in expected} == expected
    (seen,) = distribution.why(world.session, actor=Actor(uuid7(), "analyst"), lead_id=run.lead_id)
    assert seen.agrees, "the trace found what the run itself had written down"
    assert {row.verdict for row in seen.rows if row.subscription_id == mine.subscription} <= {told.verdict}


def test_the_change_that_is_told_does_win(world: World) -> None:
    """Do what it says, and the same lead comes."""
    mine = Mine(world)
    mine.circle(7500)
    world.run(now=world.now + LATER)
    (told,) = mine.verdicts()
    assert told.change == "Radius of about 6 miles instead of 4.7 miles"
    (area,) = providers.areas_of(world.session, actor=mine.actor)
    providers.remove_area(world.session, actor=mine.actor, area_id=area.id, now=world.now + LATER)
    mine.now += LATER
    mine.circle(6 * 1609)
    assert world.sold_to(world.run(now=world.now + 2 * LATER).lead_id) == [mine.id]


def test_what_changes_later_changes_no_trace(world: World) -> None:
    """Settings, balance and sales of afterwards are taken back when a run is looked at again."""
    mine = Mine(world)
    mine.caps(leads_day=2)
    mine.circle(7500)
    run = world.run(now=world.now + LATER)
    mine.now += timedelta(minutes=20)
    (area,) = providers.areas_of(world.session, actor=mine.actor)
    providers.remove_area(world.session, actor=mine.actor, area_id=area.id, now=mine.now)
    mine.caps()
    providers.set_filter(world.session, **mine.chosen, rules=CONDOS)
    for minutes in (30, 31, 32):
        world.run(now=world.now + timedelta(minutes=minutes))
    mine.spend(9000)
    (seen,) = distribution.why(world.session, actor=SYSTEM, lead_id=run.lead_id)
    assert seen.agrees
    assert [(row.verdict, row.rule) for row in seen.rows] == [("refused", "service_area"), ("won", None)]


DAY, NONE = timedelta(days=1), timedelta()


@pytest.mark.parametrize(
    ("ends", "written", "done", "replayed"),
    [(DAY, NONE, 1, True), (NONE, DAY, 1, True), (NONE, NONE, 0, True), (NONE, NONE, 1, False)],
    ids=["of the history", "while it was written", "it is still written", "afterwards"],
)
def test_a_run_of_the_demo_s_history_says_so(
    world: World, ends: timedelta, written: timedelta, done: int, replayed: bool
) -> None:
    """The history was not made in the order of its dates; a run of afterwards that differs stays a warning."""
    run = world.run(now=world.now + LATER)
    marks = {
        "ends": world.now + ends,
        "written": world.now + written,
        "done": done,
        "run": run.id,
        "niche": run.niche_id,
        "now": world.now + LATER,
    }
    world.session.execute(text("insert into demo_load values ('homes', 7, 1, :ends, :done, 1, :written)"), marks)
    world.session.execute(text("insert into distribution_traced values (:run, :niche, false, :now)"), marks)
    (seen,) = distribution.why(world.session, actor=SYSTEM, lead_id=run.lead_id)
    assert (seen.agrees, seen.replayed) == (False, replayed)


def test_runs_of_one_batch_are_told_apart(world: World) -> None:
    """They are written down together, some of them without a sale, and still each is walked as it came."""
    world.level(2)
    world.level(1)
    world.buyers(5, *world.levels, balance_cents=8000)
    world.buyers(2, *world.levels, filter_compiled='exists($."bedrooms" ? (@ > 9))')
    turns = distribution.claim_turns(world.session, lead_ids=[world.lead().id for _ in range(9)], actor=SYSTEM, now=world.now)
    runs = distribution.assign_all(world.session, run_ids=[turn.run_id for turn in turns], actor=SYSTEM, now=world.now)
    assert runs[0].assigned and not runs[-1].assigned
    assert distribution.trace_runs(world.session, now=world.now) == 9
    assert set(world.session.scalars(text("select agrees from distribution_traced"))) == {True}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STORIES)
def test_every_trace_agrees_with_its_run(session: Session, now: Any, story: list[tuple[str, int]]) -> None:
    """Whatever happens between the runs, the walk over the past finds the sales, skips and numbers of each."""
    with session.begin_nested() as undone:
        world = a_world(session, now, cap=3)
        for recipients, price in ((1, 4000), (2, 2500)):
            world.level(recipients, price_cents=price)
        companies = [world.buyer(*world.levels, balance_cents=cents).id for cents in (100_000, 100_000, 9000, 4000, 2600, 0)]
        leads = [world.lead()]
        for minute, (what, number) in enumerate(story, start=1):
            happens(world, what, companies[number], leads, now + timedelta(minutes=minute))
        distribution.trace_runs(session, now=now + timedelta(hours=3))
        told = session.execute(text("select agrees from distribution_traced")).scalars().all()
        runs = session.scalar(text("select count(*) from distribution_run where state = 'finished'"))
        assert len(told) == runs and all(told)
        assert_whole(session)
        undone.rollback()


def test_a_trace_that_can_not_be_written_blocks_no_sale(world: World) -> None:
    """The table refuses, truly; the sale is made, the others are traced, and the next round makes up for it."""
    mine = Mine(world)
    _as_owner(world, f"alter table distribution_trace add constraint broken check (subscription_id <> '{mine.subscription}')")
    run = world.run(now=world.now + LATER)
    assert (run.state, run.assigned, world.sold_to(run.lead_id)) == ("finished", 1, [mine.id])
    providers.unsubscribe(world.session, **mine.chosen | {"now": world.now + 2 * LATER})
    other = world.run(now=world.now + 3 * LATER)
    later = world.now + timedelta(hours=1)
    assert distribution.trace_runs(world.session, now=later) == 1
    assert world.session.scalars(text("select run_id from distribution_traced")).all() == [other.id]
    _as_owner(world, "alter table distribution_trace drop constraint broken")
    assert distribution.trace_runs(world.session, now=later) == 1
    assert distribution.trace_runs(world.session, now=later) == 0


def _as_owner(world: World, statement: str) -> None:
    world.session.execute(text("set local role none"))
    world.session.execute(text(statement))
    world.session.execute(text("set local role hotleads_app"))


def test_changes_that_win_are_counted(world: World) -> None:
    mine = Mine(world)
    mine.circle(7500)
    for minutes in (5, 6):
        world.run(now=world.now + timedelta(minutes=minutes))
    mine.verdicts()
    given = {"actor": mine.actor, "subscription_id": mine.subscription, "since": world.now, "now": world.now + timedelta(hours=1)}
    assert distribution.changes_that_win(world.session, **given) == [("Radius of about 6 miles instead of 4.7 miles", 2)]


def test_of_somebody_who_was_erased_no_answer_is_guessed(world: World) -> None:
    """What a filter was held against is gone; that it refused is still told."""
    mine = Mine(world)
    providers.set_filter(world.session, **mine.chosen, rules=CONDOS)
    run = world.run(now=world.now + LATER)
    (told,) = mine.verdicts()
    assert told.rule == "filter" and told.change
    leads.erase(world.session, actor=SYSTEM, lead_ids=[run.lead_id], reason="Asked for it.", now=world.now + 2 * LATER)
    (told,) = mine.verdicts()
    assert (told.rule, told.change, told.would_win) == ("filter", None, False)
    (seen,) = distribution.why(world.session, actor=SYSTEM, lead_id=run.lead_id)
    assert [row.change for row in seen.rows if row.subscription_id == mine.subscription] == [None]


def test_a_company_learns_nothing_of_others(world: World) -> None:
    mine = Mine(world)
    providers.set_filter(world.session, **mine.chosen, rules=CONDOS)
    lead = world.lead(form_data={"property_type": "house", "bedrooms": 1, "details": "Call Pat at noon"})
    world.run(lead, now=world.now + LATER)
    told = str(mine.verdicts())
    other = world.session.execute(text("select company_name from provider where id = :id"), {"id": mine.behind}).scalar_one()
    for secret in (other, str(mine.behind), "Pat", "noon", "example.com", str(lead.contact_id)):
        assert secret not in told
    rival = Actor(user_id=uuid7(), role="provider", provider_id=mine.behind)
    with pytest.raises(providers.SubscriptionNotFound):
        distribution.own_verdicts(world.session, actor=rival, subscription_id=mine.subscription, now=world.now)
    for actor in (mine.actor, Actor(uuid7(), "scientist")):
        with pytest.raises(Forbidden):
            distribution.why(world.session, actor=actor, lead_id=lead.id)


@pytest.mark.parametrize(("lacking_km", "words"), [(4.2, "“East” about 3 miles wider"), (480.0, "Add an area that covers it")])
def test_an_area_is_widened_only_as_far_as_anybody_would(lacking_km: float, words: str) -> None:
    area = {"name": "East", "kind": "zips", "definition": {}, "lacking_km": lacking_km, "centre_km": None}
    assert remedy("service_area", None, None, Ground({}, {"fields": []}, (area,))) == words


def test_a_whole_number_is_told_as_one() -> None:
    schema = {"fields": [{"key": "rooms", "label": "Rooms", "type": "number"}]}
    ground = Ground({"rooms": 3.0}, schema)
    assert remedy("filter", None, {"all": [{"field": "rooms", "operator": "gte", "value": 4}]}, ground) == (
        "Rooms at least 3 instead of 4"
    )


def test_written_words_are_never_told() -> None:
    schema = {"fields": [{"key": "details", "label": "Anything else", "type": "textarea"}]}
    rules = {"all": [{"field": "details", "operator": "contains", "value": "pool"}]}
    ground = Ground({"details": "Pat, 702 555 0100", "details__text": "pat, 702 555 0100"}, schema)
    assert remedy("filter", None, rules, ground) == "Without the rule: Anything else includes “pool”"


@pytest.mark.parametrize(
    ("rule", "value", "threshold", "words"),
    [
        ("delivery_hours", "2026-11-04T06:30", {"wed": [["08:00", "12:00"]]}, "Open from 06:30 instead of 08:00 on Wednesdays"),
        ("delivery_hours", "2026-11-05T06:30", {"wed": [["08:00", "12:00"]]}, "Open on Thursdays at 06:30"),
        ("filter_invalid", None, None, "Mend the filter, which no longer fits the form"),
        ("wallet_frozen", "2026-11-04T06:30", None, None),
    ],
)
def test_remedies_of_single_rules(rule: str, value: Any, threshold: Any, words: str | None) -> None:
    assert remedy(rule, value, threshold, Ground({}, {"fields": []})) == words
    assert sentence(rule, value, threshold).endswith(".")
