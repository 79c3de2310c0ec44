from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from tests.core.reports.small_world import Town, a_town


@pytest.fixture
def town(session: Session, now: datetime) -> Town:
    return a_town(session, now)
