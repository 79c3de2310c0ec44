"""Upkeep by the month: what is kept since when, what was taken off, what goes next, and the button for it (docs/adr/0032)."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from core import ops
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.config import settings
from core.kit.db import transaction
from dashboard.admin.operations_months import TABLES
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.test_actions import said
from tests.dashboard.world import World

OLD = "market_event_2020_02"
PART = """create table months.{name} partition of market_event
          for values from (oldest_id('2020-02-01 00:00+00')) to (oldest_id('2020-03-01 00:00+00'))"""


@pytest.fixture
def old_month(world: World) -> Iterator[str]:
    """A month that nobody took off yet, with one search in it: the part before the first month is made anew around it."""
    first = utc_now().date().replace(day=1)
    with psycopg.connect(settings().database_url) as owner:
        owner.execute("drop table months.market_event_before")
        owner.execute(PART.format(name=OLD))
        owner.execute(
            f"create table months.market_event_before partition of market_event"
            f" for values from (oldest_id('2020-03-01 00:00+00')) to (oldest_id('{first} 00:00+00'))"
        )
    with transaction() as session:
        noted = """insert into market_event (id, kind, user_id, query, found, at)
                   values (dated_id('2020-02-20 00:00+00'), 'search', uuid7(), '{}', 0, '2020-02-20 00:00+00')"""
        session.execute(text(noted))
    yield OLD
    with psycopg.connect(settings().database_url) as owner:
        owner.execute(f"drop table if exists months.{OLD}")


def may_take_off(page: Any) -> bool:
    return "do-months-detach" in {button.key for button in page.button}


def test_what_is_kept_by_the_month_is_shown_in_words(open_page: Open, world: World) -> None:
    page = open_page("analyst", "operations", ops="Upkeep")
    sound(page)
    shown = next(table.value for table in page.dataframe if "standing" in table.value)
    assert f"{utc_now():%B %Y}" in set(shown["part"])
    assert not {"Before the first month", "After the last month"} & set(shown["part"]), (
        "nothing lies there, and they are no months"
    )
    assert set(shown["table"]) == set(TABLES.values()), "each table has words of its own"
    tiles = {tile.label: tile.value for tile in page.metric}
    assert tiles["Kept in the tables"] == "36 months" and tiles["Waiting for export"] == "0 months"
    assert tiles["Taken off next"] == f"{utc_now():%B %Y}"
    assert not may_take_off(page)


def test_an_old_month_is_taken_off_at_once(open_page: Open, old_month: str) -> None:
    assert not may_take_off(open_page("analyst", "operations", ops="Upkeep")), "administrators alone"
    page = open_page("admin", "operations", ops="Upkeep")
    sound(page)
    shown = next(table.value for table in page.dataframe if "standing" in table.value)
    (row,) = (dict(row) for _, row in shown.iterrows() if row["part"] == "February 2020")
    assert (row["since"], row["standing"]) == ("20 Feb 2020", "Leaves with the next run")
    assert "1 month leaves its table" in words(page)
    page.button(key="do-months-detach").click().run()
    sound(page)
    assert "Old months are taken off" in said(page) and not may_take_off(page)
    with transaction() as session:
        month = next(each for each in ops.months(session, actor=SYSTEM, now=utc_now()).items if each.name == old_month)
    assert month.begins_on == date(2020, 2, 1) and not month.attached and month.taken_off_at is not None
    shown = next(table.value for table in page.dataframe if "standing" in table.value)
    assert "Taken off just now" in list(shown["standing"])
