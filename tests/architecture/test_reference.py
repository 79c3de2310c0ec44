"""The pages under ``docs/reference`` say what the code does."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from cli.reference import PAGES
from cli.reference.__main__ import FOLDER
from cli.reference.tables import tables

MEND = "run `make reference`, read what changed, and commit it"
OTHERS = {"alembic_version", "spatial_ref_sys"}


@pytest.mark.parametrize("name", PAGES)
def test_page_says_what_the_code_says(name: str) -> None:
    written = (FOLDER / name).read_text().splitlines()
    wanted = PAGES[name]().splitlines()
    differing = [line for line in wanted if line not in written] + [line for line in written if line not in wanted]
    assert not differing, f"docs/reference/{name} is stale: {MEND}; for example {differing[:2]}"
    assert written == wanted, f"docs/reference/{name} is in another order: {MEND}"


def test_no_page_is_left_over() -> None:
    assert {path.name for path in Path(FOLDER).glob("*.md")} == {*PAGES, "README.md"}


def test_every_table_and_column_of_the_database_is_there(session: Session) -> None:
    rows = session.execute(
        text("""select c.table_name, c.column_name from information_schema.columns c join information_schema.tables t
                 using (table_schema, table_name) where c.table_schema = 'public' and t.table_type = 'BASE TABLE'""")
    )
    real = {(table, column) for table, column in rows if table not in OTHERS}
    assert {(table.name, column.name) for table in tables() for column in table.columns} == real
