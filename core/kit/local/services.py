"""One call that makes sure a command has its database, its Redis and a secret key of its own."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.kit.config import DEVELOPMENT_SECRET, settings
from core.kit.local.places import ServiceMissing
from core.kit.local.postgres import LocalPostgres
from core.kit.local.redis import LocalRedis
from core.kit.local.standby import LocalStandby

__all__ = ["ServiceMissing", "kept_secret", "use_kept_secret", "use_services"]


@contextmanager
def use_services() -> Iterator[list[LocalPostgres | LocalRedis]]:
    """Give this process (and its children) DATABASE_URL, REDIS_URL and, in development, a secret key.

    Private servers are shared by whatever runs under the same ``HOTLEADS_HOME``; the last one out stops them. Yields those that
    this call started or found.
    """
    home = settings().home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    servers: list[LocalPostgres | LocalRedis] = []
    with (home / "users.lock").open("w") as users:
        try:
            with _one_at_a_time(home):
                fcntl.flock(users, fcntl.LOCK_SH)
                _keep_secret(home)
                if not settings().database_url:
                    _start_databases(home, servers)
                if not settings().redis_url:
                    servers.append(LocalRedis(home))
                    os.environ["REDIS_URL"] = servers[-1].start()
                settings.cache_clear()
            yield servers
        finally:
            with _one_at_a_time(home):
                for server in reversed(servers if _is_last(users.fileno()) else []):
                    server.stop()


@contextmanager
def _one_at_a_time(home: Path) -> Iterator[None]:
    """Nobody makes, starts or stops a server while somebody else does."""
    with (home / "servers.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start_databases(home: Path, servers: list[LocalPostgres | LocalRedis]) -> None:
    """The private PostgreSQL, and its standby when one is asked for; each is on the list before it is started."""
    primary = LocalPostgres(home, wal_archive=settings().wal_archive)
    servers.append(primary)
    os.environ["DATABASE_URL"] = primary.start()
    if settings().local_replica and not settings().database_replica_url:
        standby = LocalStandby(home, of=primary)
        servers.append(standby)
        os.environ["DATABASE_REPLICA_URL"] = standby.start()


def _is_last(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def use_kept_secret() -> None:
    """Give this process the key that this machine made for itself, where there is one and no other is set. Makes none."""
    if _needs_a_secret() and (kept := kept_secret()):
        os.environ["HOTLEADS_SECRET_KEY"] = kept
        settings.cache_clear()


def kept_secret() -> str | None:
    """The key that this machine made for itself, if it has."""
    file = settings().home / "secret-key"
    return file.read_text() if file.exists() else None


def _keep_secret(home: Path) -> None:
    """A random key for this machine in place of the published development key, made once and kept."""
    if not _needs_a_secret():
        return
    if kept_secret() is None:
        with os.fdopen(os.open(home / "secret-key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(48))
    use_kept_secret()


def _needs_a_secret() -> bool:
    return settings().env == "development" and settings().secret_key.get_secret_value() == DEVELOPMENT_SECRET
