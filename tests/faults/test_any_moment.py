"""One instance, one trouble after the other at a moment of no choice, under load: every rule holds after each."""

from collections.abc import Iterator

import pytest

from tests import servers
from tests.faults.ground import Ground, standing
from tests.faults.troubles import ANY_MOMENT, Trouble, pause


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with standing(servers.home_of_this_run() / "faults") as ground:
        yield ground


@pytest.mark.long
@pytest.mark.parametrize("trouble", ANY_MOMENT, ids=lambda trouble: trouble.__name__)
def test_nothing_is_lost_and_nothing_is_done_twice(ground: Ground, trouble: Trouble) -> None:
    assert ground.broken(ground.under_load(trouble)) == []


@pytest.mark.long
def test_a_mail_server_that_is_away_costs_time_only(ground: Ground) -> None:
    def away(_: object) -> None:
        ground.mail_door.shut()
        pause(6)
        ground.mail_door.open()

    told = ground.under_load(away)
    assert ground.broken(told) == [] and ground.mail_door.refused
    written = {str(letter["To"]) for letter in ground.mail.letters}
    assert set(told.submitted) <= written


@pytest.mark.long
def test_payment_services_that_are_away_cost_time_only(ground: Ground) -> None:
    def away(_: object) -> None:
        ground.gateway_door.shut()
        pause(6)
        ground.gateway_door.open()

    assert ground.broken(ground.under_load(away)) == []
