"""Cases: the facts of the moment of decision, and nothing that came after it."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy.orm import Session

from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from ml.cases import FACTS, from_exchange, from_world
from ml.judging import earlier_and_later
from ml.splits import forward, grouped, together
from ml.world import make_people
from tests.ml import worlds


def test_facts_do_not_change_when_anything_later_does(session: Session, now: datetime) -> None:
    world = from_world(make_people(5, leads=60), seed=5)
    worlds.enter(session, world, now, most=30)
    before = from_exchange(session, actor=SYSTEM, until=now)
    worlds.later_events(session, now)
    after = from_exchange(session, actor=SYSTEM, until=now)
    for name in FACTS:
        assert before.table[name].values == after.table[name].values
        np.testing.assert_array_equal(before.table[name].numbers, after.table[name].numbers)


def test_a_cut_off_hides_what_was_not_known_yet(session: Session, now: datetime) -> None:
    world = from_world(make_people(5, leads=60), seed=5)
    worlds.enter(session, world, now, most=20)
    early = from_exchange(session, actor=SYSTEM, until=now - timedelta(days=60) + timedelta(minutes=30 * 9))
    assert len(early.order) == 10 and early.fingerprint != from_exchange(session, actor=SYSTEM, until=now).fingerprint
    assert np.isnan(early.fraud[world.fraud[:10] == 0]).all()  # the time for reports was not over


def test_the_same_history_has_the_same_fingerprint(session: Session, now: datetime) -> None:
    worlds.enter(session, from_world(make_people(5, leads=40), seed=5), now, most=10)
    assert (
        from_exchange(session, actor=SYSTEM, until=now).fingerprint == from_exchange(session, actor=SYSTEM, until=now).fingerprint
    )


def test_providers_may_not_read_the_past(session: Session, now: datetime) -> None:
    with pytest.raises(Forbidden):
        from_exchange(session, actor=Actor(uuid7(), "provider"), until=now)


def test_later_cases_of_an_earlier_group_are_not_tested_on() -> None:
    cases = from_world(make_people(2, leads=400), seed=2)
    paired = type(cases)(**{name: getattr(cases, name) for name in cases.__dataclass_fields__} | {"groups": np.arange(400) % 350})
    early, late = earlier_and_later(paired)
    assert early.order.max() < late.order.min() and not set(early.groups) & set(late.groups)


def test_folds_keep_groups_whole_and_time_forward() -> None:
    groups = together([1, 1, 2, 3, None, None], ["a", "b", "b", "c", "c", None])
    assert groups[0] == groups[1] == groups[2] and groups[3] == groups[4] and len(set(groups)) == 3
    truth = np.tile([0.0, 1.0], 50)
    owners = np.repeat(np.arange(25), 4)
    for learn, rest in grouped(truth, owners, folds=5, seed=0):
        assert not set(owners[learn]) & set(owners[rest]) and 15 <= len(rest) <= 25
    for past, rest in forward(np.arange(100.0), np.arange(100), folds=4):
        assert past.max() < rest.min()
