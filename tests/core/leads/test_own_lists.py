"""Do-not-contact lists that companies bring: nobody on them is sold to that company, and an old list sells nothing (SPEC 2.5)."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import distribution, leads
from core.kit.actor import Actor
from core.kit.errors import Forbidden, Invalid, NotFound, TooMany
from core.kit.ids import uuid7
from core.leads import Lead, OnOwnList
from tests.builders import a_user
from tests.core.distribution.world import World, a_world
from tests.core.leads.world import confirmed

DAY = timedelta(days=1)


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    world = a_world(session, now)
    world.level(2)
    return world


def someone(session: Session, now: datetime, role: str = "provider", **more: object) -> Actor:
    user = a_user(session, now, role=role, **({"owner": True} if role == "provider" else {}), **more)
    return Actor(user.id, role, more.get("provider_id"))  # type: ignore[arg-type]


def asked(session: Session, now: datetime, world: World, number: int = 1) -> Lead:
    """Person ``number`` asked, and was approved."""
    lead_id = confirmed(session, now, world.niche, number)
    leads.approve(session, actor=someone(session, now, "admin"), lead_id=lead_id, now=now)
    return session.get_one(Lead, lead_id)


def bring(
    session: Session, now: datetime, owner: Actor, content: bytes, *, name: str = "Customers", made: date | None = None
) -> int:
    day = made or now.date()
    return leads.upload_own_list(session, actor=owner, name=name, list_date=day, content=content, now=now).entries


def test_who_is_on_a_companys_list_is_sold_to_the_others(session: Session, now: datetime, world: World) -> None:
    ann, bob = world.buyer(), world.buyer()
    owner = someone(session, now, provider_id=ann.id)
    assert bring(session, now, owner, b"email,phone\npat1@example.com,\n,(702) 234-1002\n") == 2
    both, hidden = asked(session, now, world, 3), asked(session, now, world, 1)
    world.run(both)
    run = world.run(hidden)
    assert set(world.sold_to(both.id)) == {ann.id, bob.id} and world.sold_to(hidden.id) == [bob.id]
    assert run.skips == {"own_list": 1}
    subscription = session.execute(text("select id from subscription where provider_id = :p"), {"p": ann.id}).scalar_one()
    told = distribution.explain(
        session, actor=someone(session, now, "admin"), lead_id=hidden.id, subscription_id=subscription, now=now
    )
    assert [verdict.rule for verdict in told if not verdict.passed] == ["own_list"]


def test_its_company_reads_that_its_list_kept_a_lead_away(session: Session, now: datetime, world: World) -> None:
    ann = world.buyer()
    owner = someone(session, now, provider_id=ann.id)
    bring(session, now, owner, b"pat1@example.com")
    world.run(asked(session, now, world, 1))
    world.run(asked(session, now, world, 2))
    subscription = session.execute(text("select id from subscription where provider_id = :p"), {"p": ann.id}).scalar_one()
    told = distribution.missed(session, actor=owner, subscription_id=subscription, now=now + DAY)
    assert (told.leads, told.received, [(one.reason, one.leads) for one in told.reasons]) == (2, 1, [("own_list", 1)])


def test_a_list_that_is_too_old_sells_nothing_to_its_company(session: Session, now: datetime, world: World) -> None:
    ann, bob = world.buyer(), world.buyer()
    owner = someone(session, now, provider_id=ann.id)
    bring(session, now, owner, b"pat77@example.com", made=(now - 31 * DAY).date())
    fresh, stale = asked(session, now, world, 1), asked(session, now, world, 2)
    world.run(fresh)
    world.run(stale, now=now + DAY)
    assert set(world.sold_to(fresh.id)) == {ann.id, bob.id} and world.sold_to(stale.id) == [bob.id]
    (seen,) = leads.own_lists(session, actor=owner, now=now + DAY)
    assert not seen.fresh and seen.until == now.date()
    leads.drop_own_list(session, actor=owner, name="Customers", now=now + DAY)
    again = asked(session, now + DAY, world, 4)
    world.run(again, now=now + DAY)
    assert set(world.sold_to(again.id)) == {ann.id, bob.id}, "a list that is dropped says nothing"


def test_at_the_marketplace_the_sale_is_refused(session: Session, now: datetime, world: World) -> None:
    ann = world.buyer()
    bring(session, now, someone(session, now, provider_id=ann.id), b"pat1@example.com")
    lead = asked(session, now, world, 1)
    with pytest.raises(OnOwnList):
        leads.check_own_lists(session, lead_id=lead.id, provider_id=ann.id, now=now)
    leads.check_own_lists(session, lead_id=lead.id, provider_id=world.buyer().id, now=now)


def test_only_hashes_are_kept_and_a_new_list_replaces_the_old(session: Session, now: datetime, world: World) -> None:
    owner = someone(session, now, provider_id=world.buyer().id)
    for number in (1, 2, 3):
        content = f"pat{number}@example.com;702 234 {1000 + number}".encode()
        assert bring(session, now + number * DAY, owner, content) == 2
    stored = str(session.execute(text("select * from own_list_key")).all()) + str(
        session.execute(text("select * from own_list")).all()
    )
    assert "pat" not in stored and "7022341" not in stored
    assert session.execute(text("select count(*) from own_list_key")).scalar_one() == 4, "this one and the one before"
    (seen,) = leads.own_lists(session, actor=owner, now=now + 3 * DAY)
    assert (seen.name, seen.entries) == ("Customers", 2)


@pytest.mark.parametrize(
    "content", [b"", b"name\nPat Example\n", b"pat@example.com\n" + b"nobody\n" * 5, b"\xff\xfe\x00", b"x" * 20_000_001]
)
def test_a_file_that_cant_be_trusted_whole_is_refused(session: Session, now: datetime, world: World, content: bytes) -> None:
    owner = someone(session, now, provider_id=world.buyer().id)
    with pytest.raises(Invalid):
        bring(session, now, owner, content)
    assert leads.own_lists(session, actor=owner, now=now) == []


def test_a_company_uploads_a_few_lists_a_day(session: Session, now: datetime, world: World) -> None:
    owner = someone(session, now, provider_id=world.buyer().id)
    for number in range(5):
        bring(session, now, owner, b"pat1@example.com", name=f"List {number}")
    with pytest.raises(TooMany):
        bring(session, now, owner, b"pat1@example.com", name="One more")
    assert bring(session, now + DAY, owner, b"pat1@example.com", name="One more") == 1


def test_each_list_answers_with_its_date_and_a_stale_one_counts_against(session: Session, now: datetime, world: World) -> None:
    ann, bob, admin = world.buyer(), world.buyer(), someone(session, now, "admin")
    owner, other = (someone(session, now, provider_id=each.id) for each in (ann, bob))
    bring(session, now, owner, b"pat1@example.com")
    leads.replace_list(session, actor=admin, name="state", list_date=now.date(), phones=["702 234 1009"], now=now)
    mine = leads.check_contact(session, actor=owner, email="pat1@example.com", now=now)
    assert not mine.clear and [(one.name, one.listed, one.list_date) for one in mine.answers] == [("Customers", True, now.date())]
    theirs = leads.check_contact(session, actor=other, email="pat1@example.com", now=now)
    assert theirs.clear and list(theirs.answers) == [], "another company's list is none of theirs"
    all_of_them = leads.check_contact(session, actor=admin, phone="702 234 1009", now=now)
    assert {(one.name, one.listed) for one in all_of_them.answers} == {("internal", False), ("state", True), ("Customers", False)}
    later = leads.check_contact(session, actor=owner, email="somebody@example.com", now=now + 32 * DAY)
    assert not later.clear and [one.fresh for one in later.answers] == [False]
    trail = session.execute(
        text("select string_agg(after::text, '') from audit_entry where action = 'contact.checked'")
    ).scalar_one()
    assert "pat1" not in trail


def test_who_may(session: Session, now: datetime, world: World) -> None:
    ann, admin = world.buyer(), someone(session, now, "admin")
    leads.upload_own_list(
        session, actor=admin, provider_id=ann.id, name="By us", list_date=now.date(), content=b"pat1@example.com", now=now
    )
    assert [each.provider_id for each in leads.own_lists(session, actor=admin, now=now)] == [ann.id]
    with pytest.raises(Invalid):
        bring(session, now, admin, b"pat1@example.com")
    with pytest.raises(Forbidden):
        bring(session, now, Actor(uuid7(), "analyst"), b"pat1@example.com")
    with pytest.raises(NotFound):
        leads.drop_own_list(session, actor=someone(session, now, provider_id=world.buyer().id), name="By us", now=now)
