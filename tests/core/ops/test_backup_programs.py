"""Programs that fail while they are given something say why, and none is waited for for ever (SPEC 13.7)."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.ops.backup import programs
from core.ops.backup.manifest import BackupFailed

TALKS = "head -c 300000 /dev/zero | tr '\\0' '\\n' >&2"  # more than a pipe holds


def much() -> Iterator[bytes]:
    return iter([b"x" * 5_000] * 2_000)


def test_one_that_stops_reading_says_why() -> None:
    with pytest.raises(BackupFailed, match="Unpacking failed: error: no room"):
        programs.feed(["sh", "-c", "echo error: no room >&2; exit 3"], much(), what="Unpacking")


def test_one_that_says_much_before_it_reads_is_not_waited_for_for_ever() -> None:
    programs.feed(["sh", "-c", f"{TALKS}; cat > /dev/null"], much(), what="Unpacking")
    with pytest.raises(BackupFailed, match="error: in the end"):
        programs.feed(["sh", "-c", f"{TALKS}; cat > /dev/null; echo error: in the end >&2; exit 1"], much(), what="Unpacking")


def test_one_that_is_read_from_may_say_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "talker"
    program.write_text(f"#!/bin/sh\n{TALKS}\necho all\nexit 0\n")
    program.chmod(0o755)
    for parent in (tmp_path, *tmp_path.parents):
        if os.access(parent, os.W_OK) and parent.stat().st_uid == os.geteuid():
            parent.chmod(parent.stat().st_mode | 0o011)
    monkeypatch.setattr(programs, "find_program", lambda name, fix: str(program))
    with programs.reading("talker", url="postgresql:///x") as answer:
        assert answer.read() == b"all\n"
