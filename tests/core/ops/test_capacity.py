"""The capacity model: what a day needs follows from counts and measured costs, and the bytes of a lead are those of its rows."""

import json
import math
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from core import ops
from core.kit.actor import SYSTEM, Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.ops import COSTS, Day
from tests.cli.conftest import Run, run
from tests.core.leads.world import a_world, submitted

__all__ = ["run"]  # a fixture
LEADS = 400


def test_a_day_is_the_sum_of_its_pieces() -> None:
    day = Day(leads=86_400, sales_per_lead=2, searches_per_lead=0, inbox_per_sale=0, peak=1)
    need = ops.capacity(day)
    database_ms = COSTS["lead"].database_ms + 2 * COSTS["sale"].database_ms
    assert need.leads_per_s == 1 and need.database_cores == pytest.approx(database_ms / 1000 / 0.5, abs=0.01)
    assert need.disk_gb_per_year == pytest.approx(86_400 * 365 * (COSTS["lead"].bytes + 2 * COSTS["sale"].bytes) / 1e9, abs=0.1)


@pytest.mark.parametrize("more", [{"leads": 200_000}, {"sales_per_lead": 9}, {"searches_per_lead": 100}, {"peak": 12}])
def test_more_of_anything_never_needs_less(more: dict[str, float]) -> None:
    small, large = ops.capacity(Day(leads=20_000)), ops.capacity(Day(**({"leads": 20_000} | more)))  # type: ignore[arg-type]
    assert large.database_cores > small.database_cores and large.connections >= small.connections


def test_the_next_step_follows_the_load() -> None:
    assert ops.capacity(Day(leads=1_000)).next_step == "one machine with two cores"
    assert "replica" in ops.capacity(Day(leads=200_000, searches_per_lead=200, sales_per_lead=1)).next_step
    assert "PgBouncer" in ops.capacity(Day(leads=20_000_000)).next_step
    assert "replica" not in ops.capacity(Day(leads=20_000_000, searches_per_lead=0)).next_step


def test_the_bytes_of_a_lead_are_those_that_its_rows_take(database: Engine) -> None:
    """Within a factor of two: addresses, forms and what a page of an index holds differ."""
    with transaction() as session:
        world = a_world(session, utc_now())

    def taken() -> int:
        ours = "relkind = 'r' and relnamespace = 'public'::regnamespace"
        with transaction() as session:
            return int(session.execute(text(f"select sum(pg_total_relation_size(oid)) from pg_class where {ours}")).scalar_one())

    numbers = iter(range(1, 2 * LEADS + 1))
    for part in range(2):
        if part == 1:
            before = taken()  # once every index has its first pages
        with transaction() as session:
            for _ in range(LEADS):
                submitted(session, utc_now(), world.niche, next(numbers))
    assert COSTS["lead"].bytes / 2 < (taken() - before) / LEADS < COSTS["lead"].bytes * 2


def test_the_command_tells_it(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("capacity", "--leads-per-day", "10000", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["leads_per_s"] == 0.46 and told["next_step"]


@pytest.mark.parametrize(
    "wrong", [{"leads": 0}, {"leads": 10**12}, {"peak": math.inf}, {"sales_per_lead": math.nan}, {"peak": 0.5}]
)
def test_a_day_that_no_exchange_has_is_refused_in_words(wrong: dict[str, float]) -> None:
    with pytest.raises(ops.DayOutOfBounds, match="between"):
        Day(**({"leads": 20_000} | wrong))  # type: ignore[arg-type]


def test_the_command_refuses_it_in_words(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("capacity", "--leads-per-day", "1000", "--peak", "inf") == 1
    assert "Give peak between 1 and 1,000" in capsys.readouterr().err


def test_the_day_seen_here_is_what_an_outlook_begins_with(database: Engine) -> None:
    now = utc_now()
    with transaction() as session:
        assert ops.outlook(session, actor=SYSTEM, asked={}, now=now).seen is None
        world = a_world(session, now)
        for number in range(1, 9):
            submitted(session, now, world.niche, number)
        session.execute(text("update lead set submitted_at = submitted_at - interval '4 days'"))
        session.execute(
            text("""insert into market_event (id, kind, user_id, query, found, at)
                    select dated_id(:now), 'search', uuid7(), '{}', 0, :now from generate_series(1, 12)"""),
            {"now": now},
        )
    with transaction() as session:
        found = ops.outlook(session, actor=SYSTEM, asked={"peak": 2}, now=now + timedelta(seconds=1))
        assert found.seen == Day(leads=2, sales_per_lead=0, searches_per_lead=1.5) and found.day.peak == 2
        assert found.need == ops.capacity(found.day)
        later = ops.outlook(session, actor=SYSTEM, asked={}, now=now + timedelta(days=40))
        assert later.seen is None, "what is older than four weeks says nothing of now"
        with pytest.raises(Forbidden):
            ops.outlook(session, actor=Actor(uuid7(), "provider"), asked={}, now=now)
