"""Probes 12 and 13: every level starts equally often and everybody is served in turn, with four workers at it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from core.kit.db import transaction
from tests.core.distribution.crowd import dealt_out, sales
from tests.core.distribution.world import a_world


def test_starts_rotate_and_everybody_is_served_in_turn(pool: ThreadPoolExecutor, now: datetime) -> None:
    with transaction() as session:
        world = a_world(session, now)
        levels = [world.level(1), world.level(2), world.level(2)]
        groups = [world.buyers(5, level) for level in levels]
        waiting = [world.lead().id for _ in range(24)]
    runs = dealt_out(pool, waiting, now)
    assert Counter(run.traversal[0] for run in runs) == {level.id: 8 for level in levels}
    assert sorted(run.turn for run in runs) == list(range(1, 25))
    served = sales()
    for level, group in zip(levels, groups, strict=True):
        counts = [served[buyer] for buyer in group]
        assert sum(counts) == 24 * level.max_recipients and max(counts) - min(counts) <= 1


def test_a_run_of_sixty_spreads_within_one_of_the_ideal(pool: ThreadPoolExecutor, now: datetime) -> None:
    """Sixty sales among seven who all want them, dealt out to four workers whose clocks stand still."""
    with transaction() as session:
        world = a_world(session, now)
        world.level(1)
        buyers = world.buyers(7)
        waiting = [world.lead().id for _ in range(60)]
    dealt_out(pool, waiting, now)
    served = sales()
    assert served.total() == 60 and {served[buyer] for buyer in buyers} == {8, 9}
