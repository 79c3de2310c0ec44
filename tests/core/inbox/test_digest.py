"""The weekly digest: asked once on Monday at eight on the company's own clock, sent when something happened (SPEC 11.2)."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import inbox, messaging
from core.inventory import Assignment
from tests import builders
from tests.core.inbox.conftest import World, sold

VEGAS, DALLAS = "America/Los_Angeles", "America/Chicago"
MONDAY = date(2026, 11, 2)  # the clocks went back the day before
EIGHT_IN_VEGAS = datetime(2026, 11, 2, 16, 0, tzinfo=UTC)


def at_home(session: Session, provider: UUID, world: World, market: UUID | None = None) -> None:
    session.execute(
        text("insert into provider_interest (provider_id, niche_id, market_id) values (:p, :n, :m)"),
        {"p": provider, "n": world.niche.id, "m": market or world.market.id},
    )


def asked(session: Session) -> list[tuple[str, str, str]]:
    rows = session.execute(text("select payload from outbox where kind = 'digest.weekly' order by id")).scalars()
    return [(row["provider_id"], row["week"], row["zone"]) for row in rows]


def test_it_is_asked_at_eight_on_each_clock_once(session: Session, now: datetime, world: World) -> None:
    dallas = builders.a_market(session, now, name="Dallas", slug="dallas", timezone=DALLAS)
    at_home(session, world.ann.provider.id, world)
    at_home(session, world.bob.provider.id, world, dallas.id)
    ann, bob = (str(buyer.provider.id) for buyer in (world.ann, world.bob))
    assert inbox.ask_digests(session, now=EIGHT_IN_VEGAS - timedelta(hours=2, seconds=1)) == 0
    assert inbox.ask_digests(session, now=EIGHT_IN_VEGAS - timedelta(hours=2)) == 1
    assert inbox.ask_digests(session, now=EIGHT_IN_VEGAS - timedelta(seconds=1)) == 0
    assert inbox.ask_digests(session, now=EIGHT_IN_VEGAS) == 1
    assert asked(session) == [(bob, "2026-10-26", DALLAS), (ann, "2026-10-26", VEGAS)]
    # Done jobs do not make room for a second one; the next week does.
    session.execute(text("update outbox set state = 'done'"))
    assert inbox.ask_digests(session, now=EIGHT_IN_VEGAS + timedelta(hours=3)) == 0
    assert inbox.ask_digests(session, now=EIGHT_IN_VEGAS + timedelta(days=7)) == 2
    assert {week for _, week, _ in asked(session)} == {"2026-10-26", "2026-11-02"}


def test_a_worker_that_was_down_makes_up_for_it_for_a_day(session: Session, world: World) -> None:
    at_home(session, world.ann.provider.id, world)
    at_home(session, world.bob.provider.id, world)
    assert inbox.ask_digests(session, now=EIGHT_IN_VEGAS + timedelta(hours=24)) == 0
    assert inbox.ask_digests(session, now=EIGHT_IN_VEGAS + timedelta(hours=23)) == 2


def test_suspended_companies_get_none(session: Session, world: World) -> None:
    world.ann.provider.status = world.bob.provider.status = "suspended"
    session.flush()
    assert inbox.ask_digests(session, now=EIGHT_IN_VEGAS.replace(hour=8)) == 0


def test_its_figures_are_those_of_the_week_on_the_wall(session: Session, now: datetime, world: World) -> None:
    def sale(when: str, **more: object) -> Assignment:
        return sold(session, now, world, world.ann, assigned_at=datetime.fromisoformat(when), **more)

    sale("2026-10-25T23:59:00-07:00")
    won = sale("2026-10-26T00:00:00-07:00")
    sale("2026-11-01T23:59:00-08:00")
    sale("2026-11-02T00:00:00-08:00")
    won.outcome, won.outcome_at = "won", now
    session.flush()
    assert digest(session, world.ann.provider.id)
    (job,) = session.execute(text("select payload, key from outbox where kind = 'email'"))
    told = job.payload["context"]
    assert (told["received"], told["won"], told["spent"], told["balance"]) == ("2", "1", "$0.00", "$1,000.00")
    assert told["week"] == "26 October to 1 November 2026" and told["missed"] == "0" and told["why"] == ""
    assert set(told) == set(messaging.shipped()["weekly_digest"].samples)


def test_what_was_missed_is_told_with_its_reasons(session: Session, now: datetime, world: World) -> None:
    level = builders.a_level(session, now, world.niche)
    subscribed = builders.a_subscription(session, now - timedelta(days=30), world.ann.provider, level)
    session.execute(
        text("update subscription set created_at = :t where id = :id"), {"t": now - timedelta(days=30), "id": subscribed.id}
    )
    then = datetime(2026, 10, 28, 18, 0, tzinfo=UTC)
    for _ in range(2):
        lead = builders.a_lead(session, then, world.niche, world.market)
        session.execute(
            text("""insert into distribution_run
                      (id, lead_id, niche_id, state, turn, traversal, started_by, started_at, finished_at)
                    values (gen_random_uuid(), :lead, :niche, 'finished', 1, '{}', :lead, :at, :at)"""),
            {"lead": lead.id, "niche": world.niche.id, "at": then},
        )
    assert digest(session, world.ann.provider.id)
    told = session.execute(text("select payload -> 'context' from outbox where kind = 'email'")).scalar_one()
    assert (
        told["missed"] == "2"
        and told["received"] == "0"
        and told["why"] == "Companies that had waited longer were served first (2)."
    )


@pytest.mark.parametrize("times", [1, 3])
def test_a_quiet_week_is_silent_and_a_loud_one_told_once(session: Session, now: datetime, world: World, times: int) -> None:
    for _ in range(times):
        assert not digest(session, world.bob.provider.id)
    sold(session, now, world, world.ann, assigned_at=datetime(2026, 10, 28, 18, 0, tzinfo=UTC))
    for _ in range(times):
        assert digest(session, world.ann.provider.id)
        session.execute(text("update outbox set state = 'done'"))
    assert session.execute(text("select count(*) from outbox where kind = 'email'")).scalar_one() == 1


def digest(session: Session, provider: UUID) -> bool:
    return inbox.send_digest(session, provider_id=provider, week=MONDAY - timedelta(days=7), zone=VEGAS, now=EIGHT_IN_VEGAS)
