"""Bring a backup back into a cluster of its own, as it was when it ended or at any later moment (SPEC 13.7).

The directory becomes a home like any other: ``HOTLEADS_HOME=DIR hotleads verify`` or ``up`` works on what is in it.
Nothing is done to the database that the backup came from.
"""

import gzip
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import psycopg
from psycopg import sql

from core.kit.db import APP_ROLE, TENANT_ROLE
from core.kit.errors import Conflict, Invalid
from core.kit.local import LocalPostgres, archive
from core.kit.local.places import find_program, own
from core.kit.local.postgres import FIX
from core.ops.backup import programs
from core.ops.backup.manifest import CHUNK, NAME, BackupFailed, Manifest, check_files, kept, read, unreadable
from core.ops.backup.take import BASE, DUMP, SEALS

Say = Callable[[str], None]
Moment = datetime | Literal["latest"] | None
RECOVERY_S, START_S = 24 * 3600.0, 15.0
LAST_CHANGE = "last completed transaction was at log time"
_TRUST = "local all all trust\n"
_HBA = "local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\nhost all all ::1/128 scram-sha-256\n"
_NOTE = "# Restored by hotleads, which gives the settings when it starts the server.\n"


@dataclass(frozen=True, slots=True)
class Restored:
    """The new cluster: where it lives, the address while it runs, and the moment it is at."""

    home: Path
    server: LocalPostgres
    url: str
    manifest: Manifest
    moment: datetime


def choose(backup: Path, *, at: Moment = None) -> Manifest:
    """The backup meant by a path: itself, or the newest fit one below it; raises ``BackupFailed`` or ``Invalid``."""
    found = [read(backup)] if (backup / NAME).exists() else kept(backup)
    if not found:
        if wrong := unreadable(backup):
            raise BackupFailed("backup.unreadable", wrong[0])
        raise BackupFailed("backup.missing", f"There is no backup in {backup}. `hotleads backup` makes one.")
    if at is None:
        return found[-1]
    physical = [manifest for manifest in found if manifest.kind == "physical"]
    if not physical:
        raise Invalid("backup.logical", "A logical dump can be restored as it is only; leave --at away.")
    before = [manifest for manifest in physical if at == "latest" or manifest.ended_at <= at]
    if not before:
        words = f"The oldest backup there ended at {physical[0].ended_at:%Y-%m-%d %H:%M:%S} UTC; choose a later moment."
        raise Invalid("backup.too_early", words)
    return before[-1]


def restore(manifest: Manifest, home: Path, *, at: Moment = None, wal: Path | None = None, say: Say) -> Restored:
    """Check, unpack and recover a backup into ``home``, which must not hold anything yet; leaves the server running.

    ``at`` is a moment after the backup or ``latest``, as far as the archive goes; it needs the archive that the backup
    names, or ``wal``. Raises ``BackupFailed``, ``Conflict`` or ``Invalid``.
    """
    log = wal or (Path(manifest.wal_archive) if manifest.wal_archive else None)
    _check(manifest, home, at=at, log=log)
    say(f"Checking the files of {manifest.directory.name} ...")
    check_files(manifest)
    server = LocalPostgres(home, durable=True)
    with _removed_on_failure(home, server):
        if manifest.kind == "physical":
            url = _physical(manifest, server, at=at, log=log, say=say)
        else:
            url = _logical(manifest, server, say=say)
        if SEALS in manifest.files:
            shutil.copyfile(manifest.directory / SEALS, home / SEALS)
    return Restored(
        home, server, url, manifest, _reached(server) or manifest.ended_at if at == "latest" else at or manifest.ended_at
    )


def _check(manifest: Manifest, home: Path, *, at: Moment, log: Path | None) -> None:
    if home.exists() and any(home.iterdir()):
        raise Conflict("restore.not_empty", f"{home} is not empty. Name a directory that does not exist yet.")
    if at is not None and (log is None or not log.is_dir()):
        where = f"{log} is not there" if log else "this backup was made without one"
        words = f"A later moment needs the archive of the log, and {where}. Name it with --wal, or leave --at away."
        raise BackupFailed("restore.no_archive", words)
    if at is not None and not programs.may_read(log):
        raise BackupFailed("restore.closed_archive", f"The server's user may not read {log}. Give it the right to, or copy it.")
    parent = next(path for path in (home.resolve(), *home.resolve().parents) if path.exists())
    free = shutil.disk_usage(parent).free
    if free < manifest.unpacked_bytes * 1.1:
        words = f"{parent} has {free / 1e9:.1f} GB free; the restored database takes {manifest.unpacked_bytes / 1e9:.1f} GB."
        raise BackupFailed("restore.room", f"{words} Make room or name another directory.")


def _physical(manifest: Manifest, server: LocalPostgres, *, at: Moment, log: Path | None, say: Say) -> str:
    say("Unpacking ...")
    server.directory.mkdir(parents=True, exist_ok=True)
    own(server.data, server.user)
    programs.feed(["tar", "-x", "-f", "-", "-C", str(server.data)], _unpacked(manifest.directory / BASE), what="Unpacking")
    programs.run("pg_verifybackup", "-q", "-n", str(server.data))
    _configure(server, _recovery(server, at, log), _TRUST)
    _put(server, "recovery.signal", "")
    password = server.adopt(database=manifest.database)
    say("Recovering" + (f" to {at:%Y-%m-%d %H:%M:%S} UTC ..." if isinstance(at, datetime) else " ..."))
    server.launch()
    with psycopg.connect(_recovered(server, manifest.superuser), autocommit=True) as database:
        _give_password(database, password)
        _configure(server, "", _HBA)
        database.execute("select pg_reload_conf()")
    return server.url(manifest.database)


def _recovery(server: LocalPostgres, at: Moment, log: Path | None) -> str:
    """The settings of a recovery. Its end gets a timeline of its own: what it archives can't be taken for the original's."""
    fetch = f"restore_command = '{archive.fetch_command(server.directory, log)}'"
    lines = [fetch, "recovery_target_timeline = 'current'"]
    if at is None:
        lines.append("recovery_target = 'immediate'")
    elif isinstance(at, datetime):
        lines.append(f"recovery_target_time = '{at.isoformat()}'")
    return "\n".join([*lines, "recovery_target_action = 'promote'", "hot_standby = off", ""])


def _logical(manifest: Manifest, server: LocalPostgres, *, say: Say) -> str:
    say("Making a new cluster and loading the dump ...")
    url = server.start()
    with psycopg.connect(url, autocommit=True) as database:
        for role in (APP_ROLE, TENANT_ROLE):
            database.execute(sql.SQL("create role {} nologin noinherit").format(sql.Identifier(role)))
    where, environment = programs.address(url)
    command = [find_program("pg_restore", fix=FIX), "-d", where, "-w", "--no-owner", "--exit-on-error"]
    with (manifest.directory / DUMP).open("rb") as file:
        programs.feed(command, iter(lambda: file.read(CHUNK), b""), what="pg_restore", environment=environment)
    return url


def _unpacked(path: Path) -> Iterator[bytes]:
    with gzip.open(path) as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _configure(server: LocalPostgres, settings: str, hba: str) -> None:
    """Settings of the old server are left behind: they may name its paths, its archive among them."""
    _put(server, "postgresql.conf", _NOTE + settings)
    _put(server, "postgresql.auto.conf", "")
    _put(server, "pg_hba.conf", hba)
    _put(server, "pg_ident.conf", "")


def _put(server: LocalPostgres, name: str, words: str) -> None:
    path = server.data / name
    path.write_text(words)
    path.chmod(0o600)
    if server.user:
        shutil.chown(path, server.user)


def _recovered(server: LocalPostgres, superuser: str) -> str:
    """Address of the server once it takes writes; raises ``BackupFailed`` when it gives up."""
    url = server.url("postgres").replace("hotleads:", f"{superuser}:", 1)
    began, started = time.monotonic(), False
    while time.monotonic() < began + RECOVERY_S:
        try:
            with psycopg.connect(url, connect_timeout=5) as database:
                row = database.execute("select pg_is_in_recovery()").fetchone()
                if row is not None and not row[0]:
                    return url
        except psycopg.OperationalError as error:
            gone = server.pid() is None and (started or time.monotonic() > began + START_S)
            started = started or server.pid() is not None
            if gone:
                raise BackupFailed("restore.recovery", _why(server)) from error
        time.sleep(0.1)
    raise BackupFailed("restore.recovery", "The server is still recovering after a day.")


def _reached(server: LocalPostgres) -> datetime | None:
    """The time of the last change that a recovery brought back, from the server's log."""
    lines = (server.directory / "log").read_text(errors="replace").splitlines()
    last = [line.rpartition("at log time ")[2] for line in lines if LAST_CHANGE in line]
    return datetime.fromisoformat(last[-1].strip()).astimezone(UTC) if last else None


def _why(server: LocalPostgres) -> str:
    """Why a recovery ended, from the server's log."""
    said = (server.directory / "log").read_text(errors="replace")
    if "crc error" in said or "unexpected end of file" in said or "invalid compressed data" in said:
        return "A segment of the archived log is damaged, so that moment can't be reached. Restore to an earlier one."
    if "recovery ended before configured recovery target" in said:
        last = _reached(server)
        until = f" Its last change is of {last:%Y-%m-%d %H:%M:%S} UTC." if last else ""
        return f"The archived log ends before that moment.{until} Choose an earlier one."
    fatal = [line for line in said.splitlines() if "FATAL" in line or "PANIC" in line]
    return f"The server could not recover: {programs.last_words(chr(10).join(fatal) or said)}."


def _give_password(database: psycopg.Connection, password: str) -> None:
    """The role that private clusters belong to, as superuser of the copy, with a password of its own."""
    if database.execute("select from pg_roles where rolname = 'hotleads'").fetchone() is None:
        database.execute("create role hotleads")
    database.execute(sql.SQL("alter role hotleads with login superuser password {}").format(sql.Literal(password)))


@contextmanager
def _removed_on_failure(home: Path, server: LocalPostgres) -> Iterator[None]:
    """What was only half restored is taken away again; the server's log stays beside the directory."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException as error:
        server.stop()
        if (server.directory / "log").exists():
            shutil.move(server.directory / "log", home.with_name(home.name + ".log"))
        for directory in (server.directory, home):
            shutil.rmtree(directory, ignore_errors=True)
        if isinstance(error, OSError):
            raise BackupFailed("restore.write", programs.room_sentence(error, home)) from error
        raise
