"""What a failed statement was about is told without whom it was about (SPEC 13.5)."""

import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.kit import logs


def test_an_error_of_the_database_holds_no_values(session: Session) -> None:
    with pytest.raises(DBAPIError) as failed, session.begin_nested():
        session.execute(text("select 1 / length(replace(:name, :name, ''))"), {"name": "Pat Example of 1 Main St"})
    assert "division by zero" in str(failed.value) and "Pat Example" not in str(failed.value)


def test_nor_does_the_log_hold_the_row_that_broke_a_rule(session: Session) -> None:
    columns = "key, reason, added_at, added_by"
    broken = text(f"insert into do_not_contact ({columns}) values ('x', :reason, now(), gen_random_uuid())")
    with pytest.raises(DBAPIError) as failed, session.begin_nested():
        session.execute(broken, {"reason": "Pat Example"})
    assert "Failing row contains" in str(failed.value)
    told = logs._redact(None, "error", {"error": str(failed.value)})
    assert "do_not_contact" in told["error"] and "Pat Example" not in json.dumps(told)
