from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from tests.builders import a_market, a_niche
from tests.core.sourcing.lines import World
from tests.core.sourcing.test_sources import a_source, allow, an_admin


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    a_market(session, now)
    niche, admin = a_niche(session, now), an_admin(session, now)
    source = a_source(session, now, admin, niche_id=niche.id)
    allow(session, now, admin, source.id)
    return World(session, now, admin, source.id, niche.slug)
