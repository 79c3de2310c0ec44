"""A private standby: a copy of the private PostgreSQL that follows it by its log and answers reads (docs/adr/0030)."""

import os
import shutil
import time
from pathlib import Path

import psycopg

from core.kit.errors import Unavailable
from core.kit.local.apart import run_apart
from core.kit.local.places import find_program, free_port, own, socket_directory
from core.kit.local.postgres import FIX, LocalPostgres

FOLLOWS_WITHIN_S = 15


class LocalStandby(LocalPostgres):
    """A standby of one private cluster; ``start`` copies the cluster when there is no copy yet, or one that can't follow."""

    def __init__(self, home: Path, *, of: LocalPostgres, name: str = "standby") -> None:
        super().__init__(home, name, durable=of.durable)
        self.primary = of

    def start(self) -> str:
        """Start following, and return the address of the primary's database on the standby."""
        if self.pid() and not self._follows():
            self.stop()  # left over from a primary that stands elsewhere now
        self._make()
        self._begin()
        if not self._follows(within_s=FOLLOWS_WITHIN_S):
            # What it lacks is no longer in the primary's log: a new copy has it.
            self.stop()
            shutil.rmtree(self.data)
            self._make()
            self._begin()
        return self.url(self.primary.place().get("database", "hotleads"))

    def _begin(self) -> None:
        if not self.pid():
            self._point_at_primary()
            self.launch()
        self._wait(seconds=60)

    def _make(self) -> None:
        if (self.data / "PG_VERSION").exists():
            return
        theirs = self.primary.place()
        if self.user:
            self.directory.mkdir(parents=True, exist_ok=True)
            shutil.chown(self.directory, self.user)
        own(self.data, self.user)
        command = [find_program("pg_basebackup", fix=FIX), "-D", str(self.data), "-X", "stream", "-c", "fast", "-R", "-w"]
        command += ["-h", theirs["sockets"], "-p", theirs["port"], "-U", "hotleads"]
        command += [] if self.durable else ["--no-sync"]
        environment = os.environ | {"PGPASSWORD": theirs["password"]}
        made = run_apart(command, user=self.user, env=environment, capture_output=True, text=True, cwd="/", umask=0o077)
        if made.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise Unavailable("standby.copy", f"The primary could not be copied: {made.stderr.strip()}")
        place = {"port": str(free_port()), "sockets": str(socket_directory(self.data))}
        self._write_place({"password": theirs["password"]} | place)

    def _point_at_primary(self) -> None:
        """Where the primary is today, in a file of the server's own: a command line can be read by everybody."""
        theirs = self.primary.place()
        where = f"host={theirs['sockets']} port={theirs['port']} user=hotleads password={theirs['password']}"
        lines = f"primary_conninfo = '{where}'\nhot_standby_feedback = on\n"
        (self.data / "postgresql.auto.conf").write_text(lines)

    def _follows(self, *, within_s: float = 0) -> bool:
        until = time.monotonic() + within_s
        while True:
            with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
                row = connection.execute("select sender_port from pg_stat_wal_receiver where status = 'streaming'").fetchone()
            if row is not None and str(row[0]) == self.primary.place()["port"]:
                return True
            if time.monotonic() >= until:
                return False
            time.sleep(0.1)
