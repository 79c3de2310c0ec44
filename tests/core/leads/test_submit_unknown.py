"""The short way in: one statement, for people nobody knows yet; everybody else takes the long way and loses nothing."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import leads
from core.kit.db import one_statement, transaction
from core.leads import grounds
from core.niches import Niche
from tests.at_once import at_once
from tests.core.leads.world import VISITOR, World, a_request, a_world, actions, jobs, submitted
from tests.queued import mails


@pytest.fixture(autouse=True)
def _nothing_kept(session: Session) -> None:
    """Other tests' markets are gone; what was kept of them would send everybody the long way."""
    grounds.forget(session)


def ask(session: Session, now: datetime, niche: Niche, number: int = 1) -> leads.Submitted | None:
    return leads.submit_unknown(session, submission=a_request(niche, number), actor=VISITOR, now=now)


def rows(session: Session) -> list[int]:
    tables = ("contact", "lead", "lead_identity", "consent_event", "lead_token", "outbox", "audit_entry")
    return [session.execute(text(f"select count(*) from {table}")).scalar_one() for table in tables]


def test_a_new_person_gets_what_the_long_way_gives(session: Session, now: datetime, world: World) -> None:
    before = rows(session)
    done = ask(session, now, world.niche)
    assert done is not None and done.status == "pending_confirmation"
    short = [after - was for was, after in zip(before, rows(session), strict=True)]
    assert actions(session, done.lead_id) == ["lead.submitted"] and len(mails(session, "lead_confirmation")) == 1
    before = rows(session)
    submitted(session, now, world.niche, number=2)
    assert short == [after - was for was, after in zip(before, rows(session), strict=True)]


def test_a_person_who_is_known_is_left_to_the_long_way(session: Session, now: datetime, world: World) -> None:
    submitted(session, now, world.niche)
    before = rows(session)
    assert ask(session, now, world.niche) is None
    assert ask(session, now + timedelta(days=120), world.niche) is None, "a key that has run out is taken over there, too"
    assert rows(session) == before


def test_whoever_asked_not_to_be_contacted_is_left_to_the_long_way(session: Session, now: datetime, world: World) -> None:
    leads.block_contact(session, actor=world.admin, email="pat1@example.com", reason="Asked by phone.", now=now)
    before = rows(session)
    assert ask(session, now, world.niche) is None and rows(session) == before


def test_the_same_person_eight_times_at_once_is_one_lead(database: Engine, now: datetime) -> None:
    with transaction(database) as session:
        niche = a_world(session, now).niche

    def race() -> bool:
        with one_statement(database) as session:
            return ask(session, now, niche) is not None

    won = sum(at_once(*[race] * 8))
    with transaction(database) as session:
        counts = dict(
            session.execute(text("select 'lead', count(*) from lead union all select 'key', count(*) from lead_identity")).all()
        )
        assert (won, counts["lead"], len(jobs(session, "email"))) == (1, 1, 1)
        assert session.execute(text("select count(distinct lead_id) from lead_identity")).scalar_one() == 1


def test_what_was_written_alone_reaches_the_broker(database: Engine, now: datetime) -> None:
    from core.kit import outbox

    with transaction(database) as session:
        niche = a_world(session, now).niche
    pushed: list[outbox.Push] = []
    end = outbox.on_commit(pushed.extend)
    try:
        with one_statement(database) as session:
            assert ask(session, now, niche) is not None
    finally:
        end()
    with transaction(database) as session:
        assert [push.id for push in pushed] == list(session.execute(text("select id from outbox")).scalars())
