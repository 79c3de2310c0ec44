"""What there is to come back to: the backups of the usual place, and the archive of the log (SPEC 13.7)."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import psycopg
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.ops.backup import wal
from core.ops.backup.manifest import BackupFailed, Manifest, directories, place, read


@dataclass(frozen=True, slots=True)
class BackupView:
    """A backup by the name of its directory; ``bytes`` on disk; ``problem`` says why one can't be used, the rest is ``None``."""

    name: str
    kind: Literal["physical", "logical"] | None
    ended_at: datetime | None
    bytes: int | None
    key_is_ours: bool | None
    reaches_on: bool | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """Where backups are kept, each of them, newest first, and how far the log is archived."""

    place: str
    backups: list[BackupView]
    archiving: bool
    archived_at: datetime | None
    archive_failed_at: datetime | None
    archive_broken: bool

    @property
    def newest(self) -> BackupView | None:
        """The newest backup that can be used."""
        return next((view for view in self.backups if view.problem is None), None)


def overview(session: Session, *, actor: Actor) -> Overview:
    """The backups that this machine can see and what the server says of its archive; those kept elsewhere are not in it."""
    actor.require("admin", "analyst")
    database = session.connection().connection.driver_connection
    assert isinstance(database, psycopg.Connection)
    archive = wal.standing(database)
    where = place()
    views = [_view(directory) for directory in directories(where)]
    return Overview(
        place=str(where),
        backups=sorted(views, key=lambda view: (view.ended_at is not None, view.ended_at, view.name), reverse=True),
        archiving=archive.on,
        archived_at=archive.last_at,
        archive_failed_at=archive.failed_at,
        archive_broken=archive.broken,
    )


def _view(directory: Path) -> BackupView:
    """One that can't be read is told of; it must not hide the others."""
    try:
        manifest = read(directory)
    except BackupFailed as error:
        return BackupView(directory.name, None, None, None, None, None, problem=error.message)
    return BackupView(
        directory.name, manifest.kind, manifest.ended_at, manifest.size, manifest.key_is_ours, _reaches_on(manifest)
    )


def _reaches_on(manifest: Manifest) -> bool:
    """Whether it can be brought to a later moment than its own."""
    return manifest.kind == "physical" and manifest.wal_archive is not None
