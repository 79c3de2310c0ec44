"""The export of months that were taken off: at once, again, and over what is there already; nothing is dropped unread."""

import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from cli import months
from core.kit.config import settings
from tests.eventually import eventually

NAME = "market_event_2020_02"
_WAITS = "select count(*) from pg_locks where not granted and locktype = 'relation'"


@pytest.fixture
def taken_off(database: Engine) -> Iterator[str]:
    """A month that lies in no table any more, with two rows in it."""
    with psycopg.connect(settings().database_url) as owner:
        owner.execute(f"create table months.{NAME} (id uuid, kind text)")
        owner.execute(f"insert into months.{NAME} select uuid7(), 'search' from generate_series(1, 2)")
    yield NAME
    with psycopg.connect(settings().database_url) as owner:
        owner.execute(f"drop table if exists months.{NAME}")


def lines(path: Path) -> list[str]:
    return gzip.decompress(path.read_bytes()).decode().splitlines()


def test_two_exports_follow_each_other(taken_off: str, tmp_path: Path) -> None:
    """The second one finds nothing more to do: it neither writes into the first one's file nor drops what it has not read."""
    with ThreadPoolExecutor(1) as pool, psycopg.connect(settings().database_url) as first:
        first.execute(f"lock table months.{NAME} in share update exclusive mode")  # as an export begins
        second = pool.submit(lambda: list(months.export(tmp_path, drop=True)))
        with psycopg.connect(settings().database_url, autocommit=True) as looking:
            eventually(lambda: looking.execute(_WAITS).fetchone() == (1,))
        assert list(tmp_path.iterdir()) == []
        first.execute(f"drop table months.{NAME}")
        first.commit()
        assert second.result() == [f"{NAME} was dropped meanwhile."]
    assert list(tmp_path.iterdir()) == []


def test_the_same_again_is_one_file_and_another_month_s_is_never_written_over(taken_off: str, tmp_path: Path) -> None:
    for _ in range(2):
        assert list(months.export(tmp_path, drop=False)) == [f"{tmp_path / NAME}.csv.gz is written."]
    assert [path.name for path in tmp_path.iterdir()] == [f"{NAME}.csv.gz"]
    before = lines(tmp_path / f"{NAME}.csv.gz")
    with psycopg.connect(
        settings().database_url
    ) as owner:  # as after a clock that was ahead: the month is made and taken off again
        owner.execute(f"delete from months.{NAME}")
    assert list(months.export(tmp_path, drop=True)) == [f"{tmp_path / NAME}.2.csv.gz is written, the month dropped."]
    assert lines(tmp_path / f"{NAME}.csv.gz") == before and lines(tmp_path / f"{NAME}.2.csv.gz") == ["id,kind"]
