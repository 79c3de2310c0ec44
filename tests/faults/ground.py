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
from tests.faults.crm import Crm, running_crm
from tests.faults.door import Door, door_to
from tests.faults.instance import Instance, running
from tests.faults.load import Load, Told
from tests.faults.world import World, a_world
from tests.mailserver import MailServer, running_mail_server
from tests.peers import language_model
from tests.peers.language_model import LanguageModel

MODEL = {
    "OPENAI_API_KEY": "sk-test",
    "HOTLEADS_ENRICHMENT_MODEL": "stand-in",
    "HOTLEADS_ENRICHMENT_INPUT_CENTS_PER_MILLION": "15",
    "HOTLEADS_ENRICHMENT_OUTPUT_CENTS_PER_MILLION": "60",
    "HOTLEADS_ENRICHMENT_PATIENCE_S": "3",
}
BEFORE, AFTER = 12, 25  # things done under load before the trouble, and again once it is over


@dataclass
class Ground:
    """What a trouble is done to."""

    instance: Instance
    world: World
    gateways: Gateways
    mail: MailServer
    model: LanguageModel
    crm: Crm
    mail_door: Door
    gateway_door: Door
    model_door: Door

    def under_load(self, trouble: Callable[[Instance], object], *, seed: int = 1) -> Told:
        """Do it at a moment of no choice while the instance is used, wait until work goes on and everything is done."""
        self.instance.until_ready()
        self.world.more(40, gateways=self.gateways, events=20)
        with self.load(seed=seed) as load:
            eventually(lambda: load.done() >= BEFORE, within_s=90)
            trouble(self.instance)
            before = load.done()
            eventually(lambda: load.done() >= before + AFTER, within_s=120)
        self.until_settled()
        return load.told

    def load(self, *, seed: int) -> Load:
        """People and programs that use it, and read their mail."""
        return Load(self.instance.port, self.world, mail=self.mail, seed=seed, pause_s=0.3)

    def until_settled(self, *, within_s: float = 300) -> None:
        """Wait until it is ready, nothing is left to do, and whoever is to be told has been."""
        self.instance.until_ready(within_s=within_s)
        rules.until_settled(within_s=within_s)
        self.crm.until_told(within_s=within_s)
        rules.until_settled(within_s=within_s)

    def broken(self, told: Told) -> list[str]:
        """Every rule that does not hold."""
        written = {str(letter["To"]) for letter in self.mail.letters}
        unwritten = [f"no letter came to {email}" for email in told.submitted if email not in written]
        return rules.broken(self.instance.port, self.world, told) + self.crm.broken() + unwritten


@contextmanager
def standing(home: Path, *, disk: Path | None = None, **more: str) -> Iterator[Ground]:
    """A whole instance and what it talks to."""
    with ExitStack() as stack:
        keys = fresh_keys()
        gateways, base = stack.enter_context(running_gateways(keys))
        mail = stack.enter_context(running_mail_server())
        model, asked = stack.enter_context(language_model.running())
        crm = stack.enter_context(running_crm())
        doors = [stack.enter_context(door_to(int(urlsplit(url).port or 0))) for url in (mail.url, base, asked)]
        around = environment(keys, f"http://127.0.0.1:{doors[1].port}")
        gateways.at(f"http://127.0.0.1:{doors[1].port}")  # where it says that its certificates are
        around["SMTP_URL"] = f"smtp://127.0.0.1:{doors[0].port}"
        around |= MODEL | {"OPENAI_BASE_URL": f"http://127.0.0.1:{doors[2].port}/v1", "HOTLEADS_PRIVATE_HOSTS": "127.0.0.1"}
        instance = stack.enter_context(running(home, disk=disk, **around, **more))
        world = a_world()
        crm.connect(world.providers)
        yield Ground(instance, world, gateways, mail, model, crm, *doors)
