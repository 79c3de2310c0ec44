"""The archive of the write-ahead log: is it kept, how far, and what of it is no longer needed (SPEC 13.7)."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

SEGMENT = re.compile(r"^[0-9A-F]{24}(\.[0-9A-F]{8}\.backup)?(\.gz)?(\.part)?$")


@dataclass(frozen=True, slots=True)
class Archiving:
    """Whether the server sends its log away, when it last could, and when it last failed."""

    on: bool
    last_at: datetime | None
    failed_at: datetime | None

    @property
    def broken(self) -> bool:
        """True when the latest try failed."""
        return self.on and self.failed_at is not None and (self.last_at is None or self.failed_at > self.last_at)


def standing(database: psycopg.Connection) -> Archiving:
    """What the server says of its archive."""
    row = database.execute(
        "select current_setting('archive_mode') <> 'off', last_archived_time, last_failed_time from pg_stat_archiver"
    ).fetchone()
    assert row is not None
    return Archiving(*row)


def switch(database: psycopg.Connection) -> None:
    """Have the segment in use archived, so that the log reaches past this moment; nothing when we may not ask."""
    database.execute(
        """select case when has_function_privilege('pg_switch_wal()', 'execute') and current_setting('archive_mode') <> 'off'
                       then pg_switch_wal() end"""
    )


def prune(archive: Path, *, before: str) -> int:
    """Delete segments that came before the one named, whatever their timeline; returns how many."""
    gone = 0
    for path in archive.iterdir():
        if SEGMENT.match(path.name) and path.name[8:24] < before[8:24]:
            path.unlink()
            gone += 1
    return gone
