"""Distribution jobs take each other along, and fail each for itself (docs/adr/0003)."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from core import distribution
from core.kit import outbox
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.logs import correlation_id
from jobs.distribute import AT_ONCE
from jobs.work import work
from tests.core.distribution.world import a_world, assert_whole


def waiting_leads(count: int, *, recipients: int = 2) -> dict[UUID, UUID]:
    """Approved leads of one niche with their queued jobs: the job's row by lead."""
    now = utc_now()
    with transaction() as session:
        world = a_world(session, now)
        world.level(recipients)
        world.buyers(5)
        jobs = {}
        for lead in [world.lead().id for _ in range(count)]:
            token = correlation_id.set(f"request-{len(jobs)}")
            jobs[lead] = outbox.enqueue(session, "distribution.run", key=str(lead), payload={"lead_id": str(lead)}, now=now)
            correlation_id.reset(token)
    return jobs  # type: ignore[return-value]


def states() -> dict[UUID, str]:
    with transaction() as session:
        rows = session.execute(text("select key, state from outbox where kind = 'distribution.run'"))
        return {UUID(row.key): row.state for row in rows}


def sold() -> dict[UUID, int]:
    with transaction() as session:
        assert_whole(session)
        return {row.lead_id: row.n for row in session.execute(text("select lead_id, count(*) as n from assignment group by 1"))}


def test_one_job_takes_along_what_waits_for_the_same_niche(database: Engine) -> None:
    jobs = waiting_leads(AT_ONCE + 2)
    leads = list(jobs)
    assert work(str(jobs[leads[0]])) == "done"
    assert [lead for lead, state in states().items() if state == "done"] and sold() == dict.fromkeys(leads[:AT_ONCE], 2)
    assert work(str(jobs[leads[1]])) == "not_due", "it is done already"
    assert work(str(jobs[leads[-1]])) == "done"
    assert set(states().values()) == {"done"} and sold() == dict.fromkeys(leads, 2)
    with transaction() as session:
        told = session.execute(text("select entity_id, correlation_id from audit_entry where action = 'lead.distributed'")).all()
    assert dict(map(tuple, told)) == {lead: f"request-{number}" for number, lead in enumerate(leads)}


def test_a_lead_that_breaks_does_not_break_the_others(database: Engine) -> None:
    jobs = waiting_leads(3)
    first, broken, last = jobs
    with transaction() as session:
        session.execute(text("set local role none"))
        session.execute(
            text("""create function break_it() returns trigger language plpgsql as $$
                    begin raise exception 'broken' using errcode = 'check_violation'; end $$""")
        )
        session.execute(
            text(f"""create trigger break_it before insert on assignment for each row
                     when (new.lead_id = '{broken}') execute function break_it()""")
        )
    assert work(str(jobs[first])) == "done"
    assert sold() == {first: 2} and states() == {first: "done", broken: "ready", last: "ready"}
    with transaction() as session:
        session.execute(text("update outbox set attempts = 1 where id = :id"), {"id": jobs[broken]})
    assert work(str(jobs[broken])) == "failed"
    assert states() == {first: "done", broken: "ready", last: "ready"}, "a job that failed before goes alone"
    assert work(str(jobs[last])) == "done"
    assert sold() == {first: 2, last: 2}


def test_the_last_failed_try_closes_the_run(database: Engine) -> None:
    jobs = waiting_leads(1)
    (lead,) = jobs
    with transaction() as session:
        session.execute(text("set local role none"))
        session.execute(text("alter table assignment add constraint nothing_sold check (false) not valid"))
        session.execute(text("update outbox set max_attempts = 1"))
    assert work(str(jobs[lead])) == "dead"
    with transaction() as session:
        (run,) = distribution.runs_of(session, actor=SYSTEM, lead_id=lead)
        assert run.run.state == "failed" and "nothing_sold" in (run.run.error or "")
        assert distribution.sweep_unfinished(session, now=utc_now() + timedelta(hours=1)) == [], "a person decides"
    assert sold() == {}


@pytest.mark.parametrize("status", ["withdrawn", "quarantined"])
def test_leads_that_need_no_distribution_are_done(database: Engine, status: str) -> None:
    jobs = waiting_leads(3)
    first, second, third = jobs
    with transaction() as session:
        session.execute(text("update lead set status = :status where id in (:a, :b)"), {"status": status, "a": first, "b": third})
    assert work(str(jobs[first])) == "done"
    assert set(states().values()) == {"done"} and sold() == {second: 2}
