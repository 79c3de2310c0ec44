"""What runbooks tell people to ask the database: it understands each of it, and means what is there."""

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from core.inbox import listing
from tests.docs.written import ROOT

PAGES = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
# A line of its own with what carries it on, or a piece of a sentence.
BLOCK = re.compile(r"^ {4}(select .*?);$", re.S | re.M)
SPAN = re.compile(r"`(select [^`]+)`")
ELSEWHERE = ("pg_stat_statements",)  # an extension that deploy/ adds to another database


def asked(page: str) -> list[str]:
    """Each statement with its placeholders filled."""
    found = [*BLOCK.findall(page), *SPAN.findall(page)]
    filled = [sql.replace("'...'", "'01939c5e-0000-7000-8000-000000000000'").replace("(pid)", "(0)") for sql in found]
    return [sql for sql in filled if not any(name in sql for name in ELSEWHERE)]


@pytest.mark.parametrize("path", [page for page in PAGES if asked(page.read_text())], ids=lambda path: path.stem)
def test_the_database_understands_what_a_runbook_asks(database: Engine, path: Path) -> None:
    with database.connect() as connection:
        for sql in asked(path.read_text()):
            connection.execute(text(f"explain {sql.replace(':', chr(92) + ':')}"))


def test_enough_is_read() -> None:
    assert sum(len(asked(page.read_text())) for page in PAGES) >= 12
    assert asked("    select 1\n    from x;\n\nSee `select pg_cancel_backend(pid)`.") == [
        "select 1\n    from x",
        "select pg_cancel_backend(0)",
    ]


def test_the_inbox_query_is_found_by_what_its_runbook_looks_for() -> None:
    page = (ROOT / "docs" / "runbooks" / "inbox-slow.md").read_text()
    (wanted,) = re.findall(r"like '%(.*?)%'", page)
    assert wanted in Path(listing.__file__).read_text()
    assert "pg_stat_statements" in "".join(
        path.read_text() for path in (ROOT / "deploy" / "postgres").rglob("*") if path.is_file()
    )
