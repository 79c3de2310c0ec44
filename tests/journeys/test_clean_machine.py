"""From nothing but the code to the first lead in an inbox: two commands, and the time they take.

    make test-long ARGS="tests/journeys/test_clean_machine.py -rP"

Packages come from the caches of uv and npm: a test asks no other machine for anything. What a machine has to download
on its very first day comes on top.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from core.kit.local.places import free_port
from tests.journeys.browsing import sign_in
from tests.journeys.conftest import OWN_PARTS, Instance, wait_until_ready
from tests.journeys.steps import Stranger, accept, approve, ask, confirm, letter_to

ROOT = Path(__file__).parent.parent.parent
WHO = Stranger("Cleanroom Seller", "cleanroom.seller@example.net", "(702) 555-0171")
OWNER = """
  select u.email from assignment a join lead l on l.id = a.lead_id join contact c on c.id = l.contact_id
    join user_account u on u.provider_id = a.provider_id and u.owner where c.email = %s order by a.id limit 1"""
pytestmark = [pytest.mark.journey, pytest.mark.long]


@pytest.fixture
def began() -> float:
    return time.monotonic()


@pytest.fixture
def instance(tmp_path: Path, began: float) -> Iterator[Instance]:
    """``git clone`` and ``make run``, with no environment, no database and no settings from before."""
    uv = shutil.which("uv") or ROOT / ".local" / "tools" / "bin" / "uv"
    if not Path(uv).exists():
        pytest.skip("uv is not here, and getting it would ask another machine")
    clone, port = tmp_path / "hotleads", free_port()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    known = {*OWN_PARTS, "VIRTUAL_ENV"}
    environment = {name: value for name, value in os.environ.items() if name not in known and not name.startswith("HOTLEADS_")}
    environment |= {"HOTLEADS_PORT": str(port), "UV_OFFLINE": "1", "npm_config_offline": "true"}
    environment |= {"PATH": f"{Path(uv).parent}:{environment['PATH']}"}
    output = tmp_path / "output"
    with output.open("wb") as out:
        up = subprocess.Popen(["make", "run"], cwd=clone, env=environment, stdout=out, stderr=out, start_new_session=True)
        try:
            wait_until_ready(up, output, clone / ".local" / "logs")
            sys.stdout.write(f"`git clone` and `make run`: ready after {time.monotonic() - began:.0f} s\n")
            yield Instance(f"http://127.0.0.1:{port}", clone / ".local")
        finally:
            up.send_signal(signal.SIGTERM)
            up.wait(timeout=60)


def test_two_commands_to_the_first_lead_in_an_inbox(
    page: Page, window: Callable[[], Page], instance: Instance, began: float, record_property: Callable[[str, object], None]
) -> None:
    ask(page, WHO)
    letter, lead = letter_to(instance, WHO)
    admin = window()
    sign_in(admin, "admin@example.com")
    confirm(admin, letter)
    approve(admin, lead, WHO.name)
    (email,) = instance.wait_for(OWNER, WHO.email)
    sign_in(page, email)
    accept(page, WHO.name)
    seconds = round(time.monotonic() - began)
    record_property("seconds", seconds)
    sys.stdout.write(f"the first lead is in an inbox, and accepted, after {seconds} s\n")
