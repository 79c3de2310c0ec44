"""The world of one test, in its own rolled-back session."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from tests.core.distribution.world import World, a_world, assert_whole


@pytest.fixture
def world(session: Session, now: datetime) -> Iterator[World]:
    yield a_world(session, now)
    assert_whole(session)
