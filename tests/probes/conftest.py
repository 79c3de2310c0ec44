"""Workers on real connections; books and inventory are checked after every probe."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from core.kit.db import transaction
from tests.core.distribution.world import assert_whole
from tests.core.payments.conftest import _stubs, gateways
from tests.intake_api.auth.conftest import browser, person
from tests.intake_api.conftest import app, client

__all__ = ["_stubs", "app", "browser", "client", "gateways", "person"]


@pytest.fixture
def pool(database: Engine) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool
    with transaction() as session:
        assert_whole(session)
