"""Commands as a person or a script calls them (the command line contract)."""

import json
import os
import smtplib
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

from cli import bench
from cli.outages import sentence_for
from core.kit import config, db, redis
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.local import LocalPostgres, places
from core.kit.local.places import free_port
from tests.builders import a_provider
from tests.cli.conftest import Run
from tests.eventually import eventually


def test_config_hides_secrets(run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HOTLEADS_SECRET_KEY", "s" * 40)
    monkeypatch.setenv("SMTP_URL", "smtp://me:hidden@mail.example:587")
    config.settings.cache_clear()
    assert run("config") == 0
    shown = capsys.readouterr().out
    assert "HOTLEADS_SECRET_KEY=********" in shown and "smtp://me:********@mail.example:587" in shown
    assert "ssss" not in shown and "hidden" not in shown


def test_bad_settings_are_one_readable_message(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLEADS_PORT", "eighty")
    config.settings.cache_clear()
    assert run("config") == 1
    err = capsys.readouterr().err
    assert err.startswith("hotleads: The settings can't be used.\nHOTLEADS_PORT:") and "Traceback" not in err


def test_migrate_and_seed_make_an_empty_database_usable(run: Run, database: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("migrate") == 0 and "revision 0001" in capsys.readouterr().out
    assert run("seed") == 0 and run("seed") == 0
    counts = "select (select count(*) from market), (select count(*) from niche), (select count(*) from user_account)"
    with transaction() as session:
        assert session.execute(text(counts)).one() == (4, 4, 1)
        assert session.execute(text("select count(*) from email_template where not active")).scalar_one() == 0


def test_verify_answers_programs_and_fails_when_a_row_was_altered(
    run: Run, database: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    run("seed")
    capsys.readouterr()
    assert run("verify", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is True and answer["checks"]
    assert all(set(check) == {"name", "ok", "detail"} for check in answer["checks"])
    with transaction() as session:
        provider = a_provider(session, utc_now(), balance_cents=5_000)
        session.execute(text("set role none"))  # as the owner of the database could
        session.execute(text("alter table wallet disable trigger user"))
        session.execute(text("update wallet set balance_cents = 900000 where provider_id = :id"), {"id": provider.id})
    assert run("verify", "--json") == 1
    broken = json.loads(capsys.readouterr().out)
    assert broken["ok"] is False and any(not check["ok"] for check in broken["checks"])


def test_doctor_tells_programs_and_people(run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HOTLEADS_PORT", str(free_port()))
    config.settings.cache_clear()
    assert run("doctor", "--json") == 0
    names = [check["name"] for check in json.loads(capsys.readouterr().out)["checks"]]
    outside = ["python", "database", "redis", "port", "smtp", "npm", "browser files", "disk", "secret key", "secrets", "mlflow"]
    assert names == [*outside, "backups", "log archive", "migrations"]
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:1/x")
    config.settings.cache_clear()
    assert run("doctor") == 1
    shown = capsys.readouterr().out
    assert "FAIL database" in shown and "FAIL redis" in shown and "2 of 14 checks failed." in shown and "secret@" not in shown


@pytest.mark.parametrize("program", ["initdb", "redis-server"])
def test_a_missing_server_is_one_sentence_with_its_fix(
    run: Run, program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(places, "DEBIAN", tmp_path / "nothing")
    monkeypatch.setenv("PATH", str(tmp_path))
    given = ("REDIS_URL", "redis://elsewhere") if program == "initdb" else ("DATABASE_URL", "postgresql://elsewhere/x")
    monkeypatch.setenv(*given)
    monkeypatch.setenv("DATABASE_URL" if program == "initdb" else "REDIS_URL", "")
    config.settings.cache_clear()
    assert run("migrate") == 1
    err = capsys.readouterr().err
    assert err.startswith(f"hotleads: {program} is not installed. On Debian or Ubuntu: apt-get install") and err.count("\n") == 1


@pytest.mark.parametrize(
    ("variable", "url", "said"),
    [
        ("DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:1/x", "The database can't be reached: "),
        ("REDIS_URL", "redis://127.0.0.1:1/0", "Redis does not answer (ConnectionError). Check REDIS_URL"),
    ],
)
def test_a_server_of_yours_that_is_away_is_one_sentence(
    run: Run,
    database: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    url: str,
    said: str,
) -> None:
    monkeypatch.setenv(variable, url)
    monkeypatch.setenv("HOTLEADS_PORT", str(free_port()))
    config.settings.cache_clear()
    redis.redis.cache_clear()
    assert run("up") == 1
    err = capsys.readouterr().err
    assert err.startswith(f"hotleads: {said}") and err.count("\n") == 1 and "secret" not in err
    monkeypatch.undo()
    redis.redis.cache_clear()


def test_verify_of_an_empty_database_says_what_to_do(
    run: Run, postgres: LocalPostgres, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    postgres.create_database("empty_one")
    monkeypatch.setenv("DATABASE_URL", postgres.url("empty_one"))
    config.settings.cache_clear()
    db.engine.cache_clear()
    assert run("verify") == 1
    assert "FAIL database  The database has no tables yet. Run `hotleads migrate`." in capsys.readouterr().out
    db.engine().dispose()
    db.engine.cache_clear()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (psycopg.OperationalError('connection failed: FATAL:  role "hotleads_app" does not exist'), "Run `hotleads migrate`"),
        (psycopg.errors.FeatureNotSupported('extension "postgis" is not available'), "apt-get install postgresql-postgis"),
        (psycopg.errors.InsufficientPrivilege('permission denied to create extension "postgis"'), "let a superuser run"),
        (psycopg.errors.SyntaxError("a bug of ours"), None),
    ],
)
def test_what_a_database_of_yours_refuses_is_told_with_its_fix(error: Exception, said: str | None) -> None:
    told = sentence_for(error)
    assert (told is None) if said is None else said in (told or "")


def test_a_benchmark_is_found_by_name(run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("bench", "no-such") == 1
    assert "There is no benchmark named no-such. There are: " in capsys.readouterr().err
    assert bench.table({"name": "x", "machine": {"cores": 2}}) == "name           x\nmachine.cores  2"


def test_the_mail_catcher_keeps_what_it_takes(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "cli", "mail-catcher", "--port", str(port)]
    with subprocess.Popen(command, env=os.environ | {"HOTLEADS_HOME": str(tmp_path)}, stderr=subprocess.PIPE) as catcher:
        try:
            assert catcher.stderr is not None and b"Taking mail at" in catcher.stderr.readline()
            with smtplib.SMTP("127.0.0.1", port) as client:
                client.sendmail("a@example.com", ["b@example.com"], "Subject: Hello\r\n\r\nWords.\r\n")
            (letter,) = eventually(lambda: list((tmp_path / "mail").glob("*.eml")))
            assert b"Subject: Hello" in letter.read_bytes()
        finally:
            catcher.terminate()
        assert catcher.wait(timeout=10) == 0
