"""Competition levels: order, activity, deletion."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import niches
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.errors import Forbidden, Invalid
from core.kit.ids import uuid7
from tests import builders
from tests.at_once import at_once, done_or_refused, each_at_once


def add(session: Session, admin: Actor, now: datetime, niche_id: UUID, name: str, **more: Any) -> niches.LevelView:
    wanted = {"price_cents": 2500, "max_recipients": 3} | more
    return niches.create_level(session, actor=admin, niche_id=niche_id, name=name, now=now, **wanted)


@pytest.fixture
def niche_id(session: Session, now: datetime) -> UUID:
    return builders.a_niche(session, now).id


def names(session: Session, niche_id: UUID) -> list[str]:
    levels = niches.levels_of(session, niche_id)
    assert [level.position for level in levels] == list(range(1, len(levels) + 1))
    return [level.name for level in levels]


def test_create_appends_and_edit_changes(session: Session, admin: Actor, now: datetime, niche_id: UUID) -> None:
    first = add(session, admin, now, niche_id, "Exclusive", max_recipients=1, exclusive=True)
    free = add(session, admin, now, niche_id, "Free", price_cents=0)
    assert (first.position, free.position, free.price_cents, free.active) == (1, 2, 0, True)
    edited = niches.edit_level(
        session, actor=admin, level_id=free.id, name="Gift", description="Try us", max_recipients=5, price_cents=100, now=now
    )
    assert (edited.name, edited.description, edited.max_recipients, edited.price_cents) == ("Gift", "Try us", 5, 100)
    actions = list(
        session.execute(text("select action from audit_entry where entity_id = :id order by id"), {"id": free.id}).scalars()
    )
    assert actions == ["level.created", "level.price_changed", "level.edited"]
    with pytest.raises(niches.NameTaken):
        add(session, admin, now, niche_id, "Gift")
    with pytest.raises(niches.NameTaken):
        niches.edit_level(session, actor=admin, level_id=first.id, name="Gift", now=now)
    other = builders.a_niche(session, now)
    assert add(session, admin, now, other.id, "Gift").position == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"description": "x" * 1001}, "description"),
        ({"price_cents": -1}, "price_cents"),
        ({"price_cents": 10_000_001}, "price_cents"),
        ({"price_cents": 9.5}, "price_cents"),
        ({"price_cents": True}, "price_cents"),
        ({"max_recipients": 0}, "max_recipients"),
        ({"max_recipients": 101}, "max_recipients"),
        ({"exclusive": True}, "max_recipients"),
    ],
)
def test_values_out_of_range(
    session: Session, admin: Actor, now: datetime, niche_id: UUID, change: dict[str, Any], field: str
) -> None:
    level = add(session, admin, now, niche_id, "Standard")
    for act in (
        lambda: niches.edit_level(session, actor=admin, level_id=level.id, now=now, **change),
        lambda: add(session, admin, now, niche_id, **({"name": "New"} | change)),
    ):
        with pytest.raises(Invalid) as refused:
            act()
        assert set(refused.value.fields) == {field}
    assert niches.get_level(session, level.id) == level


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), count=st.integers(1, 7))
def test_any_order_is_kept_as_1_to_n(session: Session, admin: Actor, now: datetime, data: st.DataObject, count: int) -> None:
    niche = builders.a_niche(session, now)
    levels = [add(session, admin, now, niche.id, f"L{n}") for n in range(count)]
    wanted = data.draw(st.permutations([level.id for level in levels]))
    ordered = niches.reorder_levels(session, actor=admin, niche_id=niche.id, level_ids=wanted, now=now)
    assert [level.id for level in ordered] == wanted
    assert [level.position for level in ordered] == list(range(1, count + 1))


def test_reorder_wants_every_level_once(session: Session, admin: Actor, now: datetime, niche_id: UUID) -> None:
    a, b = (add(session, admin, now, niche_id, name).id for name in "ab")
    foreign = add(session, admin, now, builders.a_niche(session, now).id, "c").id
    for wrong in ([], [a], [a, a], [a, b, b], [a, foreign], [a, b, foreign], [a, uuid7()]):
        with pytest.raises(niches.NicheInvalid):
            niches.reorder_levels(session, actor=admin, niche_id=niche_id, level_ids=wrong, now=now)
    assert names(session, niche_id) == ["a", "b"]


def test_the_last_active_level_stays(session: Session, admin: Actor, now: datetime, niche_id: UUID) -> None:
    a, b = (add(session, admin, now, niche_id, name).id for name in "ab")
    assert not niches.deactivate_level(session, actor=admin, level_id=a, now=now).active
    for act in (niches.deactivate_level, niches.delete_level):
        with pytest.raises(niches.LastActiveLevel):
            act(session, actor=admin, level_id=b, now=now)
    with pytest.raises(niches.LevelUnchanged):
        niches.deactivate_level(session, actor=admin, level_id=a, now=now)
    assert niches.activate_level(session, actor=admin, level_id=a, now=now).active
    with pytest.raises(niches.LevelUnchanged):
        niches.activate_level(session, actor=admin, level_id=a, now=now)
    assert [level.name for level in niches.levels_of(session, niche_id, active_only=True)] == ["a", "b"]


def test_deleting_closes_the_gap(session: Session, admin: Actor, now: datetime, niche_id: UUID) -> None:
    ids = [add(session, admin, now, niche_id, name).id for name in "abcd"]
    niches.delete_level(session, actor=admin, level_id=ids[1], now=now)
    assert names(session, niche_id) == ["a", "c", "d"]
    assert add(session, admin, now, niche_id, "e").position == 4
    with pytest.raises(niches.LevelNotFound):
        niches.delete_level(session, actor=admin, level_id=ids[1], now=now)


def test_a_level_in_use_is_kept(session: Session, admin: Actor, now: datetime) -> None:
    niche = builders.a_niche(session, now)
    sold, live, past, spare = (builders.a_level(session, now, niche) for _ in range(4))
    provider = builders.a_provider(session, now)
    builders.a_subscription(session, now, provider, live)
    builders.a_subscription(session, now, provider, past, status="ended", ended_at=now)
    lead = builders.a_lead(session, now, niche, builders.a_market(session, now), slots=1)
    session.execute(
        text("update slot set state = 'sold', provider_id = :p where lead_id = :lead"), {"p": provider.id, "lead": lead.id}
    )
    session.execute(
        text("""insert into assignment (id, lead_id, provider_id, slot_no, channel, niche_id, level_id, price_cents, assigned_at)
                values (:id, :lead, :p, 1, 'marketplace', :n, :level, 0, :now)"""),
        {"id": uuid7(), "lead": lead.id, "p": provider.id, "n": niche.id, "level": sold.id, "now": now},
    )
    for level in (sold, live, past):
        with pytest.raises(niches.LevelInUse):
            niches.delete_level(session, actor=admin, level_id=level.id, now=now)
    niches.delete_level(session, actor=admin, level_id=spare.id, now=now)
    assert len(niches.levels_of(session, niche.id)) == 3


@pytest.mark.parametrize("role", ["analyst", "scientist", "provider", "public"])
def test_only_admins_change_levels(session: Session, admin: Actor, now: datetime, niche_id: UUID, role: Any) -> None:
    level = add(session, admin, now, niche_id, "a")
    actor = Actor(user_id=uuid7(), role=role)
    acts: list[Callable[[], object]] = [
        lambda: add(session, actor, now, niche_id, "b"),
        lambda: niches.edit_level(session, actor=actor, level_id=level.id, name="x", now=now),
        lambda: niches.reorder_levels(session, actor=actor, niche_id=niche_id, level_ids=[level.id], now=now),
        lambda: niches.deactivate_level(session, actor=actor, level_id=level.id, now=now),
        lambda: niches.activate_level(session, actor=actor, level_id=level.id, now=now),
        lambda: niches.delete_level(session, actor=actor, level_id=level.id, now=now),
        lambda: niches.cancel_price_change(session, actor=actor, level_id=level.id, now=now),
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    assert names(session, niche_id) == ["a"]


def test_two_admins_deactivate_the_last_two_levels_at_once(database: Engine, admin: Actor, now: datetime) -> None:
    with transaction(database) as session:
        niche = builders.a_niche(session, now)
        ids = [builders.a_level(session, now, niche).id for _ in range(2)]

    def deactivate(level_id: UUID) -> None:
        with transaction(database) as session:
            niches.deactivate_level(session, actor=admin, level_id=level_id, now=now)

    for _ in range(5):
        told = each_at_once(done_or_refused, [partial(deactivate, id_) for id_ in ids])
        assert sorted(told) == ["done", "level.last_active"]
        with transaction(database) as session:
            levels = niches.levels_of(session, niche.id)
            assert [level.active for level in levels].count(True) == 1
            idle = next(level.id for level in levels if not level.active)
            niches.activate_level(session, actor=admin, level_id=idle, now=now)


def test_levels_added_and_moved_at_once_leave_no_gap(database: Engine, admin: Actor, now: datetime) -> None:
    with transaction(database) as session:
        niche = builders.a_niche(session, now)
        ids = [builders.a_level(session, now, niche).id for _ in range(4)]

    def add_one(name: str) -> None:
        with transaction(database) as session:
            add(session, admin, now, niche.id, name)

    def delete_one() -> None:
        with transaction(database) as session:
            niches.delete_level(session, actor=admin, level_id=ids[0], now=now)

    at_once(lambda: add_one("x"), lambda: add_one("y"), delete_one)
    with transaction(database) as session:
        assert len(names(session, niche.id)) == 5
