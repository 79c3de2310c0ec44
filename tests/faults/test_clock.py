"""Clocks that jump, and nights in which the markets' clocks are changed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from core.kit.clock import in_zone
from core.kit.db import transaction
from jobs import relay
from jobs.schedule import SCHEDULE
from tests import servers
from tests.faults.ground import Ground, standing
from tests.faults.shifted import set_wrong
from tests.faults.troubles import pause

HOURS = 3_600.0


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    path = tmp_path / "clock"
    set_wrong(path, 0)
    return path


@pytest.fixture
def ground(clock: Path) -> Iterator[Ground]:
    with standing(servers.home_of_this_run() / "clock", FAULTS_CLOCK=str(clock)) as ground:
        yield ground


@pytest.mark.long
def test_a_clock_that_jumps_to_and_fro_loses_nothing(ground: Ground, clock: Path) -> None:
    def jump(_: object) -> None:
        for hours in (3, -3, 0):
            set_wrong(clock, hours * HOURS)
            pause(5)

    assert ground.broken(ground.under_load(jump)) == []


NIGHTS = [(datetime(2026, 3, 8, 4, tzinfo=UTC), timedelta(hours=1)), (datetime(2026, 11, 1, 4, tzinfo=UTC), timedelta(hours=-1))]


@pytest.mark.parametrize(("evening", "change"), NIGHTS)
def test_a_night_in_which_clocks_change_has_each_slot_once(database: Engine, evening: datetime, change: timedelta) -> None:
    until = evening + timedelta(hours=9)
    before, after = (in_zone(moment, "America/Los_Angeles").utcoffset() for moment in (evening, until))
    assert before is not None and after is not None and after - before == change
    known: dict[str, datetime] = {}
    moment = evening
    while moment < until:
        relay.tick(known, now=moment)
        with transaction() as session:  # as if workers were done at once
            session.execute(text("update outbox set state = 'done', finished_at = now() where state = 'ready'"))
        moment += timedelta(minutes=10)
    with transaction() as session:
        rows = session.execute(text("select kind, count(*), count(distinct payload ->> 'slot') from outbox group by 1")).all()
    told = {kind.removeprefix("schedule."): (rows, slots) for kind, rows, slots in rows}
    hourly = [entry.name for entry in SCHEDULE.values() if entry.every == timedelta(hours=1)]
    assert hourly and all(told[name] == (9, 9) for name in hourly)
    assert all(count == slots for count, slots in told.values())
