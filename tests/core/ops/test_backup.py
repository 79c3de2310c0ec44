"""Backups that really come back: into a second cluster, to the backup's end or to a moment after it (SPEC 13.7)."""

import gzip
import os
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from cli.reseal import reseal
from core import audit, inventory, ledger
from core.kit import config, db
from core.kit.clock import utc_now
from core.kit.db import make_engine, transaction
from core.kit.errors import Conflict, Invalid
from core.kit.local import LocalPostgres
from core.kit.migrations import upgrade
from core.ops import backup
from core.ops.backup import BackupFailed, Manifest
from tests import servers
from tests.builders import a_lead, a_market, a_niche, a_provider, fund
from tests.core.audit.chain import record
from tests.eventually import eventually

Contents = dict[str, tuple[int, str]]


def silent(_line: str) -> None:
    """Progress nobody reads."""


def contents(url: str) -> Contents:
    """How many rows every table has, and a hash over all of them."""
    found: Contents = {}
    with psycopg.connect(url) as database:
        database.execute("set timezone = 'UTC'")
        tables = [row[0] for row in database.execute("select tablename from pg_tables where schemaname = 'public' order by 1")]
        for table in tables:
            query = sql.SQL("select count(*), coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') from {} t")
            row = database.execute(query.format(sql.Identifier(table))).fetchone()
            assert row is not None
            found[table] = (row[0], row[1])
    return found


def a_day_of_work(now: datetime) -> None:
    """Something in the tables that matter most, sealed."""
    with transaction() as session:
        record(session, now, 3)
        provider = a_provider(session, now)
        fund(session, now, provider.id, 2500)
    with transaction() as session:
        audit.seal_new(session, now=now)


@dataclass(frozen=True)
class Source:
    """A cluster with an archive, a backup, work after it, and what it held at a moment in between."""

    server: LocalPostgres
    url: str
    root: Path
    taken: Manifest
    at_backup: Contents
    moment: datetime
    at_moment: Contents
    at_end: Contents


@contextmanager
def settings_of(url: str, home: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", url)
        patch.setenv("HOTLEADS_HOME", str(home))
        patch.setenv("HOTLEADS_BACKUPS", str(home / "backups"))
        patch.setenv("HOTLEADS_WAL_ARCHIVE", str(home / "wal"))
        patch.setenv("HOTLEADS_SEAL_FILE", str(home / "seals.jsonl"))
        forget_cached()
        try:
            yield
        finally:
            forget_cached()
            patch.undo()
            config.settings.cache_clear()


def forget_cached() -> None:
    if db.engine.cache_info().currsize:
        db.engine().dispose()
    config.settings.cache_clear()
    db.engine.cache_clear()


def clock_of(url: str) -> datetime:
    with psycopg.connect(url) as database:
        row = database.execute("select clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


@pytest.fixture(scope="module")
def source() -> Iterator[Source]:
    home = servers.home_of_this_run() / f"backup-source-{os.getpid()}"  # test processes may share this file's tests
    home.mkdir()
    server = LocalPostgres(home, durable=False, wal_archive=home / "wal")
    url = server.start()
    upgrade(url)
    be_used_for_long(url)
    with settings_of(url, home):
        now = utc_now()
        with transaction() as session:
            a_lead(session, now, a_niche(session, now), a_market(session, now))
        a_day_of_work(now)
        at_backup = contents(url)
        taken = backup.take(home / "backups", say=silent)
        a_day_of_work(utc_now())
        at_moment, moment = contents(url), clock_of(url)
        a_day_of_work(utc_now())
        archive_everything(url)
        yield Source(server, url, home / "backups", taken, at_backup, moment, at_moment, contents(url))
    server.stop()
    shutil.rmtree(server.directory, ignore_errors=True)


def be_used_for_long(url: str) -> None:
    """Count transactions beyond what a new cluster needs for loading a dump."""
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("""do $$ begin
          create temp table spent (n int);
          for n in 1..20000 loop
            begin insert into spent values (n); exception when others then null; end;
          end loop; end $$""")


def archive_everything(url: str) -> None:
    """Wait until the segment in use now has reached the archive."""
    with psycopg.connect(url, autocommit=True) as database:
        row = database.execute("select pg_walfile_name(pg_switch_wal())").fetchone()
        assert row is not None
        query = "select coalesce(last_archived_wal, '') >= %s from pg_stat_archiver"
        eventually(lambda: (found := database.execute(query, row).fetchone()) is not None and found[0])


@pytest.fixture
def restored_home() -> Iterator[Callable[[], Path]]:
    """Directories to restore into; whatever runs there is stopped and removed."""
    homes: list[Path] = []

    def home() -> Path:
        homes.append(servers.home_of_this_run() / f"restored-{len(homes)}-{utc_now():%H%M%S%f}")
        return homes[-1]

    yield home
    for path in homes:
        server = LocalPostgres(path)
        server.stop()
        for directory in (server.directory, path):
            shutil.rmtree(directory, ignore_errors=True)


Home = Callable[[], Path]


def test_to_a_moment_between_two_changes(source: Source, restored_home: Home) -> None:
    assert source.at_backup != source.at_moment != source.at_end
    restored = backup.restore(backup.choose(source.root, at=source.moment), restored_home(), at=source.moment, say=silent)
    assert contents(restored.url) == source.at_moment
    with settings_of(restored.url, restored.home), transaction() as session:
        wrong = [check for check in (*audit.verify(session), *ledger.verify(session), *inventory.verify(session)) if not check.ok]
        assert wrong == []
        assert audit.seal_new(session, now=utc_now()) == 0, "and the chain goes on from here"
    assert contents(source.url) == source.at_end, "the original is as it was"


def test_as_it_was_when_the_backup_ended_and_started_again_like_any_home(source: Source, restored_home: Home) -> None:
    restored = backup.restore(source.taken, restored_home(), say=silent)
    assert contents(restored.url) == source.at_backup
    restored.server.stop()
    assert contents(LocalPostgres(restored.home).start()) == source.at_backup
    engine = make_engine(LocalPostgres(restored.home).url("hotleads"))
    with transaction(engine) as session:
        record(session, utc_now(), 1)
    engine.dispose()


def test_as_far_as_the_archive_goes(source: Source, restored_home: Home) -> None:
    restored = backup.restore(backup.choose(source.root, at="latest"), restored_home(), at="latest", say=silent)
    assert contents(restored.url) == source.at_end
    assert source.moment < restored.moment <= clock_of(source.url)


def test_a_moment_that_the_archive_does_not_reach(source: Source, restored_home: Home) -> None:
    late = clock_of(source.url) + timedelta(hours=1)
    home = restored_home()
    with pytest.raises(BackupFailed, match=r"ends before that moment.* Its last change is of 20"):
        backup.restore(source.taken, home, at=late, say=silent)
    assert not home.exists(), "nothing half restored is left behind"


def test_a_damaged_or_closed_archive(source: Source, restored_home: Home) -> None:
    wal = restored_home()
    shutil.copytree(source.root.parent / "wal", wal)
    for path in wal.glob("*.gz"):
        path.chmod(0o644)
        if len(path.name) == len("000000010000000000000001.gz") and path.name >= f"{source.taken.first_segment}":
            path.write_bytes(path.read_bytes()[:-200])
    if source.server.user:
        wal.chmod(0o700)
        with pytest.raises(BackupFailed, match="The server's user may not read"):
            backup.restore(source.taken, restored_home(), at=source.moment, wal=wal, say=silent)
    wal.chmod(0o755)
    with pytest.raises(BackupFailed, match="A segment of the archived log is damaged"):
        backup.restore(source.taken, restored_home(), at=source.moment, wal=wal, say=silent)


def test_without_the_right_to_copy_files_a_dump_says_so_and_is_sealed_anew(
    source: Source, restored_home: Home, tmp_path: Path
) -> None:
    with psycopg.connect(source.url, autocommit=True) as database:
        database.execute("create role reader login password 'reader-password' in role pg_read_all_data")
    said: list[str] = []
    with settings_of(source.url.replace("hotleads:", "reader:", 1).replace(password(source.url), "reader-password"), tmp_path):
        taken = backup.take(tmp_path / "dumps", say=said.append)
    assert taken.kind == "logical" and "lacks REPLICATION" in said[0]
    with pytest.raises(Invalid, match="leave --at away"):
        backup.choose(tmp_path / "dumps", at=source.moment)
    restored = backup.restore(backup.choose(tmp_path / "dumps"), restored_home(), say=silent)
    assert contents(restored.url) == source.at_end
    reseal(restored.url, reason="restored from a dump", home=restored.home)
    with settings_of(restored.url, restored.home), transaction() as session:
        assert [check.detail for check in audit.verify(session) if not check.ok] == []


def password(url: str) -> str:
    return str(conninfo_to_dict(url)["password"])


def test_what_a_restore_refuses_before_it_begins(source: Source, restored_home: Home, tmp_path: Path) -> None:
    early = source.taken.ended_at - timedelta(seconds=1)
    with pytest.raises(Invalid, match="choose a later moment"):
        backup.choose(source.root, at=early)
    with pytest.raises(BackupFailed, match="There is no backup in"):
        backup.choose(tmp_path)
    (tmp_path / "something").touch()
    with pytest.raises(Conflict, match="is not empty"):
        backup.restore(source.taken, tmp_path, say=silent)
    with pytest.raises(BackupFailed, match="needs the archive of the log"):
        backup.restore(source.taken, restored_home(), at=source.moment, wal=tmp_path / "nowhere", say=silent)


def test_a_damaged_backup_is_not_restored(source: Source, restored_home: Home, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(source.taken.directory, copy)
    with (copy / "base.tar.gz").open("r+b") as file:
        file.seek(5000)
        file.write(b"\0\0\0\0")
    with pytest.raises(BackupFailed, match="its checksum differs"):
        backup.restore(backup.choose(copy), restored_home(), say=silent)
    (copy / "manifest.json").write_text("{}")
    with pytest.raises(BackupFailed, match="can't be read"):
        backup.choose(copy)


def test_a_full_disk_is_one_sentence_and_leaves_nothing(source: Source, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(BackupFailed, match="Make room there") as refused:
            backup.take(tmp_path, say=silent)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "\n" not in refused.value.message
    assert list(tmp_path.iterdir()) == []


def test_the_oldest_go_and_the_log_that_only_they_needed(source: Source, tmp_path: Path) -> None:
    with settings_of(source.url, source.root.parent), pytest.MonkeyPatch.context() as patch:
        wal = tmp_path / "wal"
        wal.mkdir()
        for name in ("000000010000000000000000.gz", "FFFFFFFFFFFFFFFFFFFFFFFF.gz", "00000002.history", "note.txt"):
            (wal / name).write_bytes(gzip.compress(b""))
        patch.setenv("HOTLEADS_WAL_ARCHIVE", str(wal))
        config.settings.cache_clear()
        taken = [backup.take(tmp_path / "kept", keep=2, logical=number == 0, say=silent) for number in range(3)]
    assert [manifest.directory for manifest in backup.kept(tmp_path / "kept")] == [manifest.directory for manifest in taken[1:]]
    assert sorted(path.name for path in wal.iterdir()) == ["00000002.history", "FFFFFFFFFFFFFFFFFFFFFFFF.gz", "note.txt"]
