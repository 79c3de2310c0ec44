"""The shortest way to the database behaves as the long one: errors, connections, after-work."""

from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core.kit.alone import execute_alone, rows_alone
from core.kit.db import one_statement, reading, transaction

PID = text("select pg_backend_pid() as pid, cast(:given as int) as given")


def test_its_row_is_committed_by_itself(database: Engine) -> None:
    with one_statement(database) as session:
        row = execute_alone(session, PID, {"given": 7})
    assert row.given == 7
    with database.connect() as connection:
        assert connection.connection.driver_connection.autocommit is False  # type: ignore[union-attr]


def test_a_refusal_is_sqlalchemys_and_tells_no_parameters(database: Engine) -> None:
    twice = text("insert into threshold (key, value, updated_at) select :key, to_jsonb(1), now() from generate_series(1, 2)")
    with pytest.raises(IntegrityError) as refused, one_statement(database) as session:
        execute_alone(session, twice, {"key": "secret.person@example.com"})
    assert "secret.person" not in str(refused.value).partition("DETAIL")[0]


def test_a_connection_that_dies_under_a_statement_is_not_used_again(database: Engine) -> None:
    with one_statement(database) as session:
        pid = execute_alone(session, PID, {"given": 1}).pid
    with pytest.raises(OperationalError), one_statement(database) as session:
        execute_alone(session, text("select set_config('role', 'hotleads', true), pg_terminate_backend(pg_backend_pid())"), {})
    with one_statement(database) as session:
        assert execute_alone(session, PID, {"given": 3}).pid != pid


def test_inside_a_transaction_it_is_part_of_it(session: Session) -> None:
    mine = session.execute(PID, {"given": 0}).one().pid
    assert execute_alone(session, PID, {"given": 3}).pid == mine


@pytest.mark.parametrize("edge", [reading, transaction])
def test_reads_answer_alike_with_and_without_a_transaction(database: Engine, edge: Any) -> None:
    asked = text("select n, current_setting('pg_trgm.word_similarity_threshold', true) as close from generate_series(1, :most) n")
    with edge(database) as session:
        rows = rows_alone(session, asked, {"most": 2}, setting=("pg_trgm.word_similarity_threshold", "0.125"))
        assert [(row.n, row.close) for row in rows] == [(1, "0.125"), (2, "0.125")]
        assert rows_alone(session, asked, {"most": 0}) == []
    with edge(database) as session:
        (row,) = rows_alone(session, asked, {"most": 1})
        assert row.close != "0.125"
