from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from tests.core.returns.court import Court, a_court


@pytest.fixture
def court(session: Session, now: datetime) -> Court:
    """Two companies that both buy every lead, at 25 dollars."""
    return a_court(session, now)
