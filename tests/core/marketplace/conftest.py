"""A market for each test."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from tests.core.marketplace.world import Market, a_market


@pytest.fixture
def market(session: Session, now: datetime) -> Market:
    return a_market(session, now)
