"""How many leads in a row found nobody (SPEC 13.4)."""

from sqlalchemy import text

from core import distribution
from core.kit.metrics import ZERO_STREAK, Reading
from tests.core.distribution.world import World


def test_leads_that_find_nobody_are_counted_until_one_is_sold(world: World) -> None:
    world.level(2)
    assert distribution.zero_streak(world.session) == 0
    unsold = [world.lead() for _ in range(3)]
    for lead in unsold:
        assert world.run(lead).assigned == 0
    assert distribution.gauges(world.session)[:1] == [Reading(ZERO_STREAK, 3)]
    world.run(unsold[0])
    assert distribution.zero_streak(world.session) == 3, "a lead that is tried again is one lead"
    (buyer,) = world.buyers(1)
    sold = world.lead()
    assert world.run(sold).assigned == 1
    assert distribution.zero_streak(world.session) == 0
    world.session.execute(text("update subscription set status = 'paused' where provider_id = :p"), {"p": buyer})
    world.run(sold)
    assert distribution.zero_streak(world.session) == 0, "a sold lead that finds nobody else is no failure"
    world.run()
    assert distribution.zero_streak(world.session) == 1
