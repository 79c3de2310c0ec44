"""A small world with something to seal in each sealed table."""

from datetime import datetime

import pytest
from sqlalchemy import Engine

from core.kit.db import transaction
from tests.builders import a_lead, a_market, a_niche, a_provider
from tests.core.audit.chain import record


@pytest.fixture
def world(database: Engine, now: datetime) -> Engine:
    """Three entries, one transfer and one consent event, recorded by one transaction."""
    with transaction() as session:
        record(session, now, 3)
        a_provider(session, now)
        a_lead(session, now, a_niche(session, now), a_market(session, now))
    return database
