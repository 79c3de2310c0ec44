"""A world in the test's own transaction."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from tests.core.leads.world import World, a_world


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return a_world(session, now)
