"""Sealing: complete, in order, and no burden for writers (SPEC 13.8)."""

import threading
from datetime import datetime

import pytest
from sqlalchemy import Engine, text

from core import audit
from core.audit import seal
from core.kit.db import make_engine, transaction
from core.kit.local import LocalPostgres
from tests.core.audit.chain import closing_pool, details, faults, record, seal_all


def test_sealing_takes_every_committed_row_once(world: Engine, now: datetime) -> None:
    assert seal_all(now, rows=5) == 5
    assert seal_all(now) == 0
    assert faults() == []
    with transaction() as session:
        record(session, now, 2)
    assert "not sealed yet: 2" in details()
    assert seal_all(now, rows=2) == 2
    assert "5 rows as sealed, not sealed yet: 0" in details()


def test_rows_of_a_transaction_still_open_wait_for_it(world: Engine, now: datetime) -> None:
    with transaction() as slow:
        record(slow, now, 1)  # begun before the horizon, committed after rows that came later
        with transaction() as quick:
            record(quick, now, 4)
        assert seal_all(now, rows=5) == 5, "nothing recorded since the open transaction may pass"
    assert seal_all(now, rows=5) == 5
    assert faults() == []


def test_another_database_of_the_server_holds_nothing_up(world: Engine, postgres: LocalPostgres, now: datetime) -> None:
    elsewhere = make_engine(postgres.url("postgres"), as_app_role=False)
    with closing_pool(elsewhere), transaction(elsewhere) as foreign:
        foreign.execute(text("select pg_current_xact_id()"))
        with transaction() as session:
            record(session, now, 2)
        assert seal_all(now, rows=7) == 7


def test_what_the_sealing_transaction_records_itself_comes_with_the_next_run(world: Engine, now: datetime) -> None:
    with transaction() as session:
        record(session, now, 1)
        with transaction() as later:
            record(later, now, 1)
        assert audit.seal_new(session, now=now) == 5
        record(session, now, 1)
    assert seal_all(now, rows=3) == 3
    assert faults() == []


def test_a_rolled_back_transaction_leaves_no_hole(world: Engine, now: datetime) -> None:
    with pytest.raises(ZeroDivisionError), transaction() as session:
        record(session, now, 3)
        raise ZeroDivisionError
    assert seal_all(now, rows=5) == 5
    assert faults() == []


def test_large_transactions_are_cut_into_batches(world: Engine, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal, "BATCH_ROWS", 7)
    with transaction() as session:
        record(session, now, 40)
    assert seal_all(now, rows=45) == 45
    assert faults() == []
    with transaction() as session:
        largest = session.execute(text("select max(cardinality(row_ids)) from seal")).scalar_one()
    assert largest == 7


def test_writers_and_sealers_at_once(world: Engine, now: datetime) -> None:
    sealed: list[int] = []

    def write() -> None:
        for size in (1, 3, 2, 5, 4):
            with transaction() as session:
                record(session, now, size)

    def keep_sealing() -> None:
        sealed.extend(seal_all(now) for _ in range(15))

    threads = [threading.Thread(target=target) for target in (write, write, keep_sealing, keep_sealing)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = 5 + 2 * 15
    assert sum(sealed) + seal_all(now, rows=expected - sum(sealed)) == expected
    assert faults() == []


def test_only_one_sealer_works(world: Engine, now: datetime) -> None:
    with transaction() as first:
        assert audit.seal_new(first, now=now) == 5
        assert seal_all(now) == 0
    assert faults() == []
