"""What benchmarks share: a database of their own on the configured server, and what the machine is."""

import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg

from core.kit.config import settings
from core.kit.local.places import find_program
from core.kit.migrations import upgrade


@contextmanager
def own_database(name: str) -> Iterator[str]:
    """A migrated database beside the configured one, dropped at the end; yields its address."""
    home = settings().database_url
    mine = f"bench_{name}_{uuid4().hex[:8]}"
    with psycopg.connect(_database(home, "postgres"), autocommit=True) as server:
        server.execute(f'create database "{mine}"')
        try:
            upgrade(_database(home, mine))
            yield _database(home, mine)
        finally:
            server.execute(f'drop database "{mine}" with (force)')


def machine(url: str) -> dict[str, Any]:
    """Cores, PostgreSQL's version and how it commits, and how long the disk takes to make 8 kB safe (median)."""
    with psycopg.connect(url) as connection:
        version, fsync, commit = (connection.execute(f"show {name}").fetchone()[0] for name in
                                  ("server_version", "fsync", "synchronous_commit"))  # type: ignore[index]  # fmt: skip
    return {
        "cores": os.cpu_count(),
        "postgresql": version,
        "fsync": fsync,
        "synchronous_commit": commit,
        "fsync_us": round(_fsync_us()),
    }


def transactions_per_s(script: str, url: str, clients: int, seconds: int) -> tuple[float, str]:
    """What pgbench commits of a script of this folder, and the command that it was."""
    pgbench, file = find_program("pgbench", fix="It comes with PostgreSQL's server package."), Path(__file__).with_name(script)
    command = [pgbench, "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds), "-f", str(file)]
    done = subprocess.run([*command, url], capture_output=True, text=True, check=True)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if found is None:
        raise RuntimeError(f"pgbench said: {done.stdout} {done.stderr}")
    return float(found.group(1)), " ".join(["pgbench", *command[1:-1], script])


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` of the sorted values lie."""
    return values[min(len(values) - 1, int(len(values) * share))]


def _fsync_us() -> float:
    settings().home.mkdir(parents=True, exist_ok=True)
    took = []
    with tempfile.NamedTemporaryFile(dir=settings().home) as file:
        for _ in range(200):
            file.write(b"x" * 8192)
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - began) * 1e6)
    return statistics.median(took)


def _database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


ROOT = Path(__file__).parent.parent.parent
