"""A record is set apart while others decide about it, its lead or its person (SPEC 8.4)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from core import sourcing
from core.kit.db import transaction
from core.sourcing import CannotSetApart, RunCounts
from tests.at_once import at_once, until_somebody_waits
from tests.builders import a_market, a_niche
from tests.core.sourcing.arrivals import JUNIOR, SENIOR
from tests.core.sourcing.lines import Lines, World
from tests.core.sourcing.test_apart import erase, founders, later, merge_first, newest, set_apart
from tests.core.sourcing.test_sources import a_source, allow, an_admin


@pytest.fixture
def committed(database: Engine, now: datetime) -> World:
    """The twins in a database of their own, for several connections."""
    with transaction() as session:
        a_market(session, now)
        niche, admin = a_niche(session, now), an_admin(session, now)
        source = a_source(session, now, admin, niche_id=niche.id)
        allow(session, now, admin, source.id)
        world = World(session, now, admin, source.id, niche.slug)
        world.take(world.said("1", **SENIOR))
        world.take(world.said("2", **JUNIOR))
    return world


def in_its_own(world: World, act: Callable[[World], Any]) -> Any:
    """What an act returns, or the words of its refusal, in a transaction of its own."""
    try:
        with transaction() as session:
            return act(replace(world, session=session))
    except CannotSetApart as refused:
        return refused.message


def test_of_two_admins_at_once_one_is_told_that_it_is_done(committed: World) -> None:
    told = at_once(*[lambda: in_its_own(committed, set_apart)] * 2)
    (made,) = [one for one in told if isinstance(one, UUID)]
    assert [one for one in told if one != made] == ["This record has a lead of its own."]
    assert in_its_own(committed, lambda w: len(w.rows("select from lead"))) == 2


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (lambda w: w.take(later(w, 1, w.said("2", "2", **JUNIOR, text="Also the gutters."))), "newer"),
        (lambda w: w.take(later(w, 1, w.said("2", "gone"), gone=True)), "gone from its source"),
        (erase, "erased"),
        (merge_first, "merged into another"),
    ],
    ids=["changed", "gone", "erased", "merged"],
)
def test_what_happens_at_that_moment_is_waited_for(committed: World, happens: Callable[[World], Any], words: str) -> None:
    in_its_own(committed, lambda w: w.take(w.said("9", name="Bram Okafor", street="77 Quarry Rd")))
    raw_id = in_its_own(committed, newest)
    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            happens(replace(committed, session=session))
            asked = pool.submit(
                in_its_own,
                committed,
                lambda w: sourcing.set_apart(w.session, actor=w.admin, raw_id=raw_id, connector=Lines(), now=w.now),
            )
            until_somebody_waits()
        assert words in asked.result()
    assert in_its_own(committed, lambda w: len(w.rows("select from lead"))) == 2


def test_who_speaks_while_a_record_is_set_apart_follows_its_new_lead(committed: World) -> None:
    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            made = set_apart(replace(committed, session=session))
            said = later(committed, 1, committed.said("2", "2", **JUNIOR | {"name": "Josie B Halvorsen"}))
            heard = pool.submit(in_its_own, committed, lambda w: w.take(said))
            until_somebody_waits()
        assert heard.result() == RunCounts(fetched=1, changed=1)
    assert in_its_own(committed, founders)["2"] == (made, True)
