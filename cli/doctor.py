"""Look at the machine the way a first start does, and say how to mend what is missing."""

import shutil
import smtplib
import socket
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from redis import Redis, RedisError

from cli.doctor_inside import examine_inside
from cli.doctor_outside import OUTSIDE
from core.kit.checks import Check
from core.kit.clock import utc_now
from core.kit.config import DEVELOPMENT_SECRET, settings
from core.kit.errors import HotleadsError
from core.kit.local import LocalPostgres, LocalRedis, kept_secret, use_kept_secret
from core.kit.local.places import find_program
from core.kit.local.postgres import FIX as POSTGRES_FIX
from core.kit.local.postgres import has_postgis
from core.kit.local.redis import FIX as REDIS_FIX
from core.messaging import mail_server
from core.ops import backup

ROOM_GB = 2
LEAST_VARIETY = 12  # different characters in a secret of 32 or more
VENDOR = Path(__file__).parent.parent / "dashboard" / "node_modules"
FETCH = "Run `deploy/bootstrap.sh run`, or `npm ci --prefix dashboard`."
OLDEST_BACKUP_H = 26  # a daily one, with room for a slow day


def examine() -> list[Check]:
    """Every check, each with what was found or with the sentence that mends it; starts nothing."""
    try:
        settings()
    except HotleadsError as error:
        return [Check("settings", False, error.message)]
    use_kept_secret()  # what `hotleads up` works with, without which nothing that it sealed could be read here
    checks = [_python, _database, _redis, _port, _smtp, _npm, _files, _disk, _secret, *OUTSIDE, _backups, _archive]
    return [*(_asked(check) for check in checks), *examine_inside(serving=_hotleads_answers())]


def _asked(check: Callable[[], Check]) -> Check:
    try:
        return check()
    except HotleadsError as error:
        return Check(check.__name__.strip("_"), False, error.message)


def _python() -> Check:
    version = sys.version.split()[0]
    if (3, 11) <= sys.version_info < (3, 14):
        return Check("python", True, version)
    return Check("python", False, f"This is Python {version}; 3.11 to 3.13 is needed.")


def _database() -> Check:
    url = settings().database_url
    if not url:
        server = LocalPostgres(settings().home)
        initdb = find_program("initdb", fix=POSTGRES_FIX)
        if not has_postgis(initdb):
            return Check("database", False, f"PostgreSQL is installed without PostGIS. {POSTGRES_FIX}")
        if not server.pid():
            return Check("database", True, f"a private cluster will run from {initdb.rpartition('/')[0]}")
        url = server.url("hotleads")
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            row = connection.execute(
                "select current_setting('server_version'),"
                " (select default_version from pg_available_extensions where name = 'postgis')"
            ).fetchone()
    except psycopg.OperationalError as error:
        return Check("database", False, f"The database can't be reached ({str(error).splitlines()[0]}). Check DATABASE_URL.")
    version, postgis = row or ("?", None)
    if int(str(version).split(".")[0]) < 15:
        return Check("database", False, f"PostgreSQL {version} is too old; 15 or newer is needed.")
    if postgis is None:
        return Check("database", False, f"PostgreSQL {version} has no PostGIS. {POSTGRES_FIX}")
    return Check("database", True, f"PostgreSQL {version}, PostGIS {postgis}")


def _redis() -> Check:
    url = settings().redis_url
    if not url:
        program = find_program("redis-server", fix=REDIS_FIX)
        if not LocalRedis(settings().home).pid():
            return Check("redis", True, f"a private server will run from {program}")
        url = LocalRedis(settings().home).url()
    try:
        version = Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5).info("server")["redis_version"]
    except RedisError as error:
        return Check("redis", False, f"Redis can't be reached ({type(error).__name__}). Check REDIS_URL.")
    return Check("redis", True, f"Redis {version}")


def _port() -> Check:
    host, port = settings().host, settings().port
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if _hotleads_answers():
                return Check("port", True, f"Hotleads itself answers at {host}:{port}")
            return Check(
                "port", False, f"Port {port} on {host} can't be used ({error.strerror}). Set HOTLEADS_PORT to a free one."
            )
    return Check("port", True, f"{host}:{port} is free")


def _hotleads_answers() -> bool:
    try:
        with urllib.request.urlopen(f"http://{settings().host}:{settings().port}/health/live", timeout=2) as answer:
            return b'"live"' in answer.read()
    except OSError:
        return False


def _smtp() -> Check:
    if not settings().smtp_url:
        return Check("smtp", True, "none set: `hotleads up` runs its own mail catcher")
    parts = urlsplit(settings().smtp_url)
    try:
        with mail_server(settings().smtp_url, timeout_s=5) as server:
            server.noop()
    except HotleadsError as error:
        return Check("smtp", False, str(error))
    except (OSError, smtplib.SMTPException) as error:
        return Check("smtp", False, f"{parts.hostname} does not take mail ({error}). Check SMTP_URL.")
    return Check("smtp", True, f"{parts.hostname} answers")


def _npm() -> Check:
    if shutil.which("npm"):
        return Check("npm", True, "found")
    return Check("npm", False, "npm is missing: areas can't be drawn on the map. On Debian or Ubuntu: apt-get install npm.")


def _files() -> Check:
    """What maps and type need in the browser, from npm."""
    lock, done = VENDOR.with_name("package-lock.json"), VENDOR / ".package-lock.json"
    if not done.exists():
        return Check("browser files", False, f"The files of maps and type are missing: areas can't be drawn. {FETCH}")
    if done.stat().st_mtime < lock.stat().st_mtime:
        return Check("browser files", False, f"The files of maps and type are older than this release. {FETCH}")
    return Check("browser files", True, "there")


def _disk() -> Check:
    home = settings().home.resolve()
    place = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(place).free / 1e9
    if free < ROOM_GB:
        return Check(
            "disk", False, f"Only {free:.1f} GB are free at {place}; {ROOM_GB} are needed. Make room or set HOTLEADS_HOME."
        )
    return Check("disk", True, f"{free:.0f} GB free at {place}")


def _secret() -> Check:
    key = settings().secret_key.get_secret_value()
    if key == kept_secret():
        return Check("secret key", True, "this machine's own, kept under HOTLEADS_HOME")
    if key != DEVELOPMENT_SECRET and len(set(key)) < LEAST_VARIETY:
        return Check(
            "secret key", False, f"HOTLEADS_SECRET_KEY repeats {len(set(key))} characters: it can be guessed. `openssl rand"
            " -base64 36` makes one; docs/how-to/change-the-secret-key.md says how to change it while everything is kept.",
        )  # fmt: skip
    return Check("secret key", True, "made on the first start" if key == DEVELOPMENT_SECRET else "set by HOTLEADS_SECRET_KEY")


def _backups() -> Check:
    """The age of the newest backup: a warning in production, where there has to be one."""
    where, newest = backup.place(), backup.last_backup()
    if wrong := backup.unreadable(where):
        return Check("backups", False, wrong[0])
    if newest is None:
        needed = settings().env == "production"
        return Check("backups", not needed, f"none in {where} yet. `hotleads backup` makes one, best once a day.")
    hours = (utc_now() - newest.ended_at).total_seconds() / 3600
    words = f"{newest.directory.name} is {hours:.0f} hours old"
    if hours > OLDEST_BACKUP_H and settings().env == "production":
        return Check("backups", False, f"The newest one, {words}. Run `hotleads backup`, best once a day.")
    return Check("backups", True, words)


def _archive() -> Check:
    """The archive of the log can be written, and the server's latest try did not fail."""
    archive = settings().wal_archive
    if archive is None:
        return Check("log archive", True, "off: a restore goes to the moment of a backup (HOTLEADS_WAL_ARCHIVE)")
    if not archive.is_dir():
        known = bool(settings().database_url)
        return Check("log archive", not known, f"{archive} does not exist yet; the private server makes it when it starts next.")
    try:
        with tempfile.TemporaryFile(dir=archive):
            pass
    except OSError as error:
        return Check("log archive", False, f"{archive} can't be written ({error.strerror}). Make room or mend its rights.")
    free = shutil.disk_usage(archive).free / 1e9
    if free < ROOM_GB:
        return Check(
            "log archive", False, f"Only {free:.1f} GB are free at {archive}: the server keeps its log until it is taken."
        )
    return _archiver(archive)


def _archiver(archive: Path) -> Check:
    server = LocalPostgres(settings().home)
    url = settings().database_url or (server.url("postgres") if server.pid() else "")
    if not url:
        return Check("log archive", True, f"{archive} can be written")
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            standing = backup.standing(connection)
    except psycopg.OperationalError:
        return Check("log archive", True, f"{archive} can be written; the database can't be asked")
    if not standing.on:
        return Check(
            "log archive", False, "The running server does not archive its log. Restart it with HOTLEADS_WAL_ARCHIVE set."
        )
    if standing.broken:
        return Check("log archive", False, f"The server can't write to {archive} since {standing.failed_at:%Y-%m-%d %H:%M} UTC.")
    return Check("log archive", True, f"{archive}, last segment {standing.last_at or 'none yet'}")
