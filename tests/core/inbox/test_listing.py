"""The list of a provider's leads."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import inbox, leads
from core.inventory import Assignment
from core.kit.actor import Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.providers import ProviderNotActive
from tests import builders
from tests.core.inbox.conftest import World, contact_of

Sell = Callable[..., Assignment]


def ids(session: Session, actor: Actor, **wanted: Any) -> list[UUID]:
    return [row.id for row in inbox.list_assignments(session, actor=actor, **wanted)]


def test_own_leads_newest_first_and_nobody_elses(session: Session, world: World, sell: Sell) -> None:
    first, shared, foreign = sell(world.ann), sell(world.ann, world.bob), sell(world.bob)
    assert ids(session, world.ann.actor) == [shared.id, first.id]
    assert foreign.id in ids(session, world.bob.actor)
    assert inbox.newest_id(session, actor=world.ann.actor) == shared.id
    row = inbox.list_assignments(session, actor=world.ann.actor)[0]
    assert (row.lead_id, row.niche, row.market, row.city, row.zip, row.status) == (
        shared.lead_id, "Roofing", world.market.name, "Las Vegas", "89109", "new",
    )  # fmt: skip
    assert (row.contact_name, row.level, row.channel, row.timezone) == ("Pat E.", None, "marketplace", "America/Los_Angeles")


def test_an_empty_inbox(session: Session, world: World) -> None:
    assert inbox.list_assignments(session, actor=world.ann.actor) == []
    assert inbox.newest_id(session, actor=world.ann.actor) is None
    assert set(inbox.count_by_status(session, actor=world.ann.actor).values()) == {0}


def test_pages_of_25_by_the_last_id(session: Session, world: World, sell: Sell) -> None:
    made = [sell(world.ann).id for _ in range(30)]
    page = ids(session, world.ann.actor)
    rest = ids(session, world.ann.actor, before_id=page[-1])
    assert (len(page), len(rest)) == (25, 5)
    assert page + rest == made[::-1]
    assert len(ids(session, world.ann.actor, limit=1_000_000)) == 30
    assert len(ids(session, world.ann.actor, limit=-5)) == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, "new"),
        ({"viewed_at": True}, "viewed"),
        ({"viewed_at": True, "decision": "accepted", "decided_at": True}, "accepted"),
        ({"decision": "rejected", "decided_at": True, "reject_reason": "no"}, "rejected"),
        ({"decision": "accepted", "decided_at": True, "refunded_at": True}, "refunded"),
    ],
)
def test_each_lead_has_one_status(
    session: Session, now: datetime, world: World, sell: Sell, change: dict[str, Any], status: str
) -> None:
    made = sell(world.ann, **{key: now if value is True else value for key, value in change.items()})
    for name in inbox.STATUSES:
        assert ids(session, world.ann.actor, status=name) == ([made.id] if name == status else [])
    assert inbox.list_assignments(session, actor=world.ann.actor)[0].status == status
    assert inbox.count_by_status(session, actor=world.ann.actor) == dict.fromkeys(inbox.STATUSES, 0) | {status: 1}
    with pytest.raises(inbox.InboxInvalid):
        inbox.list_assignments(session, actor=world.ann.actor, status="lost")


def test_filters_narrow_together(session: Session, now: datetime, world: World, sell: Sell) -> None:
    other_niche = builders.a_niche(session, now)
    other_market = builders.a_market(session, now, slug="reno")
    old = sell(world.ann, assigned_at=now - timedelta(days=3))
    hvac = sell(world.ann, niche=other_niche)
    reno = sell(world.ann, market=other_market)
    me = world.ann.actor
    assert ids(session, me, niche_id=other_niche.id) == [hvac.id]
    assert ids(session, me, market_id=other_market.id) == [reno.id]
    assert ids(session, me, since=now - timedelta(days=1)) == [reno.id, hvac.id]
    assert ids(session, me, until=now - timedelta(days=1)) == [old.id]
    assert ids(session, me, channel="distribution") == []
    assert ids(session, me, channel="marketplace", niche_id=world.niche.id, market_id=world.market.id, status="new") == [old.id]


def test_search_by_a_part_of_email_or_phone(session: Session, world: World, sell: Sell) -> None:
    mine, more, foreign = sell(world.ann), sell(world.ann), sell(world.bob)
    for made, email, phone in (
        (mine, "Maria.Lopez_9@example.com", "+17025550142"),
        (more, "other@example.org", "+17025550199"),
        (foreign, "maria.lopez_9@example.com", "+17025550142"),
    ):
        contact = contact_of(session, made)
        contact.email, contact.phone = email, phone
    session.flush()
    me = world.ann.actor
    for fragment in ("maria", "LOPEZ_9@", "lopez_9", "(702) 555-0142", "702.555.0142", "5550142", "  0142 "):
        assert ids(session, me, search=fragment) == [mine.id], fragment
    assert ids(session, me, search="example.") == [more.id, mine.id]
    assert ids(session, me, search="702 555") == [more.id, mine.id]
    assert ids(session, me, search="702 555", before_id=more.id) == [mine.id]
    assert ids(session, me, search="702 555", limit=1) == [more.id]
    for fragment in ("lopez%9", "lopez.9", "%%%", "___", "' or true --", "\\\\\\"):
        assert ids(session, me, search=fragment) == [], fragment
    assert len(ids(session, me, search="   ")) == 2
    for short in ("a", "70", "\x00ab"):
        with pytest.raises(inbox.InboxInvalid):
            inbox.list_assignments(session, actor=me, search=short)


def test_the_bits_of_a_search_leave_out_what_can_not_fit_and_nothing_else(session: Session) -> None:
    fits = text("select search_bits(:email, :phone) & search_bits(:fragment) = search_bits(:fragment)")

    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.emails(), st.from_regex(r"\+1[2-9][0-9]{9}", fullmatch=True), st.data())
    def every_piece_of_it_fits(email: str, phone: str, data: st.DataObject) -> None:
        whole = data.draw(st.sampled_from([email, phone, phone.removeprefix("+"), email.upper()]))
        start = data.draw(st.integers(0, len(whole) - 3))
        fragment = whole[start : data.draw(st.integers(start + 3, len(whole)))]
        assert session.scalar(fits, {"email": email, "phone": phone, "fragment": fragment})

    every_piece_of_it_fits()
    values = {"email": "maria.lopez@example.com", "phone": "+17025550142"}
    strange = [f"person{n}@elsewhere{n}.net" for n in range(300)]
    found = [name for name in strange if session.scalar(fits, values | {"fragment": name})]
    assert found == [], "what has nothing of it is told apart"


def test_what_a_search_keeps_changes_and_goes_with_the_contact(session: Session, now: datetime, world: World, sell: Sell) -> None:
    made = sell(world.ann)
    contact = contact_of(session, made)
    kept = text("select search_bits from assignment where id = :id")
    contact.email = "maria@example.com"
    session.flush()
    assert session.scalar(kept, {"id": made.id}) == session.scalar(text("select search_bits from contact"))
    assert ids(session, world.ann.actor, search="maria@") == [made.id]
    admin = Actor(user_id=uuid7(), role="admin")
    leads.move(session, leads.lock(session, made.lead_id), "withdrawn", now=now)
    leads.erase(session, actor=admin, lead_ids=[made.lead_id], reason="Asked for.", now=now)
    left = session.execute(text("select search_bits from assignment union all select search_bits from contact")).all()
    assert left == [(None,)] * 2
    assert ids(session, world.ann.actor, search="maria@") == []


def test_an_erased_contact_leaves_a_nameless_row(session: Session, now: datetime, world: World, sell: Sell) -> None:
    contact = contact_of(session, sell(world.ann))
    contact.full_name = contact.email = contact.phone = None
    session.flush()
    assert [row.contact_name for row in inbox.list_assignments(session, actor=world.ann.actor)] == [""]


def test_one_word_names_and_long_names(session: Session, world: World, sell: Sell) -> None:
    for name, shown in (("Cher", "Cher"), ("Ana Maria de la Cruz", "Ana C.")):
        contact_of(session, sell(world.ann)).full_name = name
        session.flush()
        assert inbox.list_assignments(session, actor=world.ann.actor)[0].contact_name == shown


@pytest.mark.parametrize("role", ["admin", "analyst", "scientist", "system", "public"])
def test_only_providers_have_an_inbox(session: Session, world: World, role: Any) -> None:
    actor = Actor(user_id=uuid7(), role=role)
    for act in (inbox.list_assignments, inbox.newest_id, inbox.count_by_status):
        with pytest.raises(Forbidden):
            act(session, actor=actor)


@pytest.mark.parametrize("status", ["pending", "suspended", "deactivated"])
def test_only_active_providers_see_leads(session: Session, world: World, sell: Sell, status: str) -> None:
    sell(world.ann)
    session.execute(text("update provider set status = :s where id = :p"), {"s": status, "p": world.ann.provider.id})
    with pytest.raises(ProviderNotActive):
        inbox.list_assignments(session, actor=world.ann.actor)
