"""One instance, one trouble after the other at a moment of no choice, under load: every rule holds after each."""

from collections.abc import Iterator

import pytest

from tests import servers
from tests.faults.around import AROUND, Around
from tests.faults.ground import Ground, standing
from tests.faults.troubles import ANY_MOMENT, Trouble


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with standing(servers.home_of_this_run() / "faults") as ground:
        yield ground


@pytest.mark.long
@pytest.mark.parametrize("trouble", ANY_MOMENT, ids=lambda trouble: trouble.__name__)
def test_nothing_is_lost_and_nothing_is_done_twice(ground: Ground, trouble: Trouble) -> None:
    assert ground.broken(ground.under_load(trouble)) == []


@pytest.mark.long
@pytest.mark.parametrize("trouble", AROUND, ids=lambda trouble: trouble.__name__)
def test_others_that_are_away_cost_time_only(ground: Ground, trouble: Around) -> None:
    told = ground.under_load(lambda _: trouble(ground))
    assert ground.broken(told) == []
    assert told.confirmed and told.checkouts
