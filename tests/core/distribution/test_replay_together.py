"""Both passes of a replay at the same time come to what they come to one after the other (SPEC 5.8)."""

from datetime import timedelta

from sqlalchemy import Engine

from core import distribution
from core.distribution import Change
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from tests.core.distribution.world import a_world

HOUR = timedelta(hours=1)


def test_two_sessions_tell_what_one_does(database: Engine) -> None:
    now = utc_now() - HOUR
    with transaction() as session:
        world = a_world(session, now)
        level = world.level(1)
        world.buyers(3)
        for minute in range(1, 5):
            world.run(now=now + timedelta(minutes=minute))
    asked = {"actor": SYSTEM, "niche_id": world.niche.id, "since": now, "until": now + HOUR}
    changes = [Change("level", level.id, "price_cents", level.price_cents * 2)]
    heard: list[tuple[int, int]] = []
    with transaction() as session, transaction() as beside:
        alone = distribution.replay(session, **asked, changes=changes)
        both = distribution.replay(
            session, **asked, changes=changes, beside=beside, tell=lambda done, of: heard.append((done, of))
        )
    assert both == alone and both.agreed == both.runs == 4
    assert both.after.revenue_cents == 2 * both.before.revenue_cents
    assert [done for done, _of in heard] == sorted(done for done, _of in heard) and heard[-1][0] == heard[-1][1]
