"""Distributing a lead again, undone, looked at, swept (SPEC 5.4-5.6)."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from core import distribution, leads
from core.distribution.sweep import PATIENCE
from core.kit import outbox
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from tests.core.distribution.world import World

ADMIN = Actor(user_id=uuid7(), role="admin")


def rows(world: World) -> dict[str, int]:
    """How many rows each table that a run writes to has."""
    tables = ("assignment", "slot", "transfer", "outbox", "audit_entry", "listing", "distribution_run", "subscription_usage")
    return {table: world.session.execute(text(f"select count(*) from {table}")).scalar_one() for table in tables}


def test_a_run_that_is_over_is_returned_as_it_is(world: World) -> None:
    world.level(2)
    world.buyers(5)
    first = world.run()
    before = rows(world)
    again = distribution.assign(world.session, run_id=first.id, actor=SYSTEM, now=world.now + timedelta(hours=1))
    assert (again, rows(world)) == (first, before)


def test_a_second_run_starts_where_the_first_did_and_adds_nothing(world: World) -> None:
    levels = [world.level(2), world.level(1)]
    world.buyers(9, *levels)
    world.run()
    lead = world.lead()
    first, second = world.run(lead), world.run(lead)
    assert first.id != second.id
    assert (first.turn, first.traversal) == (second.turn, second.traversal) == (2, (levels[1].id, levels[0].id))
    assert (first.assigned, second.assigned, second.skips) == (3, 0, {"level_full": 2})
    assert world.run().turn == 3, "the pointer moved once per lead"


def test_a_second_run_fills_what_the_first_could_not(world: World) -> None:
    world.level(3)
    world.buyers(1)
    lead = world.lead()
    assert world.run(lead).assigned == 1
    late = world.buyers(4)
    second = world.run(lead)
    assert second.assigned == 2 and world.sold_to(lead.id)[1:] == late[:2]
    assert world.slots(lead).sold == 3


def test_a_started_run_is_claimed_once(world: World) -> None:
    world.level()
    lead = world.lead()
    first, again = (distribution.claim_turn(world.session, lead_id=lead.id, actor=SYSTEM, now=world.now) for _ in range(2))
    assert first == again and first.turn == 1


@pytest.mark.parametrize("status", ["pending_approval", "rejected", "withdrawn", "sold_out", "quarantined"])
def test_only_approved_leads_get_a_turn(world: World, status: str) -> None:
    lead = world.lead(status=status)
    with pytest.raises(distribution.LeadNotDistributable, match=status.replace("_", " ")):
        distribution.claim_turn(world.session, lead_id=lead.id, actor=SYSTEM, now=world.now)
    with pytest.raises(leads.LeadNotFound):
        distribution.claim_turn(world.session, lead_id=uuid7(), actor=SYSTEM, now=world.now)
    assert rows(world)["distribution_run"] == 0


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ("update lead set status = 'withdrawn'", "lead_withdrawn"),
        ("update lead set do_not_sell = true", "do_not_sell"),
        (
            """insert into consent_event (id, lead_id, event, wording, wording_version, at)
               select uuid7(), id, 'revoked', 'no', '1', now() from lead""",
            "no_consent",
        ),
    ],
)
def test_a_lead_that_may_no_longer_be_sold_ends_its_run_unsold(world: World, change: str, error: str) -> None:
    world.level()
    world.buyers(2)
    turn = distribution.claim_turn(world.session, lead_id=world.lead().id, actor=SYSTEM, now=world.now)
    world.session.execute(text(change))
    run = distribution.assign(world.session, run_id=turn.run_id, actor=SYSTEM, now=world.now)
    assert (run.state, run.error, run.assigned) == ("failed", error, 0)
    assert rows(world)["assignment"] == rows(world)["listing"] == 0
    assert distribution.sweep_unfinished(world.session, now=world.now + timedelta(hours=1)) == []


def test_an_unknown_run_is_not_found(world: World) -> None:
    with pytest.raises(distribution.RunNotFound):
        distribution.assign(world.session, run_id=uuid7(), actor=SYSTEM, now=world.now)


def test_a_simulation_tells_everything_and_leaves_nothing(world: World) -> None:
    level = world.level(2)
    world.buyers(3)
    lead = world.lead()
    before, turns = rows(world), text("select turns from niche_turn")
    told = distribution.simulate(world.session, actor=ADMIN, lead_id=lead.id, now=world.now)
    assert rows(world) == before and world.session.execute(turns).scalar_one() == 0
    assert world.session.info.get("outbox_pushes") is None
    run = world.run(lead)
    assert [sale.provider_id for sale in told.sales] == world.sold_to(lead.id)
    assert (told.levels, told.run.traversal, told.run.candidates) == ((level.name,), run.traversal, run.candidates)
    assert [(sale.level, sale.price_cents, sale.slot_no) for sale in told.sales] == [(level.name, 2500, 1), (level.name, 2500, 2)]


def test_runs_are_told_with_their_names_newest_first(world: World) -> None:
    level = world.level(1)
    world.buyer(filter_valid=False)
    world.buyers(1)
    lead = world.lead()
    world.run(lead)
    world.run(lead)
    other = world.run()
    second, first = distribution.runs_of(world.session, actor=ADMIN, lead_id=lead.id)
    assert first.run.skips == {"filter_invalid": 1} and [sale.level_id for sale in first.sales] == [level.id]
    assert second.sales == () and second.run.skips == {"level_full": 1}
    recent = distribution.recent_runs(world.session, actor=ADMIN, niche_id=world.niche.id, limit=2)
    assert [detail.run.id for detail in recent] == [other.id, second.run.id]
    older = distribution.recent_runs(world.session, actor=ADMIN, before_id=second.run.id)
    assert [detail.run.id for detail in older] == [first.run.id]
    with pytest.raises(Forbidden):
        distribution.runs_of(world.session, actor=Actor(user_id=uuid7(), role="scientist"), lead_id=lead.id)


def test_run_now_queues_one_urgent_job_and_the_status_shows_it(world: World) -> None:
    world.level()
    lead = world.lead()
    job = distribution.run_now(world.session, actor=ADMIN, lead_id=lead.id, now=world.now)
    assert job is not None
    assert distribution.run_now(world.session, actor=ADMIN, lead_id=lead.id, now=world.now) is None
    status = distribution.status(world.session, actor=ADMIN, lead_id=lead.id, now=world.now)
    assert status.job is not None and (status.job.job_id, status.job.state) == (job, "ready")
    assert (status.lead_status, status.slots.free, status.runs) == ("approved", 0, ())
    world.run(lead)
    status = distribution.status(world.session, actor=ADMIN, lead_id=lead.id, now=world.now)
    assert (status.slots.free, len(status.runs)) == (5, 1)
    assert world.session.scalars(text("select action from audit_entry where action like 'distribution%'")).all() == [
        "distribution.requested"
    ]
    with pytest.raises(distribution.LeadNotDistributable):
        distribution.run_now(world.session, actor=ADMIN, lead_id=world.lead(status="rejected").id, now=world.now)
    with pytest.raises(leads.LeadNotFound):
        distribution.status(world.session, actor=ADMIN, lead_id=uuid7(), now=world.now)


def test_the_sweep_queues_what_was_lost_and_nothing_else(world: World) -> None:
    world.level()
    later = world.now + PATIENCE + timedelta(seconds=1)
    finished, lost, abandoned, queued, buried, unsellable = (world.lead() for _ in range(6))
    world.run(finished)
    distribution.claim_turn(world.session, lead_id=abandoned.id, actor=SYSTEM, now=world.now)
    distribution.run_now(world.session, actor=ADMIN, lead_id=queued.id, now=world.now)
    distribution.run_now(world.session, actor=ADMIN, lead_id=buried.id, now=world.now)
    world.session.execute(text("update outbox set state = 'dead' where key = :key"), {"key": str(buried.id)})
    world.session.execute(text("update lead set do_not_sell = true where id = :id"), {"id": unsellable.id})
    world.lead(status="pending_approval")
    assert distribution.sweep_unfinished(world.session, now=world.now) == []
    assert distribution.sweep_unfinished(world.session, now=later) == [lost.id, abandoned.id]
    assert distribution.sweep_unfinished(world.session, now=later) == [], "they are queued now"
    keys = world.session.scalars(text("select key from outbox where kind = 'distribution.run' and state = 'ready'")).all()
    assert set(keys) == {str(lead.id) for lead in (lost, abandoned, queued)}


def test_a_job_that_gave_up_closes_its_run_and_a_later_one_keeps_the_turn(world: World) -> None:
    world.level()
    lead = world.lead()
    turn = distribution.claim_turn(world.session, lead_id=lead.id, actor=SYSTEM, now=world.now)
    distribution.give_up(world.session, lead_id=lead.id, error="OperationalError()", now=world.now)
    (failed,) = distribution.runs_of(world.session, actor=ADMIN, lead_id=lead.id)
    assert (failed.run.state, failed.run.error) == ("failed", "OperationalError()")
    again = world.run(lead)
    assert (again.turn, again.state) == (turn.turn, "finished") and again.id != turn.run_id


def test_waiting_jobs_of_the_niche_are_taken_along_oldest_first(world: World, now: object) -> None:
    world.level()
    mine, first, second, third = (world.lead() for _ in range(4))
    for lead in (third, first, second, mine):
        distribution.run_now(world.session, actor=ADMIN, lead_id=lead.id, now=world.now)
    world.session.execute(text("update outbox set run_at = run_at + interval '1 hour' where key = :key"), {"key": str(second.id)})
    ids = distribution.waiting_beside(world.session, lead_id=mine.id, most=5, now=world.now)
    jobs = outbox.take_all(world.session, ids, now=world.now)
    assert [job.key for job in sorted(jobs, key=lambda job: job.key)] == [str(first.id), str(third.id)]
    assert len(distribution.waiting_beside(world.session, lead_id=uuid7(), most=5, now=world.now)) == 0
