"""Nobody waits while what is on sale is read anew: the reading goes on beside, and one that fails costs nobody anything."""

from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs

from core.kit.actor import Actor
from core.kit.config import settings
from core.kit.db import make_engine, transaction
from core.kit.ids import uuid7
from ml.recommend import Shelf
from ml.recommend.predict import READ_AGAIN_S
from tests import builders
from tests.eventually import eventually
from tests.ml.test_recommend import _listed, read_all


class Wall:
    """A clock that moves when it is told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def shown(shelf: Shelf, provider: UUID, now: datetime) -> int:
    with transaction() as session:
        return len(shelf.for_provider(session, actor=Actor(uuid7(), "provider", provider), now=now))


@pytest.fixture
def world(database: Engine, now: datetime) -> tuple[UUID, list[UUID]]:
    """A company, and a lead on sale with another to come."""
    with transaction() as session:
        market, niche = builders.a_market(session, now), builders.a_niche(session, now)
        leads = [builders.a_lead(session, now, niche, market, slots=3).id for _ in range(2)]
        _listed(session, now, leads[0], "hail storm shingles")
        read_all(session, now)
        return builders.a_provider(session, now).id, leads


def test_what_came_since_is_seen_after_a_reading_that_nobody_waited_for(world: tuple[UUID, list[UUID]], now: datetime) -> None:
    (provider, leads), clock = world, Wall()
    shelf = Shelf(clock=clock, beside=True)
    assert shown(shelf, provider, now) == 1
    with transaction() as session:
        _listed(session, now, leads[1], "duct cleaning allergy")
        read_all(session, now)
    assert shown(shelf, provider, now) == 1  # read a moment ago
    clock.now += READ_AGAIN_S
    assert shown(shelf, provider, now) == 1  # what is held serves, and a reading begins
    assert eventually(lambda: shown(shelf, provider, now) == 2)


def test_a_reading_that_fails_leaves_what_is_held(world: tuple[UUID, list[UUID]], now: datetime) -> None:
    (provider, leads), clock = world, Wall()
    shelf = Shelf(clock=clock, beside=True)
    assert shown(shelf, provider, now) == 1
    clock.now += READ_AGAIN_S
    owner = make_engine(settings().database_url, as_app_role=False)
    with owner.begin() as connection:
        connection.exec_driver_sql("alter table lead_vector rename to lead_vector_away")
    with capture_logs() as logs, transaction() as session:
        assert len(shelf._on_sale(session).ids) == 1  # the held one, while the reading beside it fails
        eventually(lambda: any(line["event"] == "shelf.not_read" for line in logs))
    with owner.begin() as connection:
        connection.exec_driver_sql("alter table lead_vector_away rename to lead_vector")
    owner.dispose()
    with transaction() as session:
        _listed(session, now, leads[1], "duct cleaning allergy")
        read_all(session, now)
    assert eventually(lambda: shown(shelf, provider, now) == 2)  # whoever asks next tries again
