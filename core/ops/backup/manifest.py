"""What a backup says of itself: one JSON file beside its data, with a checksum for every file."""

import hashlib
import hmac
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from core.kit.config import settings
from core.kit.crypto import key_for, keys_for
from core.kit.errors import Unavailable

NAME = "manifest.json"
CHUNK = 1 << 20
KEY_PURPOSE = "backup"


class BackupFailed(Unavailable):
    """A backup could not be made, read or brought back; the message says what to mend."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One file of a backup."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A finished backup: ``physical`` ones can go on to any later moment, ``logical`` ones are of their own only."""

    kind: Literal["physical", "logical"]
    database: str
    superuser: str
    server_version: str
    started_at: datetime
    ended_at: datetime
    unpacked_bytes: int
    key_check: str
    first_segment: str | None = None
    wal_archive: str | None = None
    files: dict[str, Kept] = field(default_factory=dict)
    directory: Path = Path()

    def write(self) -> None:
        """Put it beside the data."""
        said = {name: value for name, value in asdict(self).items() if name != "directory"}
        with (self.directory / NAME).open("w") as file:
            file.write(json.dumps(said, indent=2, default=str) + "\n")
            file.flush()
            os.fsync(file.fileno())  # before the backup gets its name

    @property
    def key_is_ours(self) -> bool:
        """True when what is encrypted in it can be read with this process's secret key, or a previous one."""
        return self.key_check in [_check_of(key) for key in keys_for(KEY_PURPOSE)]

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.bytes for file in self.files.values())


def key_check() -> str:
    """Tells two secret keys apart without telling anything about them."""
    return _check_of(key_for(KEY_PURPOSE))


def _check_of(key: bytes) -> str:
    return hmac.digest(key, b"which key", "sha256").hex()[:16]


def place() -> Path:
    """Where backups are kept: ``HOTLEADS_BACKUPS``, by default a folder in the home directory."""
    return settings().backups or settings().home / "backups"


def read(directory: Path) -> Manifest:
    """The manifest in a backup's directory; raises ``BackupFailed`` in words."""
    try:
        said: dict[str, Any] = json.loads((directory / NAME).read_text())
        said["files"] = {name: Kept(**file) for name, file in said["files"].items()}
        for name in ("started_at", "ended_at"):
            said[name] = datetime.fromisoformat(said[name])
        return Manifest(**said, directory=directory)
    except FileNotFoundError as error:
        raise BackupFailed("backup.missing", f"There is no backup in {directory}. `hotleads backup` makes one.") from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupFailed("backup.unreadable", f"{directory / NAME} can't be read ({error}). Use another backup.") from error


def kept(root: Path) -> list[Manifest]:
    """The whole backups under ``root``, oldest first; what was cut short or can't be read is left out."""
    found = []
    for directory in directories(root):
        with suppress(BackupFailed):  # which must not hide the others
            found.append(read(directory))
    return sorted(found, key=lambda manifest: manifest.ended_at)


def unreadable(root: Path) -> list[str]:
    """What is wrong with those under ``root`` that can't be read, a sentence each."""
    wrong = []
    for directory in directories(root):
        try:
            read(directory)
        except BackupFailed as error:
            wrong.append(error.message)
    return wrong


def directories(root: Path) -> list[Path]:
    """What looks like a backup under ``root``."""
    return sorted(path.parent for path in root.glob(f"*/{NAME}") if not path.parent.name.endswith(".part"))


def last_backup() -> Manifest | None:
    """The newest backup in the usual place."""
    found = kept(place())
    return found[-1] if found else None


def check_files(manifest: Manifest) -> None:
    """Compare every file with its checksum; raises ``BackupFailed`` that names the first damaged one."""
    for name, file in manifest.files.items():
        path = manifest.directory / name
        try:
            digest = checksum(path)
        except OSError as error:
            raise BackupFailed("backup.damaged", f"{path} can't be read ({error.strerror}). Use another backup.") from error
        if digest != file.sha256:
            raise BackupFailed("backup.damaged", f"{path} is not what was written: its checksum differs. Use another backup.")


def checksum(path: Path) -> str:
    """SHA-256 of a file, hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
