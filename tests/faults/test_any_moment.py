"""One instance, one trouble after the other at a moment of no choice, under load: every rule holds after each."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.gateways.app import Gateways
from demo.gateways.keys import environment, fresh_keys
from demo.gateways.serve import running as running_gateways
from tests import servers
from tests.eventually import eventually
from tests.faults import rules
from tests.faults.instance import Instance, running
from tests.faults.load import Load
from tests.faults.troubles import ANY_MOMENT, Trouble
from tests.faults.world import World, a_world
from tests.mailserver import running_mail_server

BEFORE, AFTER = 12, 25  # things done under load before the trouble, and again once it is over


@dataclass
class Ground:
    """A running instance, what is in it, and the services around it."""

    instance: Instance
    world: World
    gateways: Gateways


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with ExitStack() as stack:
        keys = fresh_keys()
        gateways, base = stack.enter_context(running_gateways(keys))
        mail = stack.enter_context(running_mail_server())
        home: Path = servers.home_of_this_run() / "faults"
        around = environment(keys, base) | {"SMTP_URL": mail.url}
        yield Ground(stack.enter_context(running(home, **around)), a_world(), gateways)


@pytest.mark.long
@pytest.mark.parametrize("trouble", ANY_MOMENT, ids=lambda trouble: trouble.__name__)
def test_nothing_is_lost_and_nothing_is_done_twice(ground: Ground, trouble: Trouble) -> None:
    instance, world = ground.instance, ground.world
    instance.until_ready()
    world.more(40, gateways=ground.gateways, events=20)
    with Load(instance.port, world) as load:
        eventually(lambda: load.done() >= BEFORE, within_s=90)
        trouble(instance)
        before = load.done()
        eventually(lambda: load.done() >= before + AFTER, within_s=120)
    instance.until_ready()
    rules.until_settled()
    assert rules.broken(instance.port, world, load.told) == []
