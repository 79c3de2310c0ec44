"""A worker killed with SIGKILL at any instant loses no lead and charges nobody twice (SPEC 5.4)."""

import multiprocessing
import signal
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from core import distribution, ledger
from core.distribution.sweep import PATIENCE
from core.kit.actor import SYSTEM
from core.kit.db import transaction
from tests.core.distribution.crowd import distribute, sales
from tests.core.distribution.victim import work
from tests.core.distribution.world import a_world, assert_whole

PLACES = ["in the turn", "after the turn", "between charge and commit", "after the commit"]
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.core.distribution.victim"])


def kill_at(place: str, lead: UUID, now: datetime, database: Engine) -> None:
    """Let a worker come to the place, and kill it there."""
    ours, its = FORKS.Pipe()
    url = database.url.render_as_string(hide_password=False)
    worker = FORKS.Process(target=work, args=(url, lead, place, now, its))
    worker.start()
    its.close()
    assert ours.recv() == place
    if place == "between charge and commit":
        assert sales() == {}, "nobody else sees a sale before its commit"
    worker.kill()
    worker.join()
    assert worker.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("place", PLACES)
def test_killed_and_done_again_charges_once(database: Engine, now: datetime, place: str) -> None:
    with transaction() as session:
        world = a_world(session, now)
        world.level(2)
        buyers = world.buyers(3)
        lead = world.lead().id
    kill_at(place, lead, now, database)
    later = now + PATIENCE + timedelta(seconds=1)
    with transaction() as session:
        swept = distribution.sweep_unfinished(session, now=later)
    assert swept == ([] if place == "after the commit" else [lead])
    distribute(lead, later)
    assert sales() == {buyers[0]: 1, buyers[1]: 1}
    with transaction() as session:
        assert {ledger.balance(session, actor=SYSTEM, provider_id=buyer).balance_cents for buyer in buyers[:2]} == {97_500}
        assert session.execute(text("select turns from niche_turn")).scalar_one() == 1
        assert session.execute(text("select count(*) from outbox where kind = 'email'")).scalar_one() == 2
        assert_whole(session)
