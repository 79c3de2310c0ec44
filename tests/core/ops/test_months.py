"""Tables by the month: rows lie in their month, old months are taken off whole, exported and dropped; rules hold in each."""

import gzip
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from core import ops
from core.kit import tenant
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.ids import uuid7
from tests.cli.conftest import Run, run

__all__ = ["run"]  # a fixture
_EVENT = text("""
    insert into market_event (id, kind, user_id, query, found, at) values (dated_id(:at), 'search', uuid7(), '{}', 0, :at)
    returning tableoid::regclass::text""")


def an_event(ago: timedelta = timedelta(0)) -> str:
    """A search noted so long ago; where it lies."""
    with transaction() as session:
        return str(session.execute(_EVENT, {"at": utc_now() - ago}).scalar_one())


def seen() -> int:
    with transaction() as session:
        return int(session.execute(text("select count(*) from market_event")).scalar_one())


def test_a_row_lies_in_the_month_of_its_id_and_the_past_before_them(database: Engine) -> None:
    assert an_event() == f"months.market_event_{utc_now():%Y_%m}"
    assert an_event(timedelta(days=400)) == "months.market_event_before"
    assert seen() == 2


def test_months_are_made_ahead_once(database: Engine) -> None:
    with transaction() as session:
        assert session.execute(text("select months_ahead()")).scalar_one() == []
        assert len(session.execute(text("select months_ahead(5)")).scalar_one()) == 2 * len(
            session.execute(text("select * from month_tables()")).all()
        )


def test_an_old_month_is_taken_off_whole_exported_and_dropped(
    database: Engine, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    an_event()
    month = f"market_event_{utc_now():%Y_%m}"
    later = utc_now() + timedelta(days=31 * 38)
    with transaction() as session:
        gone = ops.keep_months(session, now=later)
        assert month in gone and ops.keep_months(session, now=later) == []
        entries = text("select count(*) from audit_entry where action = 'month.detached'")
        assert session.execute(entries).scalar_one() == len(gone)
    assert seen() == 0
    assert an_event() == "months.market_event_rest", "what comes late for its month is kept all the same"
    with transaction() as session:
        assert {each.name: each.attached for each in ops.months(session)}[month] is False
        session.execute(text("select months_ahead()"))  # the month can't be made again: its row lies in the rest
    assert run("months", "--out", str(tmp_path), "--drop") == 0
    assert month in capsys.readouterr().out
    lines = gzip.decompress((tmp_path / f"{month}.csv.gz").read_bytes()).decode().splitlines()
    assert len(lines) == 2 and lines[0].startswith("id,kind")
    with transaction() as session:
        assert month not in {each.name for each in ops.months(session)}
    assert seen() == 1


def test_nothing_is_dropped_that_is_not_exported(run: Run) -> None:
    assert run("months", "--drop") == 2


def test_a_month_holds_its_table_s_rules(database: Engine) -> None:
    an_event()
    with pytest.raises(DBAPIError, match="permission denied"), transaction() as session:
        session.execute(text("delete from prediction"))
    with pytest.raises(DBAPIError, match="permission denied"), transaction() as session:
        session.execute(text(f"select * from months.market_event_{utc_now():%Y_%m}"))
    with tenant.transaction(uuid7()) as session:
        assert session.execute(text("select count(*) from market_event")).scalar_one() == 0, "another company's rows"
    with pytest.raises(DBAPIError, match="permission denied"), tenant.transaction(uuid7()) as session:
        session.execute(text("select months_detach(now())"))
