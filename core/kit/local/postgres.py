"""A private PostgreSQL cluster with PostGIS: made once, started on a free port, stopped by SIGINT."""

import json
import os
import secrets
import shutil
import signal
import time
from pathlib import Path

import psycopg

from core.kit.errors import Unavailable
from core.kit.local import archive
from core.kit.local.apart import run_apart
from core.kit.local.ending import end_server
from core.kit.local.places import (
    ServiceMissing,
    find_program,
    free_port,
    own,
    port_again,
    server_directory,
    server_user,
    socket_directory,
)

FIX = "On Debian or Ubuntu: apt-get install postgresql postgresql-postgis; or set DATABASE_URL to a server of yours."
OLDEST = 15
MB = 2**20
SETTINGS = {
    "effective_cache_size": "4GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_connections": "300",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "jit": "off",
    "checkpoint_completion_target": "0.9",
    "log_min_messages": "warning",
}


class LocalPostgres:
    """One cluster under ``home/name``; ``start`` is a no-op when it already runs.

    With ``wal_archive`` it sends its write-ahead log there, from its next start on.
    """

    def __init__(self, home: Path, name: str = "postgres", *, durable: bool = True, wal_archive: Path | None = None) -> None:
        self.directory = server_directory(home, name)
        self.data = self.directory / "data"
        self.durable = durable
        self.wal_archive = wal_archive
        self.user = server_user()
        self.launched_at: float | None = None

    def start(self) -> str:
        """Make the cluster if need be, start it, and return the address of its ``hotleads`` database."""
        self._make()
        if not self.pid():
            self.launch()
        self._wait()
        database = self.place().get("database", "hotleads")
        self.create_database(database)
        return self.url(database)

    def url(self, database: str) -> str:
        """Address of one database of the cluster, by its Unix socket."""
        place = self.place()
        return f"postgresql://hotleads:{place['password']}@/{database}?host={place['sockets']}&port={place['port']}"

    def create_database(self, name: str, *, template: str | None = None) -> None:
        """Create a database unless it exists."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone() is None:
                source = f' template "{template}"' if template else ""
                connection.execute(f'create database "{name}"{source}')

    def drop_database(self, name: str) -> None:
        """Drop a database and everyone's connections to it."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'drop database if exists "{name}" with (force)')

    def pid(self) -> int | None:
        """Process id of the running server, if it runs."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            os.kill(pid, 0)
            # One that was killed leaves its file, and by and by its number to another program.
            return pid if b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes() else None
        except (OSError, ValueError, IndexError):
            return None

    def stop(self, *, seconds: float = 20) -> None:
        """Fast shutdown: open transactions are rolled back, everything committed is kept; also when it has to be a quick end."""
        end_server(self.pid, launched_at=self.launched_at, gently=signal.SIGINT, firmly=signal.SIGQUIT, seconds=seconds)

    def _make(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        initdb = find_program("initdb", fix=FIX)
        version = run_apart([initdb, "--version"], capture_output=True, text=True).stdout.split()[-1]
        if int(version.split(".")[0]) < OLDEST:
            raise ServiceMissing("service.old", f"PostgreSQL {version} is too old; {OLDEST} or newer is needed. {FIX}")
        if not has_postgis(initdb):
            raise ServiceMissing("service.missing", f"PostgreSQL is installed without PostGIS. {FIX}")
        self.directory.mkdir(parents=True, exist_ok=True)
        own(self.data, self.user)
        place = {"port": str(free_port()), "password": secrets.token_urlsafe(24), "sockets": str(socket_directory(self.data))}
        secret = self.directory / "password"
        secret.write_text(place["password"])
        secret.chmod(0o644 if self.user else 0o600)
        command = [
            initdb,
            "-D",
            str(self.data),
            "-U",
            "hotleads",
            "--auth=scram-sha-256",
            f"--pwfile={secret}",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ]
        made = run_apart(command, user=self.user, capture_output=True, text=True, cwd="/", umask=0o077)
        secret.unlink()
        if made.returncode:
            raise Unavailable("postgres.initdb", f"initdb failed: {made.stderr.strip()}")
        self._write_place(place)

    def adopt(self, *, database: str) -> str:
        """Take over a data directory that came from elsewhere; returns the password that its owner is to get."""
        password = secrets.token_urlsafe(24)
        sockets = str(socket_directory(self.data))
        self._write_place({"port": str(free_port()), "password": password, "sockets": sockets, "database": database})
        return password

    def launch(self) -> None:
        """Start the server without waiting for it; it may have much to recover first."""
        place = self.place()
        place["port"] = str(port_again(int(place["port"])))
        self._write_place(place)
        own(Path(place["sockets"]), self.user)
        options = SETTINGS | {
            "shared_buffers": shared_buffers(),
            "port": place["port"],
            "unix_socket_directories": place["sockets"],
            "listen_addresses": "127.0.0.1",
        }
        if self.wal_archive:
            options |= archive.keep(self.directory, self.wal_archive, self.user)
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        words = " ".join(f"-c {key}='{value}'" for key, value in options.items())
        # pg_ctl leaves the server to init: it outlives this process and never becomes our zombie.
        command = [
            find_program("pg_ctl", fix=FIX),
            "start",
            "-W",
            "-D",
            str(self.data),
            "-l",
            str(self.directory / "log"),
            "-o",
            words,
        ]
        if self.user:
            shutil.chown(self.directory, self.user)
        self.launched_at = time.monotonic()
        run_apart(command, user=self.user, check=True, capture_output=True, cwd="/")

    def _wait(self, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > until:
                    raise Unavailable(
                        "postgres.start", f"PostgreSQL did not start: {error}. Its log is {self.directory / 'log'}."
                    ) from error
                time.sleep(0.05)

    def _place_file(self) -> Path:
        return self.directory / "place.json"

    def _write_place(self, place: dict[str, str]) -> None:
        self._place_file().touch(0o600)
        self._place_file().write_text(json.dumps(place))

    def place(self) -> dict[str, str]:
        """Port, sockets and password of the cluster."""
        place: dict[str, str] = json.loads(self._place_file().read_text())
        return place


def shared_buffers() -> str:
    """A quarter of the machine's memory, as PostgreSQL's manual advises, but 128 MB to 2 GB: the indexes of a million people's
    keys fit. The server takes of it only what it fills."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{min(max(memory // 4 // MB, 128), 2048)}MB"


def has_postgis(initdb: str) -> bool:
    """True when PostGIS is installed beside this ``initdb``: where Debian keeps it, or where ``pg_config`` says."""
    debian = Path("/usr/share/postgresql") / Path(initdb).parts[-3] / "extension" / "postgis.control"
    if debian.exists():
        return True
    config = Path(initdb).with_name("pg_config")
    if not config.exists():
        return False
    share = run_apart([str(config), "--sharedir"], capture_output=True, text=True).stdout.strip()
    return (Path(share) / "extension" / "postgis.control").exists()
