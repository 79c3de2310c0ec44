"""The shortest way to the database behaves as the long one: errors, connections, after-work."""

from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core.kit.alone import execute_alone, rows_alone, tuples_alone
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
        rows = tuples_alone(session, asked, {"most": 2}, setting=("pg_trgm.word_similarity_threshold", "0.125"))
        assert [tuple(row) for row in rows] == [(1, "0.125"), (2, "0.125")]
        assert tuples_alone(session, asked, {"most": 0}) == []
    with edge(database) as session:
        (row,) = rows_alone(session, asked, {"most": 1})
        assert (row.n, row.close != "0.125") == (1, True)


def test_one_plan_is_made_for_that_statement_alone_and_at_its_first_call(database: Engine) -> None:
    told = text("select current_setting('plan_cache_mode'), 100 % 7 + cast(:more as int) as sum")
    plans = text("select generic_plans, custom_plans from pg_prepared_statements where statement like 'select current_setting%'")
    with reading(database) as session:
        assert tuples_alone(session, told, {"more": 1}, one_plan=True) == [("force_generic_plan", 3)]
        assert tuples_alone(session, plans, {}) == [(1, 0)]
        assert rows_alone(session, told, {"more": 2}) == [("auto", 4)]
