"""A batch, a push and a replay that share a person at one moment queue for each other and never wait in a circle (SPEC 8.4)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core import leads, sourcing
from core.kit.db import transaction
from core.kit.errors import Conflict
from core.sourcing import Pushed, RawRecord, RunCounts, Walk, runs
from core.sourcing.locks import lock_meetings
from core.sourcing.prepare import prepare
from core.sourcing.receive import receive
from core.sourcing.replay import replay_quarantined
from core.sourcing.take import meeting_points, rules_of, take
from tests.at_once import each_at_once, until_somebody_waits
from tests.builders import a_market, a_niche
from tests.core.sourcing.lines import Lines, World
from tests.core.sourcing.test_sources import a_source, allow, an_admin


@pytest.fixture
def committed(database: Engine, now: datetime) -> World:
    """A source with one record in quarantine, in a database of its own, for several connections."""
    with transaction() as session:
        a_market(session, now)
        niche, admin = a_niche(session, now), an_admin(session, now)
        source = a_source(session, now, admin, niche_id=niche.id)
        allow(session, now, admin, source.id)
        world = World(session, now, admin, source.id, niche.slug)
        world.take(world.said("1", zip=None))
    return world


def alone(world: World, act: Callable[[World], Any]) -> Any:
    """What an act returns, in a transaction of its own."""
    with transaction() as session:
        return act(replace(world, session=session))


def a_walk(world: World) -> Walk:
    """A walk that began in a transaction of its own, as jobs begin theirs."""
    begun: Walk = alone(
        world, lambda w: sourcing.begin_run(w.session, actor=w.admin, source_id=w.source_id, cause="schedule", now=w.now)
    )
    return begun


class Batch:
    """A walk's batch of one record: it has its people by now, and is stored later."""

    def __init__(self, world: World, walk: Walk, session: Session, version: str) -> None:
        self.world, self.walk, self.session = world, walk, session
        self.items = prepare(Lines(), [world.said("1", version)], rules_of(session, walk))
        traits = [trait for item in self.items for trait in item.traits]
        lock_meetings(session, keys=meeting_points(walk.source_id, self.items), traits=traits)

    def store(self) -> RunCounts:
        return take(self.session, walk=self.walk, items=self.items, now=self.world.now)


def push(world: World, record: RawRecord | None = None) -> RunCounts:
    pushed = Pushed((record or world.said("1", "2"),))
    return receive(world.session, source_id=world.source_id, pushed=pushed, connector=Lines(), now=world.now)


def replay(world: World) -> str:
    (entry,) = sourcing.list_quarantine(world.session, actor=world.admin)
    return replay_quarantined(world.session, actor=world.admin, entry_id=entry.id, connector=Lines(), now=world.now).outcome


def test_a_push_waits_for_a_batch_of_its_source_that_has_the_same_person(committed: World) -> None:
    walk = a_walk(committed)
    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            batch = Batch(committed, walk, session, "2")
            pushed = pool.submit(alone, committed, push)
            until_somebody_waits()
            assert batch.store() == RunCounts(fetched=1, fresh=1)
        assert pushed.result() == RunCounts(fetched=1, unchanged=1)


def test_a_replay_waits_for_a_batch_that_brings_the_same_record(committed: World) -> None:
    walk = a_walk(committed)
    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            batch = Batch(committed, walk, session, "2")
            asked = pool.submit(alone, committed, replay)
            until_somebody_waits()
            assert batch.store() == RunCounts(fetched=1, fresh=1)
        with pytest.raises(sourcing.QuarantineSettled):
            asked.result()


def test_what_is_corrected_while_a_replay_waits_is_looked_at_again(committed: World) -> None:
    walk = a_walk(committed)
    (entry,) = alone(committed, lambda w: sourcing.list_quarantine(w.session, actor=w.admin))
    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            Batch(committed, walk, session, "2")
            asked = pool.submit(alone, committed, replay)
            until_somebody_waits()
            fixed = {"actor": committed.admin, "entry_id": entry.id, "fields": {"zip": "89109"}, "now": committed.now}
            sourcing.fix_quarantined(session, **fixed)
        with pytest.raises(Conflict) as moved:
            asked.result()
    assert moved.value.code == "quarantine.corrected"
    assert alone(committed, replay) == "fresh"


def test_a_push_that_changes_a_lead_waits_for_who_holds_it_without_keeping_the_source(committed: World) -> None:
    """As a record is set apart: the lead that it was taken for first, then a run of the source."""
    alone(committed, lambda w: w.take(w.said("7")))
    (lead,) = alone(committed, lambda w: w.rows("select id from lead"))
    changed = replace(committed.said("7", "2", text="Also the gutters."), fetched_at=committed.now + timedelta(hours=1))
    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            leads.lock(session, lead.id)
            pushed = pool.submit(alone, committed, lambda w: push(w, changed))
            until_somebody_waits()
            apart = {"actor": committed.admin, "source_id": committed.source_id, "cause": "replay", "now": committed.now}
            walk = sourcing.begin_run(session, **apart)
            runs.advance(
                session,
                run_id=walk.run_id,
                source_id=walk.source_id,
                counts=RunCounts(),
                cursor=None,
                newest=None,
                now=committed.now,
            )
        assert pushed.result() == RunCounts(fetched=1, changed=1)


def test_the_first_pushes_of_a_day_share_one_run(committed: World) -> None:
    records = [committed.said(str(n)) for n in range(20, 24)]
    counts = each_at_once(lambda one: alone(committed, lambda w: push(w, one)), records)
    assert counts == [RunCounts(fetched=1, fresh=1)] * 4
    (run,) = alone(committed, lambda w: w.rows("select fetched from source_run where cause = 'push'"))
    assert run.fetched == 4
