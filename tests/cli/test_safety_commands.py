"""Backup, restore, retention and the checks of a machine, as commands: one sentence when something is wrong."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from core.kit import config
from core.kit.db import transaction
from tests.cli.conftest import Run

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def backups(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("HOTLEADS_BACKUPS", str(tmp_path / "backups"))
    config.settings.cache_clear()
    return tmp_path / "backups"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "There is no backup in"),
        (("--at", "yesterday"), "'yesterday' is no moment. Write it as 2026-11-01, 2026-11-01T08:00 (UTC)"),
        (("--at", "2026-11-22T10:15:30"), "There is no backup in"),
    ],
)
def test_a_restore_that_can_not_be_is_one_sentence(
    run: Run,
    backups: Path,
    tmp_path: Path,
    capsys: Capture,
    words: tuple[str, ...],
    sentence: str,
) -> None:
    assert run("restore", "--to", str(tmp_path / "second"), *words) == 1
    said = capsys.readouterr().err
    assert said.startswith("hotleads: ") and sentence in said and said.count("\n") == 1
    assert not (tmp_path / "second").exists()


def test_a_backup_into_what_is_no_directory(run: Run, database: Engine, backups: Path, capsys: Capture) -> None:
    backups.write_text("a file")
    assert run("backup") == 1
    assert "Make room there, or keep backups elsewhere with HOTLEADS_BACKUPS." in capsys.readouterr().err
    assert backups.read_text() == "a file"


def test_retention_says_first_what_it_would_do(run: Run, database: Engine, capsys: Capture) -> None:
    with transaction() as session:
        session.execute(text("insert into health_probe values ('2020-01-01 00:00+00', true, 3, null)"))
    capsys.readouterr()
    assert run("retention", "--dry-run", "--json") == 0
    rules = {rule["rule"]: rule for rule in json.loads(capsys.readouterr().out)}
    assert (rules["retain_probe_days"]["rows"], rules["retain_probe_days"]["days"]) == (1, 400)
    assert run("retention") == 0
    assert "Health probes" in capsys.readouterr().out
    with transaction() as session:
        assert session.execute(text("select count(*) from health_probe")).scalar_one() == 0
        assert session.execute(text("select count(*) from audit_entry where action = 'retention.removed'")).scalar_one() == 1


def test_reseal_is_refused_where_it_is_needless(run: Run, database: Engine, capsys: Capture) -> None:
    assert run("reseal", "--reason", "just to be sure") == 1
    assert "there is nothing to seal anew" in capsys.readouterr().err


def test_doctor_looks_at_backups_and_the_archive(
    run: Run,
    database: Engine,
    backups: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: Capture,
) -> None:
    def found(name: str) -> str:
        run("doctor", "--json")
        checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
        return f"{checks[name]['ok']} {checks[name]['detail']}"

    assert found("backups").startswith("True none in")
    assert found("log archive").startswith("True off")
    monkeypatch.setenv("HOTLEADS_WAL_ARCHIVE", str(tmp_path / "wal"))
    config.settings.cache_clear()
    assert found("log archive").startswith("False") and "does not exist yet" in found("log archive")
    (tmp_path / "wal").mkdir()
    assert found("log archive").startswith("False The running server does not archive its log.")
    (backups / "x").mkdir(parents=True)
    (backups / "x" / "manifest.json").write_text("{}")
    assert found("backups").startswith("False") and "can't be read" in found("backups")
