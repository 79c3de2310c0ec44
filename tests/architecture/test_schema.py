"""The classes map the tables that the migrations make, column by column."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Mapper, Session

import core.tables  # noqa: F401
from core.kit.db import Base

NOT_MAPPED = {"recorded_xid", "until_xid"}  # read by sealing only, in SQL
MAPPERS = sorted(Base.registry.mappers, key=lambda mapper: mapper.class_.__name__)


@pytest.mark.parametrize("mapper", MAPPERS, ids=lambda mapper: mapper.class_.__name__)
def test_class_and_table_agree(session: Session, mapper: Mapper[object]) -> None:
    table = mapper.local_table
    rows = session.execute(
        text("""select column_name, is_nullable = 'YES' from information_schema.columns
                 where table_schema = 'public' and table_name = :t"""),
        {"t": table.name},
    )
    real = {name: nullable for name, nullable in rows if name not in NOT_MAPPED}
    assert real == {column.name: bool(column.nullable) for column in table.columns}


def test_append_only_tables_refuse_even_the_owner(session: Session) -> None:
    guards = text("select distinct tgrelid::regclass::text from pg_trigger where tgname = 'append_only_row'")
    tables = session.execute(guards).scalars()
    guarded = set(tables)
    assert {"audit_entry", "seal", "transfer", "consent_event", "form_schema", "filter_change"} <= guarded
    for table in guarded:
        may = session.execute(
            text("select has_table_privilege('hotleads_app', :t, 'update') or has_table_privilege('hotleads_app', :t, 'delete')"),
            {"t": table},
        ).scalar_one()
        assert not may, f"the application's role may rewrite {table}"
