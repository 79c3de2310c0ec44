"""Tables by the month: rows lie in their month, old months are taken off whole, exported and dropped; rules hold in each."""

import gzip
import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core import ops
from core.kit import tenant
from core.kit.actor import SYSTEM, Actor
from core.kit.clock import utc_now
from core.kit.config import settings
from core.kit.db import transaction
from core.kit.errors import Forbidden
from core.kit.ids import moment_of, uuid7
from core.ops.months import first_kept, shifted
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


def known(session: Session) -> dict[str, ops.Month]:
    """Every part there is, by its name."""
    return {each.name: each for each in ops.months(session, actor=SYSTEM, now=utc_now()).items}


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
        gone = ops.keep_months(session, actor=SYSTEM, now=later)
        assert month in gone and ops.keep_months(session, actor=SYSTEM, now=later) == []
        entries = text("select count(*) from audit_entry where action = 'month.detached'")
        assert session.execute(entries).scalar_one() == len(gone)
    assert seen() == 0
    assert an_event() == "months.market_event_rest", "what comes late for its month is kept all the same"
    with transaction() as session:
        assert known(session)[month].attached is False
        session.execute(text("select months_ahead()"))  # the month can't be made again: its row lies in the rest
    assert run("months", "--out", str(tmp_path), "--drop") == 0
    assert month in capsys.readouterr().out
    lines = gzip.decompress((tmp_path / f"{month}.csv.gz").read_bytes()).decode().splitlines()
    assert len(lines) == 2 and lines[0].startswith("id,kind")
    with transaction() as session:
        assert month not in known(session)
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


def test_months_are_those_of_the_calendar() -> None:
    """36 months before the last of March are March, whatever the days in between."""
    assert first_kept(datetime(2026, 3, 31, 23, 59, tzinfo=UTC), 36) == date(2023, 3, 1)
    assert first_kept(datetime(2026, 1, 1, tzinfo=UTC), 1) == date(2025, 12, 1)
    assert first_kept(datetime.fromisoformat("2026-02-28T20:00-05:00"), 2) == date(2026, 1, 1), "March already, by UTC"


@given(day=st.dates(date(1990, 1, 1), date(2200, 1, 1)), months=st.integers(-600, 600))
def test_months_add_up(day: date, months: int) -> None:
    first = shifted(day, months)
    assert first.day == 1 and shifted(first, -months) == day.replace(day=1)
    assert (first.year - day.year) * 12 + first.month - day.month == months


def test_a_month_leaves_on_the_first_of_a_month(database: Engine) -> None:
    """With two months kept, one of November leaves on the first of February and not a moment before."""
    this = utc_now().date().replace(day=1)
    leaves = datetime.combine(shifted(this, 3), time(), UTC)
    name = f"market_event_{this:%Y_%m}"
    with transaction() as session:
        ops.set_threshold(session, actor=SYSTEM, key="keep_months", value=2, now=utc_now())
        assert ops.keep_months(session, actor=SYSTEM, now=leaves - timedelta(microseconds=1)) == []
        assert known(session)[name].leaves_on == leaves.date() == ops.months(session, actor=SYSTEM, now=utc_now()).next_on
        due = ops.months(session, actor=SYSTEM, now=leaves).due
        assert name in due and ops.keep_months(session, actor=SYSTEM, now=leaves) == due


def test_each_part_is_told_in_words_with_rows_and_since_when(database: Engine) -> None:
    for ago in (timedelta(days=400), timedelta(days=380), timedelta(0)):
        an_event(ago)
    with psycopg.connect(settings().database_url) as owner:
        owner.execute("analyze market_event")
    with transaction() as session:
        kept = ops.months(session, actor=SYSTEM, now=utc_now())
    events = [each for each in kept.items if each.of_table == "market_event"]
    assert [each.title for each in events[:2]] == ["before the first month", f"{utc_now():%B %Y}"]
    assert (events[-1].title, events[-1].rows, events[-1].since) == ("after the last month", 0, None)
    before, this = events[:2]
    assert (before.kind, before.rows, this.kind, this.rows) == ("before", 2, "month", 1)
    assert before.since is not None and abs(utc_now() - timedelta(days=400) - before.since) < timedelta(hours=1)
    assert before.leaves_on is None and this.leaves_on == shifted(utc_now().date(), kept.keep_months + 1)
    assert this.bytes > 0 and kept.due == [] and {each.of_table for each in kept.items} == {"market_event", "prediction"}


def test_who_is_no_admin_takes_nothing_off(database: Engine) -> None:
    for role in ("analyst", "provider"):
        with transaction() as session, pytest.raises(Forbidden):
            ops.keep_months(session, actor=Actor(uuid7(), role), now=utc_now() + timedelta(days=4000))  # type: ignore[arg-type]


def test_a_table_in_use_is_left_for_later_in_words(database: Engine) -> None:
    an_event()
    later = utc_now() + timedelta(days=31 * 38)
    with psycopg.connect(settings().database_url) as reader:
        reader.execute("lock table market_event in access share mode")
        with pytest.raises(ops.MonthsBusy, match="in use"), transaction() as session:
            ops.keep_months(session, actor=SYSTEM, now=later)
    assert seen() == 1
    with transaction() as session:
        assert f"market_event_{utc_now():%Y_%m}" in ops.keep_months(session, actor=SYSTEM, now=later)


def test_the_command_takes_off_and_tells_programs(database: Engine, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("months", "--detach", "--json") == 0
    told = capsys.readouterr()
    assert told.err == "Nothing is old enough to be taken off.\n"
    assert {each["title"] for each in json.loads(told.out)["items"]} >= {"before the first month", "after the last month"}
    assert run("months") == 0
    said = capsys.readouterr().out
    assert "before the first month" in said and "36 months are kept beside the running one. Taken off next: from 20" in said


def test_an_id_tells_when_it_was_made() -> None:
    before = utc_now()
    assert before - timedelta(milliseconds=1) <= moment_of(uuid7()) <= utc_now() + timedelta(milliseconds=1)
