"""The shortest of the troubles, in every run of the tests: a worker's process is killed while the exchange is used."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, text
from werkzeug.serving import make_server

from core.kit import config
from core.kit.clock import utc_now
from core.kit.db import transaction
from intake_api.app import create_app
from jobs import broker, relay
from tests.eventually import eventually
from tests.faults import rules
from tests.faults.instance import WORKER, kill
from tests.faults.load import Load
from tests.faults.world import a_world
from tests.mailserver import running_mail_server


@pytest.fixture
def port(database: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The API in a thread of the test's own process, its mail server, and its way to the workers."""
    with running_mail_server() as mail:
        monkeypatch.setenv("SMTP_URL", mail.url)
        monkeypatch.setenv("HOTLEADS_TRUSTED_PROXIES", "1")
        config.settings.cache_clear()
        broker.broker.cache_clear()
        leave = broker.connect()
        server = make_server("127.0.0.1", 0, create_app(), threaded=True)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()
        server.server_close()
        leave()
        broker.broker.cache_clear()


@pytest.fixture
def worker(port: int, tmp_path: Path) -> Iterator[int]:
    """A parent of two processes that do jobs; what a new exchange has to do once a day or more seldom is done."""
    relay.tick({}, now=utc_now())
    with transaction() as session:
        session.execute(text("update outbox set state = 'done', finished_at = now() where state = 'ready'"))
    with (tmp_path / "worker.log").open("wb") as log:
        environment = os.environ | {"HOTLEADS_WORKERS": "2"}
        process = subprocess.Popen([sys.executable, "-c", WORKER], env=environment, stderr=log, start_new_session=True)
    yield process.pid
    process.kill()
    process.wait()


def test_nothing_is_lost_and_nothing_is_done_twice_when_a_worker_is_killed(port: int, worker: int) -> None:
    world = a_world()
    world.more(6)
    first = eventually(lambda: _children(worker))[0]
    with Load(port, world, threads=2) as load:
        eventually(lambda: load.done() >= 4)
        kill(first)
        eventually(lambda: load.done() >= 12)
    rules.until_settled()
    assert rules.differences(world, load.told) == []
    assert load.told.submitted and load.told.approved


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
