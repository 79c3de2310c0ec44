"""A company's results, and what it may know of the market (SPEC 7.5)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import inbox
from core.inventory import Assignment
from core.kit.actor import Actor
from core.kit.errors import Forbidden, NotFound
from core.kit.ids import uuid7
from tests import builders
from tests.core.inbox.conftest import Buyer, World, a_buyer, sold

Sell = Callable[..., Assignment]
DAY = timedelta(days=1)


def look(session: Session, now: datetime, who: Buyer | Actor, **more: Any) -> inbox.Results:
    actor = who.actor if isinstance(who, Buyer) else who
    period = {"since": now - 7 * DAY, "until": now + DAY}
    return inbox.results(session, actor=actor, **period | more, now=now)


def paid(session: Session, now: datetime, assignment: Assignment, cents: int) -> None:
    """Give a free sale of the builders a price, with the transfer that it needs."""
    # The rows of the test stand for sales of long ago; what matters here is only what the figures read.
    transfer = session.execute(text("select id from transfer limit 1")).scalar_one()
    session.execute(text("set local role none"))
    session.execute(
        text("update assignment set price_cents = :c, transfer_id = :t where id = :id"),
        {"c": cents, "t": transfer, "id": assignment.id},
    )
    session.execute(text("set local role hotleads_app"))


def test_counts_rates_times_and_money(session: Session, now: datetime, world: World, sell: Sell) -> None:
    made = [sell(world.ann, assigned_at=now) for _ in range(5)]
    values = [
        {"viewed_at": now + timedelta(minutes=2), "decision": "accepted", "decided_at": now + timedelta(minutes=10)},
        {"viewed_at": now + timedelta(minutes=4), "decision": "accepted", "decided_at": now + timedelta(minutes=30)},
        {"viewed_at": now + timedelta(minutes=9), "decision": "rejected", "decided_at": now + DAY, "reject_reason": "no"},
        {"decision": "accepted", "decided_at": now + timedelta(hours=2)},  # accepted through the API, never opened
        {},
    ]
    for assignment, columns in zip(made, values, strict=True):
        paid(session, now, assignment, 2000)
        for name, value in columns.items():
            setattr(assignment, name, value)
    made[0].outcome, made[0].outcome_value_cents, made[0].outcome_at = "won", 500_000, now
    made[1].outcome, made[1].outcome_at = "lost", now
    session.flush()
    own = look(session, now, world.ann).whole
    assert (own.received, own.viewed, own.accepted, own.rejected) == (5, 4, 3, 1)
    assert (own.contacted, own.won, own.lost, own.won_value_cents) == (2, 1, 1, 500_000)
    assert (own.acceptance_rate, own.rejection_rate, own.win_rate) == (0.75, 0.25, 0.2)
    assert (own.view_s, own.accept_s) == (240, 1800)
    assert (own.spent_cents, own.net_spend_cents, own.cost_per_won_cents) == (10_000, 10_000, 10_000)


def test_nothing_divides_by_nothing(session: Session, now: datetime, world: World) -> None:
    own = look(session, now, world.bob).whole
    assert own == inbox.Kpis()
    rates = (own.acceptance_rate, own.rejection_rate, own.win_rate, own.claim_rate, own.cost_per_won_cents)
    assert rates == (None,) * 5


def test_by_niche_channel_and_day_on_the_readers_clock(session: Session, now: datetime, world: World, sell: Sell) -> None:
    hvac = builders.a_niche(session, now, name="HVAC")
    sell(world.ann, assigned_at=now)
    sell(world.ann, assigned_at=now - timedelta(hours=20), niche=hvac)  # 22:00 UTC the day before: 14:00 in Las Vegas
    sell(world.ann, assigned_at=now - timedelta(hours=12), niche=hvac)  # 06:00 UTC: the evening before in Las Vegas
    found = look(session, now, world.ann, zone="America/Los_Angeles")
    assert {part.label: part.kpis.received for part in found.niches} == {"Roofing": 1, "HVAC": 2}
    assert {part.key: part.kpis.received for part in found.channels} == {"marketplace": 3}
    assert {part.key: part.kpis.received for part in found.days} == {"2026-11-03": 2, "2026-11-04": 1}
    assert {part.key: part.kpis.received for part in look(session, now, world.ann).days} == {"2026-11-03": 1, "2026-11-04": 2}
    only = look(session, now, world.ann, niche_id=hvac.id)
    assert only.whole.received == 2 and [part.label for part in only.niches] == ["HVAC"]
    assert look(session, now, world.ann, channel="distribution").whole.received == 0


def test_a_period_begins_with_its_first_moment_and_ends_before_its_last(
    session: Session, now: datetime, world: World, sell: Sell
) -> None:
    for moment in (now - DAY, now - DAY - timedelta(microseconds=1), now, now - timedelta(microseconds=1)):
        sell(world.ann, assigned_at=moment)
    assert look(session, now, world.ann, since=now - DAY, until=now).whole.received == 2


def test_claims_and_refunds_count(session: Session, now: datetime, world: World, sell: Sell) -> None:
    first, second, _ = (sell(world.ann) for _ in range(3))
    for assignment, status in ((first, "pending"), (second, "withdrawn")):
        session.execute(
            text("""insert into claim (id, assignment_id, lead_id, provider_id, reason, status, reported_by, reported_at, due_at)
                    values (:id, :a, :lead, :p, 'spam', :status, :p, :now, :now)"""),
            {
                "id": uuid7(),
                "a": assignment.id,
                "lead": assignment.lead_id,
                "p": assignment.provider_id,
                "now": now,
                "status": status,
            },
        )
    own = look(session, now, world.ann).whole
    assert (own.received, own.claims, own.claim_rate) == (3, 1, 1 / 3)


def test_only_ones_own(session: Session, now: datetime, world: World, sell: Sell) -> None:
    sell(world.ann)
    sell(world.bob, world.ann)
    assert look(session, now, world.bob).whole.received == 1
    with pytest.raises(NotFound):
        look(session, now, world.bob, provider_id=world.ann.provider.id)
    staff = Actor(user_id=uuid7(), role="analyst")
    assert look(session, now, staff, provider_id=world.ann.provider.id).whole.received == 2
    with pytest.raises(NotFound):
        look(session, now, staff)
    with pytest.raises(Forbidden):
        look(session, now, Actor(user_id=uuid7(), role="scientist"), provider_id=world.ann.provider.id)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (lambda now: {"since": now, "until": now}, "until"),
        (lambda now: {"since": now - timedelta(days=401)}, "since"),
        (lambda now: {"channel": "radio"}, "channel"),
        (lambda now: {"zone": "Nowhere/City"}, "zone"),
    ],
)
def test_what_makes_no_sense_is_refused(session: Session, now: datetime, world: World, wrong: Any, field: str) -> None:
    with pytest.raises(inbox.InboxInvalid) as refused:
        look(session, now, world.ann, **wrong(now))
    assert list(refused.value.fields) == [field]


def crowd(session: Session, now: datetime, world: World, count: int, leads: int = 5) -> list[Buyer]:
    """Companies of which the n-th wins n of its leads."""
    buyers = [a_buyer(session, now) for _ in range(count)]
    for number, buyer in enumerate(buyers):
        for place in range(leads):
            won = place < number
            sold(session, now, world, buyer, outcome="won" if won else None, outcome_at=now if won else None)
    return buyers


def test_the_markets_median_needs_five_other_companies(session: Session, now: datetime, world: World) -> None:
    buyers = crowd(session, now, world, 5)
    assert look(session, now, buyers[0]).market is None
    for _ in range(5):
        sold(session, now, world, world.ann)
    assert look(session, now + timedelta(minutes=20), buyers[0]).market is None, "the same whole hours, kept for an hour"
    later = now + timedelta(hours=1)
    market = look(session, later, buyers[0]).market
    assert market is not None and market.companies == 6
    assert market.win_rate == pytest.approx(0.3)  # of 0, 0, 0.2, 0.4, 0.6, 0.8
    assert look(session, later, buyers[0], with_market=False).market is None
    # Nobody decided anything: there is no acceptance rate to tell.
    assert market.acceptance_rate is None


def test_companies_with_few_leads_do_not_count(session: Session, now: datetime, world: World) -> None:
    buyers = crowd(session, now, world, 6, leads=4)
    assert look(session, now, buyers[0]).market is None


def test_the_median_moves_in_steps_too_coarse_to_follow_one_company(session: Session, now: datetime, world: World) -> None:
    buyers = crowd(session, now, world, 6)
    for buyer in buyers:
        session.execute(
            text("update assignment set viewed_at = assigned_at + interval '95 seconds' where provider_id = :p"),
            {"p": buyer.provider.id},
        )
    market = look(session, now, buyers[0]).market
    assert market is not None and market.view_s == 120


steps = st.lists(
    st.fixed_dictionaries(
        {
            "decision": st.sampled_from([None, "accepted", "rejected"]),
            "outcome": st.sampled_from([None, "contacted", "won", "lost"]),
            "channel": st.sampled_from(["marketplace", "marketplace"]),
            "days": st.integers(0, 9),
        }
    ),
    max_size=6,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_parts_add_up_to_the_whole(session: Session, now: datetime, world: World, steps: list[dict[str, Any]]) -> None:
    with session.begin_nested() as undo:
        for step in steps:
            at = now - step["days"] * DAY
            decided = {"decision": step["decision"], "decided_at": at if step["decision"] else None}
            decided |= {"reject_reason": "no"} if step["decision"] == "rejected" else {}
            more = {"outcome": step["outcome"], "outcome_at": at if step["outcome"] else None, "assigned_at": at}
            sold(session, now, world, world.ann, **decided, **more)
        found = look(session, now, world.ann, with_market=False)
        for parts in (found.niches, found.channels, found.days):
            for name in ("received", "viewed", "accepted", "rejected", "contacted", "won", "lost", "spent_cents"):
                assert sum(getattr(part.kpis, name) for part in parts) == getattr(found.whole, name)
        assert found.whole.received == sum(step["days"] <= 7 for step in steps)
        undo.rollback()
