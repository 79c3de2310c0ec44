"""The servers of one test run: a private PostgreSQL and Redis in a directory of their own, gone at the end."""

import os
import shutil
from pathlib import Path

import psycopg

from core.kit.local import LocalPostgres, LocalRedis
from core.kit.migrations import upgrade

ROOT = Path(__file__).parent.parent / ".local"
TEMPLATE = "template_hotleads"


def clean_stale() -> None:
    """Stop and remove servers of runs that were killed."""
    for home in ROOT.glob("test-*"):
        pid = int(home.name.removeprefix("test-"))
        if not Path(f"/proc/{pid}").exists():
            stop(home)


def start(home: Path) -> dict[str, str]:
    """Start both, migrate the template database that every test's database is copied from."""
    postgres = LocalPostgres(home, durable=False)
    postgres.start()
    postgres.create_database(TEMPLATE)
    upgrade(postgres.url(TEMPLATE))
    _slim(postgres.url(TEMPLATE))
    return {"HOTLEADS_TEST_HOME": str(home), "REDIS_URL": LocalRedis(home).start()}


def _slim(url: str) -> None:
    """Leave out what makes a third of each copy: the thousands of map projections that nothing of ours uses."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("delete from spatial_ref_sys where srid not in (4326, 3857)")
        connection.execute("vacuum full spatial_ref_sys")


def stop(home: Path) -> None:
    """Stop both and remove what they wrote."""
    postgres = LocalPostgres(home)
    postgres.stop()
    LocalRedis(home).stop()
    shutil.rmtree(postgres.directory, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


def home_of_this_run() -> Path:
    """The directory of the run this process belongs to."""
    return Path(os.environ.get("HOTLEADS_TEST_HOME") or ROOT / f"test-{os.getpid()}")
