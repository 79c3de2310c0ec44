"""The launch markets, computed once for all tests of this chapter."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core.kit import db
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.kit.local import LocalPostgres
from core.markets import seed_launch_markets
from tests import servers
from tests.databases import rolled_back


@pytest.fixture(scope="package")
def _launched(postgres: LocalPostgres) -> Iterator[Engine]:
    name = f"markets_{uuid7().hex[-8:]}"
    postgres.create_database(name, template=servers.TEMPLATE)
    engine = db.make_engine(postgres.url(name))
    with db.transaction(engine) as session:
        seed_launch_markets(session, now=datetime(2026, 11, 4, tzinfo=UTC))
    yield engine
    engine.dispose()
    postgres.drop_database(name)


@pytest.fixture
def launched(_launched: Engine) -> Iterator[Session]:
    """A session on a database with the four launch markets; rolled back after the test."""
    with rolled_back(_launched) as session:
        yield session


@pytest.fixture
def admin() -> Actor:
    return Actor(user_id=uuid7(), role="admin")
