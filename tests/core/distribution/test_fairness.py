"""Fairness as it is measured, and as it comes out (SPEC 5.1, 5.2, 5.7)."""

from collections import Counter
from datetime import timedelta

import pytest

from core import distribution
from core.kit.actor import Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from tests.core.distribution.world import World, change

ADMIN = Actor(user_id=uuid7(), role="admin")


def test_everyone_of_a_level_is_served_equally_often(world: World) -> None:
    level = world.level(3)
    world.buyers(7)
    for _ in range(14):
        world.run()
    (fair,) = distribution.fairness(world.session, actor=ADMIN, niche_id=world.niche.id, now=world.now)
    assert (fair.level_id, fair.received, fair.jain) == (level.id, 42, 1.0)
    assert {share.received for share in fair.shares} == {6}
    assert all(share.share == share.fair_share == pytest.approx(1 / 7) for share in fair.shares)
    assert fair.starving == ()


def test_every_level_starts_equally_often(world: World) -> None:
    for _ in range(3):
        world.buyers(1, world.level(1))
    starts = Counter(world.run().traversal[0] for _ in range(12))
    assert starts == {level.id: 4 for level in world.levels}


def test_one_who_wants_little_does_not_hold_up_the_others(world: World) -> None:
    """Picky buyers stand at the head of the queue for ever; everybody else still takes turns."""
    world.level(1)
    picky = world.buyers(3, filter_compiled='exists($."bedrooms" ? (@ > 9))')
    others = world.buyers(4)
    served = Counter(world.sold_to(world.run().lead_id)[0] for _ in range(12))
    assert served == dict.fromkeys(others, 3) and not set(picky) & set(served)


def test_starvation_and_shares_are_told(world: World) -> None:
    level, empty = world.level(1), world.level(1)
    starving, served, fresh = world.buyers(3, level)
    week = world.now - timedelta(days=8)
    change(world.session, starving, filter_valid=False, created_at=week)
    change(world.session, served, created_at=week)
    change(world.session, fresh, filter_valid=False)
    for _ in range(2):
        world.run()
    fair, nobody = distribution.fairness(world.session, actor=ADMIN, niche_id=world.niche.id, now=world.now)
    assert (fair.received, fair.jain) == (2, pytest.approx(1 / 3))
    assert [share.provider_id for share in fair.starving] == [starving]
    assert {share.provider_id: share.share for share in fair.shares} == {starving: 0, served: 1, fresh: 0}
    assert (nobody.level_id, nobody.shares, nobody.jain) == (empty.id, (), None)


def test_only_staff_see_it(world: World) -> None:
    with pytest.raises(Forbidden):
        actor = Actor(user_id=uuid7(), role="provider", provider_id=uuid7())
        distribution.fairness(world.session, actor=actor, niche_id=world.niche.id, now=world.now)


@pytest.mark.parametrize(("received", "index"), [([], None), ([0, 0], None), ([5, 5, 5], 1.0), ([9, 0, 0], 1 / 3), ([1, 3], 0.8)])
def test_jains_index(received: list[int], index: float | None) -> None:
    assert distribution.jain(received) == (index if index is None else pytest.approx(index))
