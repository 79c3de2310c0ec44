"""Do-not-contact: ours and uploaded ones, hashed, checked at intake, approval and sale (SPEC 2.5)."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads, ops, policies
from core.kit.actor import Actor
from core.kit.errors import Forbidden, Invalid
from tests.core.leads.world import NOBODY, VISITOR, World, a_request, confirmed


def test_the_list_knows_people_in_any_spelling_and_shows_nobody(session: Session, now: datetime, world: World) -> None:
    leads.block_contact(
        session, actor=world.admin, email="Pat.Example+x@googlemail.com", phone="(702) 234-5678", reason="letter", now=now
    )
    assert leads.is_blocked(session, email="patexample@gmail.com") and leads.is_blocked(session, phone="+1 702 234 5678")
    assert not leads.is_blocked(session, email="sam@gmail.com", phone="702 234 5679")
    stored = str(session.execute(text("select * from do_not_contact")).all())
    trail = str(session.execute(text("select before, after from audit_entry")).all())
    assert "patexample" not in stored + trail and "234" not in trail.replace("letter", "")


def test_blocking_one_of_two_is_enough_at_intake(session: Session, now: datetime, world: World) -> None:
    leads.block_contact(session, actor=world.admin, email="pat1@example.com", reason="asked", now=now)
    with pytest.raises(leads.NotAccepted):
        leads.submit(session, submission=a_request(world.niche, 1), actor=VISITOR, now=now)
    assert leads.submit(session, submission=a_request(world.niche, 2), actor=VISITOR, now=now).status == "pending_confirmation"


def test_a_lead_sold_tomorrow_is_checked_tomorrow(session: Session, now: datetime, world: World) -> None:
    lead_id = confirmed(session, now, world.niche)
    leads.check_may_be_sold(session, lead_id, now=now)
    leads.block_contact(session, actor=world.admin, phone="702 234 1001", reason="asked", now=now)
    with pytest.raises(leads.NotForSale):
        leads.check_may_be_sold(session, lead_id, now=now)
    leads.unblock_contact(session, actor=world.admin, phone="702 234 1001", reason="error", now=now)
    leads.check_may_be_sold(session, lead_id, now=now)


def test_an_uploaded_list_replaces_its_older_self_and_goes_stale(session: Session, now: datetime, world: World) -> None:
    lead_id = confirmed(session, now, world.niche)
    made: date = now.date()

    def upload(phones: list[str], day: date) -> int:
        return leads.replace_list(session, actor=world.admin, name="state", list_date=day, phones=phones, now=now)

    assert upload(["702 234 1001", "(702) 234-1001", "702 234 1002"], made) == 2
    with pytest.raises(leads.NotForSale):
        leads.check_may_be_sold(session, lead_id, now=now)
    assert upload(["702 234 1002"], made) == 1
    leads.check_may_be_sold(session, lead_id, now=now + timedelta(days=31))
    with pytest.raises(leads.NotForSale) as stale:
        leads.check_may_be_sold(session, lead_id, now=now + timedelta(days=32))
    assert stale.value.reason == "do_not_contact_stale"
    leads.drop_list(session, actor=world.admin, name="state", now=now)
    leads.check_may_be_sold(session, lead_id, now=now + timedelta(days=32))


def test_one_more_blank_in_its_name_is_no_other_list(session: Session, now: datetime, world: World) -> None:
    for name, day in (("National registry", now - timedelta(days=40)), ("  National   registry ", now)):
        leads.replace_list(session, actor=world.admin, name=name, list_date=day.date(), emails=["x@example.com"], now=now)
    (held,) = leads.house_lists(session, actor=world.admin, now=now)
    assert held.name == "National registry" and held.fresh
    leads.drop_list(session, actor=world.admin, name="National  registry", now=now)
    assert leads.house_lists(session, actor=world.admin, now=now) == []
    with pytest.raises(Invalid):
        leads.replace_list(session, actor=world.admin, name=" internal", list_date=now.date(), emails=["x@example.com"], now=now)


def test_the_age_that_is_too_old_is_a_setting(session: Session, now: datetime, world: World) -> None:
    lead_id = confirmed(session, now, world.niche)
    leads.replace_list(session, actor=world.admin, name="state", list_date=now.date(), phones=["702 234 1002"], now=now)
    ops.set_threshold(session, actor=world.admin, key="list_age_days", value=7, now=now)
    leads.check_may_be_sold(session, lead_id, now=now + timedelta(days=7))
    with pytest.raises(leads.NotForSale):
        leads.check_may_be_sold(session, lead_id, now=now + timedelta(days=8))


def test_a_list_is_fresh_only_where_the_strictest_policy_believes_it(session: Session, now: datetime, world: World) -> None:
    made = {"list_date": now.date(), "phones": ["702 234 1002"], "now": now}
    leads.replace_list(session, actor=world.admin, name="state", **made)
    policies.add_policy(
        session, actor=world.admin, rule="list_age_days", value=7, state="NV", niche_id=world.niche.id,
        ground="The law.", effective_from=now + timedelta(hours=1), now=now,
    )  # fmt: skip
    lead_id = confirmed(session, now, world.niche)
    for days, fresh in ((0, True), (7, True), (8, False)):
        at = now + timedelta(days=days)
        (held,) = leads.house_lists(session, actor=world.admin, now=at)
        answers = leads.check_contact(session, actor=world.admin, phone="702 234 1003", now=at).answers
        assert [held.fresh, *(one.fresh for one in answers if one.name == "state")] == [fresh, fresh], days
    leads.check_may_be_sold(session, lead_id, now=now + timedelta(days=7))
    with pytest.raises(leads.NotForSale):
        leads.check_may_be_sold(session, lead_id, now=now + timedelta(days=8))


def test_what_can_not_be_read_is_refused(session: Session, now: datetime, world: World) -> None:
    for wrong in ({}, {"email": "nobody"}, {"phone": "12"}):
        with pytest.raises(Invalid):
            leads.block_contact(session, actor=world.admin, reason="x", now=now, **wrong)
    for name, day in (("internal", now.date()), ("", now.date()), ("state", now.date() + timedelta(days=1))):
        with pytest.raises(Invalid):
            leads.replace_list(session, actor=world.admin, name=name, list_date=day, now=now)


def test_only_admins_keep_lists(session: Session, now: datetime, world: World) -> None:
    for actor in (world.analyst, Actor(NOBODY, "provider", provider_id=NOBODY), VISITOR):
        with pytest.raises(Forbidden):
            leads.block_contact(session, actor=actor, email="pat@example.com", reason="x", now=now)
        with pytest.raises(Forbidden):
            leads.replace_list(session, actor=actor, name="state", list_date=now.date(), now=now)
