"""Walking through a source: batch by batch, resumed after a kill, closed with its reason when the source fails."""

import json
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from core import sourcing
from core.kit.actor import SYSTEM
from core.kit.db import Json, make_engine, transaction
from core.sourcing import Batch, RawRecord, SourceBusy, SourceUnavailable
from jobs import ingest
from tests.builders import a_market, a_niche
from tests.core.sourcing.lines import Lines
from tests.core.sourcing.test_sources import a_source, allow, an_admin


class Breaking(Lines):
    """A source that answers so many batches and then no more."""

    def __init__(self, records: list[RawRecord], *, batches: int) -> None:
        super().__init__(records)
        self.batches = batches

    def fetch(self, cursor: Json | None) -> Iterator[Batch]:
        for number, batch in enumerate(super().fetch(cursor)):
            if number == self.batches:
                raise SourceUnavailable("source.down", "The site does not answer.", retry_after_s=600)
            yield batch


def records(n: int, now: datetime) -> list[RawRecord]:
    return [RawRecord(f"r{i}", "1", json.dumps(said(i)).encode(), "application/json", now) for i in range(n)]


def said(i: int) -> dict[str, str]:
    return {"name": f"Pat Number{chr(97 + i)}", "email": f"p{i}@example.com", "street": f"{i} Oak St", "zip": "89109"}


@pytest.fixture
def source_id(database: Engine, now: datetime) -> UUID:
    with transaction() as session:
        a_market(session, now)
        niche, admin = a_niche(session, now), an_admin(session, now)
        source = a_source(session, now, admin, niche_id=niche.id, every_minutes=60)
        allow(session, now, admin, source.id)
        return source.id


def count(sql: str) -> int:
    with transaction() as session:
        found: int = session.execute(text(sql)).scalar_one()
        return found


def walk(source_id: UUID, connector: Lines) -> sourcing.RunCounts:
    return ingest.walk_through(source_id, actor=SYSTEM, cause="person", connector=connector)


def test_a_source_that_breaks_off_goes_on_where_its_last_batch_ended(source_id: UUID, now: datetime) -> None:
    first = walk(source_id, Breaking(records(9, now), batches=2))
    assert (first.fetched, first.fresh) == (4, 4)
    with transaction() as session:
        source = sourcing.find_source(session, source_id)
        assert (source.cursor, source.failures, source.last_error) == ({"next": 4}, 1, "The site does not answer.")
    rest = walk(source_id, Lines(records(9, now)))
    assert (rest.fetched, rest.fresh) == (5, 5)
    assert count("select count(*) from lead") == 9
    assert count("select count(*) from source where failures = 0 and last_error is null") == 1


def test_two_walks_through_one_source_never_overlap(source_id: UUID, now: datetime) -> None:
    class Second(Lines):
        def fetch(self, cursor: Json | None) -> Iterator[Batch]:
            with pytest.raises(SourceBusy):
                walk(source_id, Lines(records(2, now)))
            return super().fetch(cursor)

    assert walk(source_id, Second(records(3, now))).fresh == 3
    assert walk(source_id, Lines(records(3, now))).fetched == 0, "the cursor stands behind them"


def test_a_record_that_the_database_refuses_does_not_stop_the_others(source_id: UUID, database: Engine, now: datetime) -> None:
    owner = make_engine(database.url.render_as_string(hide_password=False), as_app_role=False)
    with owner.begin() as connection:
        connection.execute(text("alter table contact add constraint odd check (email <> 'p3@example.com')"))
    owner.dispose()
    done = walk(source_id, Lines(records(6, now)))
    assert (done.fetched, done.fresh, done.quarantined) == (6, 5, 1)
    with transaction() as session:
        (entry,) = sourcing.list_quarantine(session, actor=SYSTEM)
    assert (entry.record_id, entry.reasons[0].code) == ("r3", "refused")
    assert count("select count(*) from raw_record") == 6


def test_due_sources_are_walked_through_by_a_job(source_id: UUID, now: datetime) -> None:
    with transaction() as session:
        assert sourcing.enqueue_due(session, now=now) == 1
        assert sourcing.enqueue_due(session, now=now) == 0
    assert count("select count(*) from outbox where kind = 'source.run' and payload ->> 'cause' = 'schedule'") == 1
