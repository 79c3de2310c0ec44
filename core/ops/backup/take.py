"""Make a backup: the whole cluster as its files where we may, a logical dump where we may not (SPEC 13.7)."""

import fcntl
import hashlib
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO

import psycopg

from core import audit
from core.kit.config import settings
from core.ops.backup import programs, wal
from core.ops.backup.manifest import CHUNK, BackupFailed, Kept, Manifest, checksum, kept, key_check

LOCK = ".lock"  # held while a backup is being made
BASE, DUMP, SEALS = "base.tar.gz", "hotleads.dump", "seals.jsonl"
Say = Callable[[str], None]
_ABOUT = """select current_database(), current_setting('server_version'), clock_timestamp(),
                   (select rolname from pg_roles where oid = 10), r.rolreplication or r.rolsuper,
                   case when r.rolsuper then (select sum(pg_database_size(oid)) from pg_database where datallowconn)
                        else pg_database_size(current_database()) end
              from pg_roles r where r.rolname = current_user"""


def take(root: Path, *, keep: int = 7, logical: bool = False, say: Say) -> Manifest:
    """Write a backup into a new directory under ``root`` and drop the oldest beyond ``keep``.

    Raises ``BackupFailed`` in words, leaving nothing half-made behind.
    """
    url = settings().database_url
    clear_cut_short(root, say=say)
    with _connected(url) as database:
        about = _about(database)
        physical = about[1] and not logical
        if not physical:
            say(_why_logical(asked=logical))
        with _directory(root, about[0].started_at, physical) as directory:
            manifest = replace(about[0], directory=directory, kind="physical" if physical else "logical")
            seals = _copy_seals(directory)  # first: the file must not know a seal that the backup lacks
            files = (_physical if physical else _logical)(database, url, manifest)
            ended = _row(database, "select clock_timestamp()")[0]
            manifest = replace(files, files=files.files | seals, ended_at=ended)
            manifest.write()
        if physical:
            wal.switch(database)
    finished = replace(manifest, directory=directory.with_suffix(""))
    _rotate(root, keep=keep, say=say)
    return finished


def _why_logical(*, asked: bool) -> str:
    if asked:
        return "Making a logical dump. It can be restored as it is, not to a later moment."
    return (
        "This database user may not copy the server's files (it lacks REPLICATION): making a logical dump instead. It can "
        "be restored as it is, not to a later moment, and the trail has to be sealed anew afterwards."
    )


def _about(database: psycopg.Connection) -> tuple[Manifest, bool]:
    name, version, started, superuser, may_copy, size = _row(database, _ABOUT)
    archive = settings().wal_archive
    manifest = Manifest(
        kind="logical",
        database=name,
        superuser=superuser,
        server_version=version,
        started_at=started,
        ended_at=started,
        unpacked_bytes=int(size),
        key_check=key_check(),
        wal_archive=str(archive.resolve()) if archive else None,
    )
    return manifest, bool(may_copy)


def _physical(database: psycopg.Connection, url: str, manifest: Manifest) -> Manifest:
    """The data directory and the log that makes it whole, as one compressed tar.

    A slot that ends with our connection keeps the log on the server until it is copied.
    """
    _row(database, "select pg_create_physical_replication_slot('hotleads_backup_' || pg_backend_pid(), true, true)")
    first = _row(database, "select pg_walfile_name(restart_lsn) from pg_replication_slots where active_pid = pg_backend_pid()")[0]
    words = ["-D", "-", "-F", "tar", "-X", "fetch", "-c", "fast", "-l", "hotleads"]
    with programs.reading("pg_basebackup", *words, url=url) as out:
        base = _write(manifest.directory / BASE, _pressed(out))
    return replace(manifest, files={BASE: base}, first_segment=first)


def _logical(_database: psycopg.Connection, url: str, manifest: Manifest) -> Manifest:
    with programs.reading("pg_dump", "-F", "custom", "--no-owner", "--enable-row-security", url=url) as out:
        dump = _write(manifest.directory / DUMP, iter(lambda: out.read(CHUNK), b""))
    return replace(manifest, files={DUMP: dump})


def _pressed(out: IO[bytes]) -> Iterator[bytes]:
    """The stream as gzip, at the level that costs least."""
    press = zlib.compressobj(1, wbits=31)
    while chunk := out.read(CHUNK):
        yield press.compress(chunk)
    yield press.flush()


def _write(path: Path, chunks: Iterator[bytes]) -> Kept:
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        for chunk in chunks:
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        file.flush()
        os.fsync(file.fileno())
    return Kept(size, digest.hexdigest())


def _copy_seals(directory: Path) -> dict[str, Kept]:
    source, target = audit.seal_file_path(), directory / SEALS
    if not source.exists():
        return {}
    shutil.copyfile(source, target)
    return {SEALS: Kept(target.stat().st_size, checksum(target))}


@contextmanager
def _directory(root: Path, at: datetime, physical: bool) -> Iterator[Path]:
    """A directory that gets its name when the backup is whole, and is gone when it is not."""
    name = f"{at:%Y-%m-%dT%H-%M-%S}-{at.microsecond // 1000:03}Z-{'physical' if physical else 'logical'}"
    part = root / f"{name}.part"
    try:
        part.mkdir(parents=True, mode=0o700)
        with (part / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield part
            (part / LOCK).unlink()
        part.rename(root / name)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise BackupFailed("backup.write", programs.room_sentence(error, root)) from error
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def clear_cut_short(root: Path, *, say: Say) -> None:
    """Remove what killed backups left under ``root``: those being made are held by whoever makes them."""
    for part in root.glob("*.part"):
        with suppress(OSError), (part / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(part)
            say(f"Removed {part.name}, which was cut short.")


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as database:
        yield database


def _row(database: psycopg.Connection, query: str) -> tuple:  # type: ignore[type-arg]
    row = database.execute(query).fetchone()
    assert row is not None
    return tuple(row)


def _rotate(root: Path, *, keep: int, say: Say) -> None:
    """Drop the oldest backups, and the log that only they needed."""
    found = kept(root)
    for old in found[: max(0, len(found) - keep)]:
        shutil.rmtree(old.directory)
        say(f"Dropped the old backup {old.directory.name}.")
    left = [manifest.first_segment for manifest in found[-keep:] if manifest.first_segment]
    archive = settings().wal_archive
    if archive and left and (gone := wal.prune(archive, before=min(left))):
        say(f"Dropped {gone} log segments older than the oldest backup.")
