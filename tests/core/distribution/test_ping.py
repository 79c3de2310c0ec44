"""Ask before sending: the engine's own rules on a lead that does not exist; terms that hold (SPEC 6.7)."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import distribution, leads, messaging, payments
from core.distribution import PingInvalid, PingOver
from core.distribution.ping import expected
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import SYSTEM_USER_ID
from core.leads import Submission, SubmissionInvalid
from tests.core.distribution.world import World, a_world

ANSWERS = {"property_type": "house", "bedrooms": 3}


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    messaging.seed_templates(session, now=now)
    made = a_world(session, now, cap=5)
    made.level(3, price_cents=2_500)
    made.level(1, price_cents=9_000)
    made.buyers(3)
    made.buyer(made.levels[1])
    return made


@pytest.fixture
def partner(session: Session, world: World, now: datetime) -> Actor:
    made = payments.add_partner(session, actor=SYSTEM, name="Lead Friends", share_percent=20, now=now)
    return Actor(SYSTEM_USER_ID, "partner", partner_id=made.id)


def ask(session: Session, world: World, partner: Actor, now: datetime, **more: Any) -> distribution.Offer:
    wanted = {"niche": world.niche.slug, "zip": "89109", "form_data": ANSWERS} | more
    return distribution.ping(session, actor=partner, now=now, **wanted)


def lead(world: World, number: int = 1, **more: Any) -> Submission:
    body = {
        "niche": world.niche.slug,
        "contact": {"name": "Pat Doe", "email": f"pat{number}@example.com", "phone": f"+1702555{number:04}"},
        "zip": "89109",
        "form_data": ANSWERS | {"details": "A free word."},
        "consent": {"agreed": True, "version": f"2026-11.{world.niche.max_providers}"},
    }
    return Submission.of(body | more, source="partner")


def send(session: Session, world: World, partner: Actor, ping_id: Any, now: datetime, **more: Any) -> UUID:
    return distribution.post(session, actor=partner, ping_id=ping_id, submission=lead(world, **more), now=now).lead_id


def test_the_offer_is_what_a_run_brings(session: Session, world: World, partner: Actor, now: datetime) -> None:
    offer = ask(session, world, partner, now)
    assert session.execute(text("select count(*) from assignment")).scalar_one() == 0, "asking sells nothing"
    lead = world.lead(form_data=ANSWERS)
    world.run(lead)
    gross = session.execute(text("select sum(price_cents) from assignment where lead_id = :id"), {"id": lead.id}).scalar_one()
    assert (offer.accepted, offer.buyers, offer.expected_cents) == (True, 4, gross * 20 // 100)
    assert gross == 3 * 2_500 + 9_000 and offer.expires_at == now + timedelta(minutes=5)


def test_who_would_not_get_it_is_not_counted(session: Session, world: World, partner: Actor, now: datetime) -> None:
    session.execute(text("update provider set status = 'suspended' where id = (select min(id::text)::uuid from provider)"))
    assert ask(session, world, partner, now).buyers == 3


def test_a_company_whose_own_list_is_too_old_is_no_buyer(session: Session, world: World, partner: Actor, now: datetime) -> None:
    company = session.execute(text("select min(provider_id::text)::uuid from subscription")).scalar_one()
    owner = Actor(SYSTEM_USER_ID, "provider", provider_id=company)
    old = (now - timedelta(days=32)).date()
    leads.upload_own_list(session, actor=owner, name="Ours", list_date=old, content=b"pat99@example.com", now=now)
    assert ask(session, world, partner, now).buyers == 3
    leads.upload_own_list(session, actor=owner, name="Ours", list_date=now.date(), content=b"pat99@example.com", now=now)
    assert ask(session, world, partner, now).buyers == 4


def test_without_a_buyer_it_is_refused_and_nothing_is_kept(session: Session, world: World, partner: Actor, now: datetime) -> None:
    session.execute(text("update subscription set status = 'paused'"))
    offer = ask(session, world, partner, now)
    assert not offer.accepted and offer.ping_id is None and "No company" in (offer.reason or "")
    assert session.execute(text("select count(*) from ping")).scalar_one() == 0


def test_the_share_that_was_offered_is_the_share_that_is_paid(
    session: Session, world: World, partner: Actor, now: datetime
) -> None:
    assert partner.partner_id
    offer = ask(session, world, partner, now)
    payments.edit_partner(session, actor=SYSTEM, partner_id=partner.partner_id, share_percent=1, now=now)
    lead_id = send(session, world, partner, offer.ping_id, now)
    agreed = session.execute(text("select partner_share_percent, partner_id from lead where id = :id"), {"id": lead_id}).one()
    assert (agreed.partner_share_percent, agreed.partner_id) == (20, partner.partner_id)


def test_an_offer_is_taken_once_in_time_and_by_its_own_lead(
    session: Session, world: World, partner: Actor, now: datetime
) -> None:
    offer = ask(session, world, partner, now)
    with pytest.raises(PingOver), session.begin_nested():
        send(session, world, partner, offer.ping_id, now + timedelta(minutes=5))
    for other in ({"form_data": {"property_type": "condo", "bedrooms": 3}}, {"form_data": {"property_type": "house"}}):
        with pytest.raises(PingInvalid), session.begin_nested():
            send(session, world, partner, offer.ping_id, now, **other)
    with pytest.raises(SubmissionInvalid), session.begin_nested():
        send(session, world, partner, offer.ping_id, now, contact={})
    assert session.execute(text("select count(*) from lead where source = 'partner'")).scalar_one() == 0
    send(session, world, partner, offer.ping_id, now)
    with pytest.raises(PingOver):
        send(session, world, partner, offer.ping_id, now, number=2)


def test_only_its_own_partner_takes_it(session: Session, world: World, partner: Actor, now: datetime) -> None:
    offer = ask(session, world, partner, now)
    made = payments.add_partner(session, actor=SYSTEM, name="Others", share_percent=90, now=now)
    other = Actor(SYSTEM_USER_ID, "partner", partner_id=made.id)
    for forged in (offer.ping_id, f"{uuid4().hex}.x", "", None, 7):
        with pytest.raises(PingInvalid):
            send(session, world, other, forged, now)
    with pytest.raises(Forbidden):
        ask(session, world, SYSTEM, now)


def test_what_is_written_freely_is_not_kept(session: Session, world: World, partner: Actor, now: datetime) -> None:
    ask(session, world, partner, now, form_data=ANSWERS | {"details": "call pat@example.com"})
    assert session.execute(text("select form_data from ping")).scalar_one() == ANSWERS


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"zip": "1"}, "zip"), ({"form_data": {"bedrooms": 99}}, "form_data.bedrooms"), ({"niche": None}, "niche")],
)
def test_wrong_questions_name_their_field(
    session: Session, world: World, partner: Actor, now: datetime, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(SubmissionInvalid) as refused:
        ask(session, world, partner, now, **wrong)
    assert field in refused.value.fields


def test_an_offer_can_not_be_rewritten(session: Session, world: World, partner: Actor, now: datetime) -> None:
    ask(session, world, partner, now)
    with pytest.raises(IntegrityError, match="stands as it was offered"), session.begin_nested():
        session.execute(text("update ping set share_percent = 99"))


def level(price: int, most: int, buyers: list[UUID], *, exclusive: bool = False) -> Any:
    return SimpleNamespace(price_cents=price, max_recipients=most, buyers=buyers, exclusive=exclusive)


def test_a_run_on_paper() -> None:
    a, b, c = uuid4(), uuid4(), uuid4()
    assert expected([], cap=3) == (0, 0)
    assert expected([level(100, 2, [a, b, c])], cap=3) == (200, 2)
    assert expected([level(100, 3, [a, b, c])], cap=1) == (100, 1)
    # Starting with the exclusive one brings 900, starting with the other 100 + nothing, since something is sold then.
    assert expected([level(900, 1, [a], exclusive=True), level(100, 3, [b])], cap=5) == (500, 1)


ids = [UUID(int=n) for n in range(1, 8)]
levels = st.lists(
    st.builds(
        level, st.integers(1, 9000), st.integers(1, 5), st.lists(st.sampled_from(ids), unique=True), exclusive=st.booleans()
    ),
    max_size=4,
)


@given(levels=levels, cap=st.integers(1, 6))
def test_never_more_than_the_cap_or_the_dearest_price_each(levels: list[Any], cap: int) -> None:
    gross, buyers = expected(levels, cap=cap)
    assert 0 <= buyers <= cap and gross <= cap * max((one.price_cents for one in levels), default=0)
