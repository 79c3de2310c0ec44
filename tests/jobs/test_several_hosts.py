"""Two hosts on one PostgreSQL and one Redis: what one knows the other knows, and nothing is done twice (docs/scaling.md).

Each has a ``.local`` of its own; what they share beside the two servers is the secret key, as on machines of one deployment.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import httpx
import pytest
from sqlalchemy import Engine, text

from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.local.places import free_port
from tests.core.accounts.people import PASSWORD, a_person
from tests.core.leads.world import a_request, a_world
from tests.eventually import eventually
from tests.jobs.conftest import StartWorker, until_state
from tests.jobs.test_worker import a_mail
from tests.mailserver import MailServer

API = "/api/v1"
SERVER = ("-m", "gunicorn", "--config", "python:intake_api.gunicorn_settings", "--workers", "1", "cli.wsgi:app")
MAILS = 24


@pytest.fixture
def hosts(exchange: Engine, tmp_path: Path) -> Iterator[list[httpx.Client]]:
    """Clients of two production servers."""
    clients: list[httpx.Client] = []
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for name in ("first", "second"):
            port, home = free_port(), tmp_path / name
            home.mkdir()
            with (home / "log").open("wb") as log:
                environment = os.environ | {"HOTLEADS_HOME": str(home), "HOTLEADS_PORT": str(port)}
                processes.append(subprocess.Popen([sys.executable, *SERVER], env=environment, stdout=log, stderr=log))
            clients.append(httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30))
        for client in clients:
            eventually(lambda client=client: _answers(client), within_s=300)  # type: ignore[misc]
        yield clients
    finally:
        for client in clients:
            client.close()  # or a server waits for it
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(60)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health/live").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.long  # two production servers start
def test_two_web_hosts_are_one_exchange(hosts: list[httpx.Client]) -> None:
    first, second = hosts
    with transaction() as session:
        user, other = a_person(session, utc_now()), a_person(session, utc_now())
        world = a_world(session, utc_now())
        request = a_request(world.niche)

    def sign_in(host: httpx.Client, email: str, password: str = PASSWORD) -> httpx.Response:
        host.cookies.clear()  # a program, not a browser
        return host.post(f"{API}/auth/login", json={"email": email, "password": password})

    # A sign-in is a row, so it is valid everywhere, and over everywhere.
    mine = {"Authorization": f"Bearer {sign_in(first, user.email).json()['token']}"}
    first.cookies.clear()
    assert second.get(f"{API}/auth/me", headers=mine).json()["email"] == user.email
    assert second.post(f"{API}/auth/logout", headers=mine).status_code == 200
    assert first.get(f"{API}/auth/me", headers=mine).status_code == 401

    # A limit counts what came to both.
    tries = [sign_in(hosts[number % 2], other.email, "wrong wrong wrong").status_code for number in range(5)]
    assert tries == [401] * 5
    assert [sign_in(host, other.email).status_code for host in hosts] == [429, 429]
    for host in hosts:
        host.cookies.clear()

    # A key acts once, whichever host is asked, also when both are at once.
    body = {"niche": request.niche, "zip": request.zip, "form_data": request.form_data, "consent": request.consent}
    together = Barrier(2)

    def send(host: httpx.Client) -> httpx.Response:
        together.wait(timeout=20)
        return host.post(f"{API}/leads", json=body | {"contact": request.contact}, headers={"Idempotency-Key": "once"})

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(send, hosts))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert len({answer.json()["lead_id"] for answer in answers}) == 1
    assert sorted("Idempotency-Replayed" in answer.headers for answer in answers) == [False, True]

    # What a niche asks is remembered by each, yet a closed one takes no request anywhere.
    with transaction() as session:
        session.execute(text("update niche set status = 'closed' where id = :id"), {"id": world.niche.id})
    refused = [
        host.post(f"{API}/leads", json=body | {"contact": request.contact | {"email": "new@example.com"}}) for host in hosts
    ]
    assert [answer.status_code for answer in refused] == [404, 404], [answer.text for answer in refused]


def test_two_workers_share_the_work_and_the_clock(
    mail_server: MailServer, start_worker: StartWorker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("first", "second"):
        monkeypatch.setenv("HOTLEADS_HOME", str(tmp_path / name))
        start_worker()
    rows = [a_mail(str(number)) for number in range(MAILS)]
    for row in rows:
        until_state(row, "done")
    assert len(mail_server.letters) == MAILS, "each once"

    query = text("select kind, payload ->> 'slot' from outbox where kind like 'schedule.%'")

    def slots() -> Counter[tuple[str, str]]:
        with transaction() as session:
            return Counter((kind, slot) for kind, slot in session.execute(query))

    seals: Callable[[], bool] = lambda: sum(kind == "schedule.seal" for kind, _ in slots()) >= 2  # noqa: E731
    eventually(seals)
    assert set(slots().values()) == {1}, "each slot of the clock once, whoever keeps it"
