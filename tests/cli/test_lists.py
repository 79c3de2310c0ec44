"""Lists from the command line: in force, shown with their dates, asked (SPEC 2.5)."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from cli.main import app
from core.kit.clock import utc_now
from core.kit.db import transaction
from tests.builders import a_provider
from tests.cli.conftest import Run
from tests.cli.conftest import run as hotleads

TODAY = utc_now().date()
Capture = pytest.CaptureFixture[str]
__all__ = ["hotleads"]  # a fixture


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["lists", *words])
    return done.exit_code, done.output


def test_a_list_is_uploaded_shown_and_asked(database: Engine, tmp_path: Path) -> None:
    with transaction() as session:
        provider = a_provider(session, utc_now(), company_name="Desert Roofing")
    file = tmp_path / "list.csv"
    file.write_text("pat@example.com\n702 234 1001\n")
    assert run("check", "--phone", "702 234 1001") == (0, "always      not listed      everybody: internal\nClear.\n")
    old = (TODAY - timedelta(days=40)).isoformat()
    assert run("upload", "State", str(file), "--made", TODAY.isoformat()) == (0, "State is in force with 2 entries.\n")
    assert run("upload", "Own", str(file), "--made", old, "--provider", str(provider.id))[0] == 0
    code, shown = run("show")
    assert code == 0 and f"{TODAY}  ok" in shown and f"{old}  TOO OLD   Desert Roofing: Own (2)" in shown
    code, told = run("check", "--email", "nobody@example.com")
    assert code == 1 and "too old to say" in told and told.endswith("Do not contact.\n")


def test_who_calls_is_put_on_our_own_list_and_taken_off(database: Engine) -> None:
    assert run("block", "--phone", "702 234 1001", "--reason", "Called.") == (0, "On our own list.\n")
    assert run("check", "--phone", "(702) 234-1001") == (1, "always      listed          everybody: internal\nDo not contact.\n")
    assert run("unblock", "--phone", "702 234 1001", "--reason", "Wrote.") == (0, "On no list any more.\n")
    assert run("check", "--phone", "702 234 1001")[0] == 0
    assert run("block", "--reason", "Nobody.")[0] != 0


@pytest.mark.parametrize("words", [("list.csv", "--made", "yesterday"), ("missing.csv", "--made", "2026-11-04")])
def test_what_is_wrong_is_said(hotleads: Run, database: Engine, capsys: Capture, words: tuple[str, ...]) -> None:
    assert hotleads("lists", "upload", "State", *words) == 1
    said = capsys.readouterr().err
    assert said.startswith("hotleads: ") and ("2026-11-28" in said or "can't be read" in said)


def test_a_list_is_dropped_by_its_name_and_no_other(hotleads: Run, database: Engine, tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "list.csv"
    file.write_text("pat@example.com\n")
    made = f"{TODAY:%m/%d/%Y}"  # as an American writes it
    assert hotleads("lists", "upload", "State", str(file), "--made", made, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["name"], told["list_date"], told["entries"], told["company"]) == ("State", TODAY.isoformat(), 1, None)
    assert hotleads("lists", "drop", "Stat") == 1 and "There are: State." in capsys.readouterr().err
    assert hotleads("lists", "check", "--email", "pat@example.com", "--json") == 1
    assert json.loads(capsys.readouterr().out)["clear"] is False
    assert hotleads("lists", "drop", "State") == 0 and hotleads("lists", "show", "--json") == 0
    assert capsys.readouterr().out.endswith('{"items": []}\n')
