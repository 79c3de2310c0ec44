"""Where a policy asks for it, a lead goes only to companies that its consent names (SPEC 2.5)."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import distribution, leads, policies
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.leads import Lead, NotNamed
from tests.builders import a_user
from tests.core.distribution.world import World, a_world
from tests.core.leads.world import confirmed

DAY = timedelta(days=1)


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    """Two companies, and from tomorrow on the policy."""
    world = a_world(session, now)
    world.level(2)
    for name in ("Ann Roofs LLC", "Bob Roofs"):
        company = world.buyer()
        session.execute(text("update provider set company_name = :name where id = :id"), {"name": name, "id": company.id})
    admin = Actor(a_user(session, now, role="admin").id, "admin")
    policies.add_policy(
        session,
        actor=admin,
        rule="consent_named",
        value=1,
        state="NV",
        ground="One-to-one consent",
        effective_from=now + DAY,
        now=now,
    )
    return world


def company(session: Session, name: str) -> UUID:
    found: UUID = session.execute(text("select id from provider where company_name = :name"), {"name": name}).scalar_one()
    return found


def asked(session: Session, now: datetime, world: World, number: int, *sellers: str) -> Lead:
    """Person ``number`` agreed to hear from ``sellers``, and was approved."""
    lead_id = confirmed(session, now, world.niche, number)
    session.execute(
        text("""insert into consent_event (id, lead_id, event, wording, wording_version, sellers, channels, at)
                values (:id, :lead, 'given', 'I agree.', 'test', cast(:sellers as text[]), '{phone}', :now)"""),
        {"id": uuid7(), "lead": lead_id, "sellers": list(sellers), "now": now},
    )
    leads.approve(session, actor=Actor(a_user(session, now, role="admin").id, "admin"), lead_id=lead_id, now=now)
    return session.get_one(Lead, lead_id)


def test_the_same_consent_on_two_dates(session: Session, now: datetime, world: World) -> None:
    ann, bob = company(session, "Ann Roofs LLC"), company(session, "Bob Roofs")
    before, after = (asked(session, now, world, number, "Hotleads", "ann roofs llc ") for number in (1, 2))
    assert world.run(before).assigned == 2
    run = world.run(after, now=now + 2 * DAY)
    assert (world.sold_to(after.id), run.skips) == ([ann], {"consent_unnamed": 1})
    leads.check_names(session, lead_id=after.id, provider_id=ann, now=now + 2 * DAY)
    leads.check_names(session, lead_id=after.id, provider_id=bob, now=now)
    with pytest.raises(NotNamed):
        leads.check_names(session, lead_id=after.id, provider_id=bob, now=now + 2 * DAY)


def test_it_is_explained_traced_and_replayed(session: Session, now: datetime, world: World) -> None:
    later = now + 2 * DAY
    lead = asked(session, now, world, 1, "Ann Roofs LLC")
    world.run(lead, now=later)
    admin = Actor(a_user(session, now, role="admin").id, "admin")
    bob = session.execute(
        text("select id from subscription where provider_id = :p"), {"p": company(session, "Bob Roofs")}
    ).scalar_one()
    told = distribution.explain(session, actor=admin, lead_id=lead.id, subscription_id=bob, now=later)
    assert [verdict.rule for verdict in told if verdict.rule == "consent_unnamed" and not verdict.passed] == ["consent_unnamed"]
    (run,) = distribution.why(session, actor=admin, lead_id=lead.id)
    assert run.agrees and {row.company: row.rule for row in run.rows} == {"Ann Roofs LLC": None, "Bob Roofs": "consent_unnamed"}
    missed = distribution.missed(session, actor=admin, subscription_id=bob, now=later + DAY)
    assert [(one.reason, one.leads) for one in missed.reasons] == [("consent_unnamed", 1)]
    again = distribution.replay(session, actor=admin, niche_id=world.niche.id, since=later - DAY, until=later + DAY)
    assert (again.runs, again.agreed) == (1, 1)


def test_a_consent_that_names_nobody_sells_to_nobody(session: Session, now: datetime, world: World) -> None:
    lead = asked(session, now, world, 1)
    run = world.run(lead, now=now + 2 * DAY)
    assert (run.assigned, run.skips) == (0, {"consent_unnamed": 2})
