"""Lists from the command line: in force, shown with their dates, asked (SPEC 2.5)."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from cli.main import app
from core.kit.clock import utc_now
from core.kit.db import transaction
from tests.builders import a_provider

TODAY = utc_now().date()


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
def test_what_is_wrong_is_said(database: Engine, words: tuple[str, ...]) -> None:
    code, said = run("upload", "State", *words)
    assert code == 2 and ("2026-11-28" in said or "can't be read" in said)
