"""``hotleads doctor`` finds what is really broken, and says how to mend it."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from cli import doctor, doctor_inside
from core import accounts
from core.accounts.sessions import open_session
from core.kit import config, outbox
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.config import DEVELOPMENT_SECRET
from core.kit.db import transaction
from core.kit.local.places import free_port
from tests.builders import a_user
from tests.cli.conftest import Run

Capture = pytest.CaptureFixture[str]
Found = Callable[[str], str]


@pytest.fixture
def found(run: Run, database: Engine, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Found:
    """``found("queue")``: what the doctor says of one part, beginning with True or False."""
    monkeypatch.setenv("HOTLEADS_PORT", str(free_port()))
    config.settings.cache_clear()

    def look(name: str) -> str:
        code = run("doctor", "--json")
        answer = json.loads(capsys.readouterr().out)
        assert code == (0 if answer["ok"] else 1) and answer["ok"] == all(check["ok"] for check in answer["checks"])
        return next(f"{check['ok']} {check['detail']}" for check in answer["checks"] if check["name"] == name)

    return look


def as_owner(*statements: str) -> None:
    with transaction() as session:
        session.execute(text("set local role none"))
        for statement in statements:
            session.execute(text(statement))


def open_session_of(session: Session) -> Actor:
    return open_session(session, user=a_user(session, utc_now(), role="admin"), ip=None, user_agent="tests", now=utc_now()).actor


def test_a_whole_installation_is_whole(found: Found) -> None:
    assert found("migrations") == "True revision 0001, the newest"
    assert found("clock").startswith("True") and found("queue").startswith("True") and found("dead letters") == "True none"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("delete from alembic_version", "False The database has no tables yet. Run `hotleads migrate`"),
        ("update alembic_version set version_num = '9999'", "False A newer release has changed the database (revision 9999)"),
    ],
)
def test_a_database_of_another_release(found: Found, statement: str, said: str) -> None:
    as_owner(statement)
    assert found("migrations").startswith(said)


def test_a_database_behind_this_release(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    behind = doctor_inside.standing(config.settings().database_url)
    monkeypatch.setattr(doctor_inside, "standing", lambda url: type(behind)(behind.current, "0002", True))
    check = doctor_inside.examine_inside(serving=False)[0]
    assert not check.ok and "`hotleads backup`), then run `hotleads migrate`" in check.detail


def test_jobs_that_nobody_takes_and_jobs_that_are_dead(found: Found) -> None:
    with transaction() as session:
        for kind, key in (("email", "one"), ("lead.score", "two")):
            outbox.enqueue(session, kind, key=key, now=utc_now())
    as_owner(
        "update outbox set id = dated_id(now() - interval '1 day'), run_at = now() - interval '1 day' where key = 'one'",
        "update outbox set state = 'dead', attempts = 5, failed_at = now(), finished_at = now() where key = 'two'",
    )
    assert found("queue").startswith("False") and "Is a worker running?" in found("queue")
    assert found("dead letters").startswith("False 1 lead.score used up their tries. Open Operations")


def test_a_worker_is_missed_where_pages_are_served(database: Engine) -> None:
    def said(*, serving: bool) -> tuple[bool, str]:
        check = next(check for check in doctor_inside.examine_inside(serving=serving) if check.name == "worker")
        return check.ok, check.detail

    assert said(serving=False) == (True, "no worker has ever been here; `hotleads up` starts one")
    ok, words = said(serving=True)
    assert not ok and words.startswith("No worker has ever been here: no mail") and "Start `hotleads worker`" in words
    with transaction() as session:
        outbox.enqueue(session, "schedule.seal", key="now", now=utc_now())
    ok, words = said(serving=True)
    assert ok and words.startswith("heard of")


def test_browser_files(found: Found, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert found("browser files") == "True there"
    monkeypatch.setattr(doctor, "VENDOR", tmp_path / "node_modules")
    assert found("browser files").startswith("False The files of maps and type are missing") and "npm ci" in found(
        "browser files"
    )


@pytest.mark.parametrize(
    ("variables", "name", "said"),
    [
        ({"HOTLEADS_SECRET_KEY": "ab" * 20}, "secret key", "False HOTLEADS_SECRET_KEY repeats 2 characters: it can be guessed."),
        ({"STRIPE_SECRET_KEY": "sk_test_1"}, "secrets", "False Set STRIPE_WEBHOOK_SECRET"),
        ({"PAYPAL_CLIENT_ID": "client"}, "secrets", "False Set PAYPAL_CLIENT_SECRET and PAYPAL_WEBHOOK_ID"),
        ({"HOTLEADS_MLFLOW_URL": "http://127.0.0.1:1"}, "mlflow", "False http://127.0.0.1:1 does not answer"),
        ({"SMTP_URL": "smtp://127.0.0.1:1"}, "smtp", "False 127.0.0.1 does not take mail"),
    ],
)
def test_settings_that_can_not_work(
    found: Found, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str, said: str
) -> None:
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    config.settings.cache_clear()
    assert found(name).startswith(said)


def test_what_up_sealed_is_read_with_the_key_that_this_machine_made(
    found: Found, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Beside a running ``hotleads up`` nothing names the key: it lies under HOTLEADS_HOME."""
    made = "quartz-Lantern-meadow-0123456789-harbour"
    monkeypatch.setenv("HOTLEADS_ENV", "development")
    monkeypatch.setenv("HOTLEADS_SECRET_KEY", made)
    config.settings.cache_clear()
    with transaction() as session:
        accounts.start_totp(session, actor=open_session_of(session), now=utc_now())
    monkeypatch.setenv("HOTLEADS_SECRET_KEY", DEVELOPMENT_SECRET)
    config.settings.cache_clear()
    assert found("sealed values").startswith("False Some of user_session.pending_totp")
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / "secret-key").write_text(made)
    assert found("sealed values").startswith("True")
    assert found("secret key") == "True this machine's own, kept under HOTLEADS_HOME"


def test_production_wants_more(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLEADS_ENV", "production")
    monkeypatch.setenv("HOTLEADS_SECRET_KEY", "quartz-Lantern-meadow-0123456789-harbour")
    monkeypatch.setenv("HOTLEADS_METRICS_TOKEN", "short")
    config.settings.cache_clear()
    said = found("secrets")
    assert said.startswith("False Set SMTP_URL") and "HOTLEADS_PUBLIC_URL" in said and "HOTLEADS_METRICS_TOKEN" in said
    assert found("worker").startswith("False")


def test_settings_that_can_not_be_read(run: Run, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("HOTLEADS_ENV", "production")
    config.settings.cache_clear()
    assert run("doctor", "--json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert [check["name"] for check in answer["checks"]] == ["settings"]
    assert "production refuses the development secret" in answer["checks"][0]["detail"]


def test_a_server_of_models_that_answers(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    class Healthy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/health" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the test's own output is enough."""

    server = HTTPServer(("127.0.0.1", 0), Healthy)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        monkeypatch.setenv("HOTLEADS_MLFLOW_URL", f"http://127.0.0.1:{server.server_port}")
        config.settings.cache_clear()
        assert found("mlflow").startswith("True")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
