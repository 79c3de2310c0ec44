"""What the tests of seals do over and over: record, seal, verify, and tamper as nobody may."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import SYSTEM
from core.kit.config import settings
from core.kit.db import make_engine, transaction
from core.kit.ids import uuid7


def record(session: Session, now: datetime, count: int) -> None:
    for number in range(count):
        audit.record(session, SYSTEM, "test.happened", entity_type="test", entity_id=uuid7(), now=now, after={"n": number})


def seal_all(now: datetime, *, rows: int = 0) -> int:
    """Seal once, and again until ``rows`` are sealed: a transaction of another database that ends while the sealer looks is
    taken for one of ours, and what came after it waits for the next run."""
    sealed = _seal_once(now)
    for _ in range(20):
        if sealed >= rows:
            break
        sealed += _seal_once(now)
    return sealed


def _seal_once(now: datetime) -> int:
    with transaction() as session:
        return audit.seal_new(session, now=now)


def faults() -> list[str]:
    with transaction() as session:
        return [check.detail for check in audit.verify(session) if not check.ok]


def details() -> str:
    with transaction() as session:
        return " ".join(check.detail for check in audit.verify(session))


@contextmanager
def behind_the_back() -> Iterator[Session]:
    """As a superuser with triggers off: what grants and triggers can't stop."""
    engine = make_engine(settings().database_url, as_app_role=False)
    with closing_pool(engine), transaction(engine) as session:
        session.execute(text("set session_replication_role = replica"))
        yield session


@contextmanager
def closing_pool(engine: Engine) -> Iterator[None]:
    try:
        yield
    finally:
        engine.dispose()


def first_id(table: str) -> UUID:
    with transaction() as session:
        found: UUID = session.execute(text(f"select id from {table} order by id limit 1")).scalar_one()
        return found
