"""A running instance with its world, its load and the services around it, each behind a door."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from demo.gateways.app import Gateways
from demo.gateways.keys import environment, fresh_keys
from demo.gateways.serve import running as running_gateways
from tests.eventually import eventually
from tests.faults import rules
from tests.faults.door import Door, door_to
from tests.faults.instance import Instance, running
from tests.faults.load import Load, Told
from tests.faults.world import World, a_world
from tests.mailserver import MailServer, running_mail_server

BEFORE, AFTER = 12, 25  # things done under load before the trouble, and again once it is over


@dataclass
class Ground:
    """What a trouble is done to."""

    instance: Instance
    world: World
    gateways: Gateways
    mail: MailServer
    mail_door: Door
    gateway_door: Door

    def under_load(self, trouble: Callable[[Instance], object], *, seed: int = 1) -> Told:
        """Do it at a moment of no choice while the instance is used, wait until work goes on and everything is done."""
        self.instance.until_ready()
        self.world.more(40, gateways=self.gateways, events=20)
        with Load(self.instance.port, self.world, seed=seed) as load:
            eventually(lambda: load.done() >= BEFORE, within_s=90)
            trouble(self.instance)
            before = load.done()
            eventually(lambda: load.done() >= before + AFTER, within_s=120)
        self.instance.until_ready()
        rules.until_settled()
        return load.told

    def broken(self, told: Told) -> list[str]:
        """Every rule that does not hold."""
        return rules.broken(self.instance.port, self.world, told)


@contextmanager
def standing(home: Path, *, disk: Path | None = None, **more: str) -> Iterator[Ground]:
    """A whole instance and what it talks to."""
    with ExitStack() as stack:
        keys = fresh_keys()
        gateways, base = stack.enter_context(running_gateways(keys))
        mail = stack.enter_context(running_mail_server())
        doors = [stack.enter_context(door_to(int(urlsplit(url).port or 0))) for url in (mail.url, base)]
        around = environment(keys, f"http://127.0.0.1:{doors[1].port}")
        gateways.at(f"http://127.0.0.1:{doors[1].port}")  # where it says that its certificates are
        around["SMTP_URL"] = f"smtp://127.0.0.1:{doors[0].port}"
        instance = stack.enter_context(running(home, disk=disk, **around, **more))
        yield Ground(instance, a_world(), gateways, mail, *doors)
