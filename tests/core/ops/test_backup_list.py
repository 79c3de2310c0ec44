"""One backup that can't be read hides no other, and is never taken for one that may go (SPEC 13.7)."""

import fcntl
from datetime import timedelta
from pathlib import Path

import pytest

from core.kit.clock import utc_now
from core.ops import backup
from core.ops.backup import BackupFailed
from core.ops.backup.take import LOCK, _directory, _rotate, clear_cut_short
from tests.builders import a_backup


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An old backup, a newer one, and beside them one whose power went away and one of another program."""
    for name, hours in (("old", 30), ("new", 1)):
        a_backup(tmp_path / name, ended_at=utc_now() - timedelta(hours=hours))
    for name, words in (("torn", ""), ("other", '{"files": 3}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text(words)
    return tmp_path


def test_what_can_t_be_read_hides_no_other(place: Path) -> None:
    assert [manifest.directory.name for manifest in backup.kept(place)] == ["old", "new"]
    assert backup.choose(place).directory.name == "new"
    with pytest.raises(BackupFailed, match="can't be read"):
        backup.choose(place / "torn")


def test_where_none_can_be_read_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "manifest.json").write_text("")
    with pytest.raises(BackupFailed, match=r"torn.*can't be read"):
        backup.choose(tmp_path)


def test_the_oldest_go_and_what_can_t_be_read_stays(place: Path) -> None:
    """Nobody can tell what is in it: a person decides."""
    said: list[str] = []
    _rotate(place, keep=1, say=said.append)
    assert sorted(path.name for path in place.iterdir()) == ["new", "other", "torn"]
    assert said == ["Dropped the old backup old."]


def test_what_a_killed_backup_left_is_cleared_away_and_what_is_being_made_is_not(tmp_path: Path) -> None:
    said: list[str] = []
    for name in ("killed.part", "made.part", "begun.part"):
        (tmp_path / name).mkdir()
    for name in ("killed.part", "made.part"):
        (tmp_path / name / LOCK).touch()
    (tmp_path / "killed.part" / "base.tar.gz").write_bytes(b"x" * 1000)
    with (tmp_path / "made.part" / LOCK).open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        clear_cut_short(tmp_path, say=said.append)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["begun.part", "made.part"]
    assert said == ["Removed killed.part, which was cut short."]


def test_a_backup_that_is_whole_keeps_no_lock(tmp_path: Path) -> None:
    with _directory(tmp_path, utc_now(), physical=False) as part:
        clear_cut_short(tmp_path, say=print)
        assert part.exists(), "it is held"
    (made,) = tmp_path.iterdir()
    assert made.suffix != ".part" and list(made.iterdir()) == []
