"""Policies are dated data: the same lead judged on two dates gets two answers, and the past stays as it was (SPEC 2.5, 2.6)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads, policies
from core.kit.errors import Forbidden
from core.leads import Lead, NotForSale
from core.policies import PolicyInvalid
from tests.builders import a_lead, a_niche
from tests.core.leads.world import World, a_request, a_world, status, submitted

DAY = timedelta(days=1)


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return a_world(session, now)


def add(session: Session, world: World, now: datetime, rule: str, value: int | None, **more: Any) -> policies.Policy:
    begins = more.pop("begins", now + DAY)
    ground = more.pop("ground", "Senate Bill 1 of the test")
    return policies.add_policy(
        session, actor=world.admin, rule=rule, value=value, ground=ground, effective_from=begins, now=now, **more
    )


def refusal(session: Session, lead: Lead, at: datetime) -> str | None:
    try:
        leads.check_may_be_sold(session, lead.id, now=at)
    except NotForSale as refused:
        return refused.reason
    return None


@pytest.mark.parametrize(
    ("rule", "value", "reason"),
    [
        ("resale_days", 1, "resale_over"),
        ("consent_days", 1, "consent_too_old"),
        ("consent_phone", 1, "consent_without_phone"),
        ("list_age_days", 5, "do_not_contact_stale"),
    ],
)
def test_the_same_lead_on_two_dates_gets_two_answers(
    session: Session, world: World, now: datetime, rule: str, value: int, reason: str
) -> None:
    lead = a_lead(session, now - 3 * DAY, world.niche, world.market)
    made = (now - 10 * DAY).date()
    leads.replace_list(session, actor=world.admin, name="state", list_date=made, phones=["702 999 8888"], now=now)
    begins = now + DAY
    add(session, world, now, rule, value, begins=begins)
    before = begins - timedelta(microseconds=1)
    assert [refusal(session, lead, at) for at in (now, before, begins, begins + 9 * DAY)] == [None, None, reason, reason]
    # Ended again later, it still judges the days between as they were.
    add(session, world, now, rule, None, begins=begins + 10 * DAY)
    assert [refusal(session, lead, at) for at in (before, begins, begins + 10 * DAY)] == [None, reason, None]


def test_the_nearest_rule_decides(session: Session, world: World, now: datetime) -> None:
    niche, other = world.niche, a_niche(session, now)
    at = now + 2 * DAY

    def days(of: Any, state: str) -> int | None:
        return policies.in_force(session, niche_id=of.id, state=state, at=at).resale_days

    add(session, world, now, "retain_days", 9, state="TX")  # a state is known by a market or by a policy of its own
    add(session, world, now, "resale_days", 90)
    assert (days(niche, "NV"), days(other, "TX")) == (90, 90)
    add(session, world, now, "resale_days", 60, state="nv")
    assert (days(niche, "NV"), days(niche, "TX")) == (60, 90)
    add(session, world, now, "resale_days", 30, niche_id=niche.id)
    assert (days(niche, "NV"), days(niche, "TX"), days(other, "NV")) == (30, 30, 60)
    add(session, world, now, "resale_days", 7, state="NV", niche_id=niche.id)
    assert (days(niche, "NV"), days(niche, "TX")) == (7, 30)
    add(session, world, now, "resale_days", None, state="NV", niche_id=niche.id)
    assert days(niche, "NV") == 30, "a policy taken back lets the next nearest decide"


def test_a_niche_and_a_market_to_come_are_under_the_rules_for_all(session: Session, world: World, now: datetime) -> None:
    add(session, world, now, "dedupe_days", 30)
    later = a_niche(session, now)
    session.execute(text("update market set name = 'Old Town', slug = 'old-town'"))
    rules = policies.in_force(session, niche_id=later.id, state="NV", at=now + DAY)
    assert rules.dedupe_days == 30 and len(rules.policy_ids) == 1


def test_intake_keeps_a_persons_keys_as_long_as_the_policy_says(session: Session, world: World, now: datetime) -> None:
    add(session, world, now, "dedupe_days", 10, state="NV")
    held = "select held_until from lead_identity where lead_id = :lead limit 1"
    early = submitted(session, now, world.niche, 1)
    assert session.execute(text(held), {"lead": early}).scalar_one() == now + 90 * DAY
    late = submitted(session, now + DAY, world.niche, 2)
    assert session.execute(text(held), {"lead": late}).scalar_one() == now + 11 * DAY
    again = leads.submit(session, submission=a_request(world.niche, 2), actor=leads_visitor(), now=now + 12 * DAY)
    assert again.status == "pending_confirmation" and status(session, late) == "pending_confirmation"


def leads_visitor() -> Any:
    from tests.core.leads.world import VISITOR

    return VISITOR


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rule": "shoe_size"}, "rule"),
        ({"value": 0}, "value"),
        ({"value": 99_999}, "value"),
        ({"ground": "  "}, "ground"),
        ({"begins": datetime(2026, 11, 4, 18, 1, tzinfo=UTC)}, "effective_from"),
        ({"state": "Nevada"}, "state"),
        ({"niche_id": "00000000-0000-7000-8000-00000000dead"}, "niche_id"),
    ],
)
def test_what_makes_no_sense_is_named(session: Session, world: World, now: datetime, change: dict[str, Any], field: str) -> None:
    given_ = {"rule": "resale_days", "value": 30} | change
    with pytest.raises(PolicyInvalid) as refused:
        add(session, world, now, given_.pop("rule"), given_.pop("value"), **given_)
    assert set(refused.value.fields) == {field}


def test_nothing_is_changed_or_backdated_behind_the_verb(session: Session, world: World, now: datetime) -> None:
    added = add(session, world, now, "resale_days", 30)
    for change in (
        "update policy set value = 1 where id = :id",
        "delete from policy where id = :id",
        """insert into policy (id, rule, value, effective_from, ground, decided_by, decided_at)
           select uuid7(), rule, 1, decided_at, ground, decided_by, decided_at from policy where id = :id""",
    ):
        with pytest.raises(Exception, match=r"permission denied|policy_not_backdated"), session.begin_nested():
            session.execute(text(change), {"id": added.id})


def test_only_admins_add_and_staff_sees(session: Session, world: World, now: datetime) -> None:
    with pytest.raises(Forbidden):
        policies.add_policy(
            session, actor=world.analyst, rule="resale_days", value=3, ground="None", effective_from=now + DAY, now=now
        )
    first = add(session, world, now, "resale_days", 30, begins=now + DAY)
    second = add(session, world, now, "resale_days", 20, begins=now + 2 * DAY)
    seen = {
        at: {view.id: view.standing for view in policies.policies(session, actor=world.analyst, now=now + at * DAY)}
        for at in (0, 1, 2)
    }
    assert seen[0] == {first.id: "to come", second.id: "to come"}
    assert seen[1] == {first.id: "in force", second.id: "to come"}
    assert seen[2] == {first.id: "over", second.id: "in force"}


@pytest.mark.parametrize(
    ("hour", "minute", "allowed"), [(7, 59, False), (8, 0, True), (20, 59, True), (21, 0, False), (23, 30, False), (0, 5, False)]
)
def test_calls_by_the_clock_of_the_market(hour: int, minute: int, allowed: bool) -> None:
    at = datetime(2026, 11, 4, hour, minute, tzinfo=UTC) + timedelta(hours=8)  # Las Vegas is at UTC-8 then
    told = policies.calling(policies.NONE, timezone="America/Los_Angeles", at=at)
    assert told.allowed is allowed and (told.opens_at is None) is allowed
    if told.opens_at:
        assert told.opens_at > at and (told.opens_at.hour, told.opens_at.minute) == (8, 0)
        assert told.opens_at - at < DAY


_ROWS = st.lists(
    st.tuples(st.sampled_from([None, "NV", "TX"]), st.booleans(), st.one_of(st.none(), st.integers(1, 50)), st.integers(1, 6)),
    min_size=1,
    max_size=6,
)


@given(rows=_ROWS, state=st.sampled_from(["NV", "TX"]), day=st.integers(0, 7))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_compiled_periods_say_what_the_rows_say(
    session: Session, now: datetime, rows: list[tuple[Any, ...]], state: str, day: int
) -> None:
    """Against the definition in words: of the begun, nearest first, of these the latest, an empty one steps aside."""
    undo = session.begin_nested()
    try:
        _compare(session, now, rows, state, now + day * DAY)
    finally:
        undo.rollback()


def _compare(session: Session, now: datetime, rows: list[tuple[Any, ...]], state: str, at: datetime) -> None:
    world = a_world(session, now)
    add(session, world, now, "retain_days", 9, state="TX")  # a state is known by a market or by a policy of its own
    decided: dict[tuple[bool, bool], tuple[int, int, int | None]] = {}
    for order, (of_state, of_niche, value, begins) in enumerate(rows):
        niche_id = world.niche.id if of_niche else None
        add(session, world, now, "consent_days", value, state=of_state, niche_id=niche_id, begins=now + begins * DAY)
        if now + begins * DAY <= at and of_state in (None, state):
            place = (not of_niche, of_state is None)
            decided[place] = max(decided.get(place, (0, -1, None)), (begins, order, value), key=lambda one: one[:2])
    want = next((decided[place][2] for place in sorted(decided) if decided[place][2] is not None), None)
    assert policies.in_force(session, niche_id=world.niche.id, state=state, at=at).consent_days == want
    asked = text("select consent_days from policy_at(:niche, :state, :at)")
    assert session.execute(asked, {"niche": world.niche.id, "state": state, "at": at}).scalar_one_or_none() == want
