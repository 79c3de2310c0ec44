"""Commands read like one family: the release, JSON for programs, days and money as people write them, files in one sentence."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.main import get_command

from cli.main import app
from cli.moments import day, moment
from cli.reference.commands import flat
from cli.replay import _value
from core.kit.errors import Invalid
from tests.cli.conftest import Run

Capture = pytest.CaptureFixture[str]
# Servers, what is a file or a document by itself, and what says a sentence when it is done.
WITHOUT_JSON = {
    *("up", "web", "worker", "mlflow", "mail-catcher", "stub-gateways", "alerting", "openapi"),
    *("migrate", "seed", "invite-admin", "reseal", "dedupe", "normalize"),
}


def test_what_tells_something_tells_programs_too() -> None:
    commands = flat(get_command(app))
    with_json = {name for name, command in commands.items() if any("--json" in param.opts for param in command.params)}
    assert set(commands) - with_json == WITHOUT_JSON


def test_the_release_is_told(run: Run, capsys: Capture) -> None:
    assert run("--version") == 0 and capsys.readouterr().out == "hotleads 0.1.0\n"


def test_settings_for_programs_hide_secrets_too(run: Run, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLEADS_METRICS_TOKEN", "not-for-everybody")
    assert run("config", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["HOTLEADS_METRICS_TOKEN"] == "********" and told["HOTLEADS_ENV"] == "test"


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01 08:00", datetime(2026, 11, 1, 8, tzinfo=UTC)),
        ("2026-11-01T08:00:30Z", datetime(2026, 11, 1, 8, 0, 30, tzinfo=UTC)),
        ("2026-11-01T08:00-08:00", datetime(2026, 11, 1, 16, tzinfo=UTC)),
        ("11/1/2026", datetime(2026, 11, 1, tzinfo=UTC)),
        ("Nov 1, 2026", datetime(2026, 11, 1, tzinfo=UTC)),
        ("1 November 2026", datetime(2026, 11, 1, tzinfo=UTC)),
    ],
)
def test_moments_as_people_write_them(told: str, meant: datetime) -> None:
    assert moment(told) == meant


@pytest.mark.parametrize("told", ["", "x", "20261101", "2026-13-01", "31/12/2026", "yesterday"])
def test_what_is_no_moment_is_refused_and_not_guessed(told: str) -> None:
    with pytest.raises(Invalid, match="is no moment"):
        moment(told)
    with pytest.raises(Invalid, match="is no day"):
        day(told)


def test_a_day_has_no_hour() -> None:
    assert day("11/28/2026") == day("28 Nov 2026") == date(2026, 11, 28)
    with pytest.raises(Invalid):
        day("2026-11-28 10:00")


@pytest.mark.parametrize(("told", "cents"), [("3000", 3000), ("$30", 3000), ("$1,240.50", 124_050), ("$0.05", 5)])
def test_cents_also_as_dollars(told: str, cents: int) -> None:
    assert _value("level.Shared.price_cents", told) == cents


def test_dollars_are_for_cents_only_and_whole() -> None:
    assert _value("level.Shared.max_recipients", "$30") == "$30" and _value("level.Shared.price_cents", "$3.5") == "$3.5"


def test_a_file_is_not_written_over_itself(run: Run, tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "people.csv"
    file.write_text("name,email\nPat Lee,pat@example.com\n")
    (tmp_path / "other.csv").symlink_to(file)
    for command, out in (("dedupe", file), ("normalize", file), ("dedupe", tmp_path / "other.csv")):
        assert run(command, str(file), "--out", str(out)) == 1
        assert "is the file that is read. Give --out another name." in capsys.readouterr().err
    assert file.read_text() == "name,email\nPat Lee,pat@example.com\n"


def test_a_place_that_can_not_be_written_is_a_sentence(run: Run, tmp_path: Path, capsys: Capture) -> None:
    for words in (["alerting", "--out", str(tmp_path / "no" / "a.yml")], ["months", "--out", "/proc/nowhere"]):
        assert run(*words) == 1
        said = capsys.readouterr().err
        assert said.startswith("hotleads: ") and said.count("\n") == 1


def test_options_that_would_be_left_aside_are_refused(run: Run, capsys: Capture) -> None:
    assert run("verify", "--key", "abc") == 2 and "--key goes with --passport" in capsys.readouterr().err
    assert run("capacity", "--leads-per-day", "many") == 2 and run("capacity", "--leads-per-day", "10,000", "--json") == 0
