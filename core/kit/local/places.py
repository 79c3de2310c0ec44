"""Where a private server may live, on which port, and as which user."""

import hashlib
import os
import pwd
import shutil
import socket
import stat
import tempfile
from pathlib import Path

from core.kit.errors import Unavailable

DEBIAN = Path("/usr/lib/postgresql")  # where Debian keeps the programs of each version
POSTGRES = {"initdb", "pg_ctl", "postgres", "pg_basebackup", "pg_dump", "pg_restore", "pg_verifybackup"}


class ServiceMissing(Unavailable):
    """A program we need is not installed; the message says which and how to get it."""


def find_program(name: str, *, fix: str) -> str:
    """Path of an executable: on the PATH, or where Debian keeps PostgreSQL's own (newest version first)."""
    found = shutil.which(name)
    if found and name not in POSTGRES:
        return found
    versions = sorted(DEBIAN.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]), reverse=True)
    if versions:
        return str(versions[0])
    if found:
        return found
    raise ServiceMissing("service.missing", f"{name} is not installed. {fix}")


def free_port() -> int:
    """A loopback TCP port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_again(before: int | None) -> int:
    """The port a server had, so that whoever knows it finds it again; a free one when somebody else listens there now."""
    if before is None:
        return free_port()
    with socket.socket() as probe:
        return free_port() if probe.connect_ex(("127.0.0.1", before)) == 0 else before


def server_user() -> str | None:
    """The unprivileged user that PostgreSQL must run as when we are root (it refuses root); else ``None``."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
            return name
        except KeyError:
            continue
    raise ServiceMissing("service.user", "PostgreSQL can't run as root. Create a user named postgres.")


def server_directory(home: Path, name: str) -> Path:
    """A directory the server's user can reach: under ``home``, or under /var/tmp when a parent of it is private."""
    wanted = (home / name).resolve()
    if server_user() is None or all(_others_may_enter(parent) for parent in wanted.parents if parent.exists()):
        return wanted
    return Path("/var/tmp") / f"hotleads-{_short(wanted)}" / name


def socket_directory(data: Path) -> Path:
    """A short path for Unix sockets (the kernel allows 107 bytes)."""
    return Path(tempfile.gettempdir()) / f"hotleads-{_short(data)}"


def own(path: Path, user: str | None) -> None:
    """Make ``path`` with mode 0700 and give it to the server's user."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    if user:
        shutil.chown(path, user)


def _others_may_enter(path: Path) -> bool:
    return bool(path.stat().st_mode & stat.S_IXOTH)


def _short(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:10]
