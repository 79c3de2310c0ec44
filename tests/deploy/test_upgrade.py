"""From a dump of the first release to the newest revision: nothing gets lost, and the books still hold."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from alembic import command

from core.kit.clock import utc_now
from core.kit.config import settings
from core.kit.db import make_engine, transaction
from core.kit.local import LocalPostgres
from core.kit.local.places import find_program
from core.kit.migrations import standing, upgrade
from core.kit.migrations.upgrade import alembic_config
from jobs.verification import verify_all
from tests.dashboard.world import build

FIRST = "0001"
LATER = """
from alembic import op
revision, down_revision, branch_labels, depends_on = "rehearsal", "{head}", None, None
def upgrade():
    op.execute("alter table lead add column rehearsed boolean not null default false")
"""


@pytest.fixture
def restored(postgres: LocalPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """A first release's database with a small exchange in it, and another one made from its dump."""
    monkeypatch.setenv("HOTLEADS_SEAL_FILE", str(tmp_path / "seals.jsonl"))  # not that of an instance started from this folder
    settings.cache_clear()
    old, new = (f"{name}_{uuid4().hex[:8]}" for name in ("released", "upgraded"))
    for name in (old, new):
        postgres.create_database(name)
    command.upgrade(alembic_config(postgres.url(old)), FIRST)
    engine = make_engine(postgres.url(old), pool_size=1)
    with transaction(engine) as session:
        build(session, utc_now())
    engine.dispose()
    dump = tmp_path / "first-release.dump"
    tool = {name: find_program(name, fix="part of PostgreSQL") for name in ("pg_dump", "pg_restore")}
    subprocess.run(
        [tool["pg_dump"], "--format=custom", f"--file={dump}", postgres.url(old)], check=True, env=os.environ | {"LC_ALL": "C"}
    )
    subprocess.run([tool["pg_restore"], "--exit-on-error", f"--dbname={postgres.url(new)}", str(dump)], check=True)
    yield postgres.url(old), postgres.url(new)
    for name in (old, new):
        postgres.drop_database(name)
    monkeypatch.undo()
    settings.cache_clear()


def contents(url: str) -> dict[str, tuple[int, str]]:
    """How many rows each table has, and a digest of them."""
    with psycopg.connect(url) as connection:
        names = [name for (name,) in connection.execute("select tablename from pg_tables where schemaname = 'public'")]
        return {name: _rows(connection, name) for name in names if name != "alembic_version"}


def _rows(connection: psycopg.Connection, table: str) -> tuple[int, str]:
    row = connection.execute(
        f"select count(*), coalesce(md5(string_agg(md5(t::text), '' order by t::text)), '') from {table} t"
    ).fetchone()
    assert row is not None
    return int(row[0]), str(row[1])


def test_the_newest_release_takes_over_the_first_one_s_data(restored: tuple[str, str]) -> None:
    old, new = restored
    assert standing(new).current == FIRST
    upgrade(new)
    assert standing(new).current == standing(new).newest
    before, after = contents(old), contents(new)
    assert before["lead"][0] == 4 and before["transfer"][0] > 0 and before.keys() <= after.keys()
    assert {name for name in before if before[name] != after[name]} == set()
    engine = make_engine(new, pool_size=1)
    with transaction(engine) as session:
        broken = [check for check in verify_all(session) if not check.ok]
    engine.dispose()
    assert broken == []


def test_a_later_migration_finds_its_way(restored: tuple[str, str], tmp_path: Path) -> None:
    _, new = restored
    config = alembic_config(new)
    versions = Path(str(config.get_main_option("script_location"))) / "versions"
    later = tmp_path / "later"
    later.mkdir()
    (later / "rehearsal.py").write_text(LATER.format(head=standing(new).newest))
    config.set_main_option("version_locations", f"{versions}{os.pathsep}{later}")
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")
    with psycopg.connect(new) as connection:
        assert connection.execute("select count(*) filter (where not rehearsed), count(*) from lead").fetchone() == (4, 4)
    here = standing(new)
    assert (here.current, here.known) == ("rehearsal", False), "the release before sees that it is the older one"
