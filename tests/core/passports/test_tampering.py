"""One altered byte of a copy, or one altered column of a stored entry, transfer or entry of the trail, is found and named."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core import audit, passports
from core.kit.db import transaction
from jobs.verification import verify_all
from tests.core.audit.chain import behind_the_back
from tests.core.passports.conftest import Life, keep
from tests.core.passports.test_passport import problems, written

# Another value of each type that a sealed table has: a byte more, a bit less.
OTHER = {
    "uuid": "case {c} when '00000000-0000-0000-0000-000000000000' then uuid7() else '00000000-0000-0000-0000-000000000000' end",
    "timestamp with time zone": "{c} + interval '1 microsecond'",
    "text": "coalesce({c}, '') || 'x'",
    "integer": "{c} + 1",
    "bigint": "coalesce({c}, 0) + 1",
    "jsonb": "coalesce({c}, '{{}}') || '{{\"x\": 1}}'",
    "bytea": "set_byte({c}, 0, 255 - get_byte({c}, 0))",
    "inet": "coalesce({c}, '10.0.0.1') + 1",
    "ARRAY": "array_append({c}, 'x')",
    "xid8": "({c}::text::numeric + 1)::text::xid8",
}
# Whoever goes behind our backs is stopped by no constraint, either.
UNCHECKED = """select format('alter table %s drop constraint %I', conrelid::regclass, conname) from pg_constraint
  where contype = 'c' and conrelid = cast(:t as regclass)"""


def _faults(session: Session) -> list[audit.Fault]:
    return [fault for part in audit.parts(session) for fault in audit.look(session, part)]


def all_faults() -> list[str]:
    with transaction() as session:
        return [check.detail for check in verify_all(session) if not check.ok]


def everything_whole(now: datetime) -> None:
    keep(now)
    keep(now)  # seals the entries themselves, and their seals reach the file
    with transaction() as session:
        audit.seal_new(session, now=now)
    assert all_faults() == []


@pytest.mark.parametrize("table", audit.SEALED_TABLES)
def test_every_column_of_a_sealed_row_is_covered(life: Life, now: datetime, table: str) -> None:
    everything_whole(now)
    with transaction() as session:
        columns = session.execute(
            text("select column_name, data_type from information_schema.columns where table_name = :t and column_name <> 'id'"),
            {"t": table},
        ).all()
        victim = session.execute(text(f"select id from {table} order by id desc limit 1")).scalar_one()
    assert len(columns) >= 10
    with behind_the_back() as session:
        for drop in session.execute(text(UNCHECKED), {"t": table}).scalars().all():
            session.execute(text(drop))
        for column, kind in columns:
            change = f"update {table} set {column} = {OTHER[kind].format(c=column)} where id = '{victim}'"
            undo = session.begin_nested()
            session.execute(text(change))
            named = [check.detail for check in audit.rows_checks(session, _faults(session)) if not check.ok]
            assert any(f"{table} {victim} was" in fault for fault in named), (column, named)
            undo.rollback()
        session.rollback()
    assert all_faults() == []


@pytest.fixture
def behind(life: Life, now: datetime) -> Iterator[Session]:
    """Behind the back of everything, for good, of a world that is whole and is so again in the end."""
    everything_whole(now)
    with behind_the_back() as session:
        for table in audit.SEALED_TABLES:
            for drop in session.execute(text(UNCHECKED), {"t": table}).scalars().all():
                session.execute(text(drop))
        yield session
        session.rollback()
    assert all_faults() == []


@given(data=st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_altered_byte_of_any_stored_row_is_found_and_named(behind: Session, data: st.DataObject) -> None:
    """Any row of a sealed table, any column, any byte of what stands in it, any other byte that the column still takes."""
    session = behind
    table = data.draw(st.sampled_from(audit.SEALED_TABLES), label="table")
    with session.begin_nested() as undone:
        ids = session.execute(text(f"select id from {table} order by id")).scalars().all()
        victim = data.draw(st.sampled_from(range(len(ids))).map(ids.__getitem__), label="row")
        columns = session.execute(
            text(f"select key from {table} t, jsonb_each(to_jsonb(t)) where t.id = :id and value <> 'null' order by key"),
            {"id": victim},
        ).scalars()
        column = data.draw(st.sampled_from(list(columns)), label="column")
        stored = session.execute(text(f"select {column}::text from {table} where id = :id"), {"id": victim}).scalar_one()
        assume(stored)
        at = data.draw(st.integers(0, len(stored) - 1), label="place")
        byte = data.draw(
            st.one_of(st.sampled_from("0123456789abcdef"), st.characters(min_codepoint=32, max_codepoint=126)), label="byte"
        )
        assume(_store(session, table, victim, column, stored[:at] + byte + stored[at + 1 :]) not in (None, stored))
        named = [check.detail for check in audit.rows_checks(session, _faults(session)) if not check.ok]
        assert any(f"{table} {victim} was" in fault for fault in named), (column, stored, at, byte, named)
        undone.rollback()


def _store(session: Session, table: str, victim: Any, column: str, value: str) -> str | None:
    """Write a value behind our backs; returns what stands there now, or nothing when the column does not take it."""
    kind = session.execute(
        text("select format_type(atttypid, atttypmod) from pg_attribute where attrelid = cast(:t as regclass) and attname = :c"),
        {"t": table, "c": column},
    ).scalar_one()
    try:
        with session.begin_nested():
            written = f"update {table} set {column} = cast(:value as {kind}) where id = :id returning {column}::text"
            stands: str = session.execute(text(written), {"value": value, "id": victim}).scalar_one()
    except DBAPIError:
        return None
    return stands


def test_an_entry_rewritten_with_its_digest_breaks_the_chain_after_it(life: Life, now: datetime) -> None:
    """Even who rewrites an entry and its digest leaves the next one, which follows from the old digest."""
    everything_whole(now)
    with behind_the_back() as session:
        session.execute(
            text("""update passport_entry set facts = facts || '{"price_cents": 1}', digest = sha256('forged') where n = 5""")
        )
        (named,) = [check.detail for check in passports.verify(session)]
        assert "number 5 of lead" in named and "does not follow" in named
        session.rollback()


def test_a_missing_entry_is_named(life: Life, now: datetime) -> None:
    everything_whole(now)
    with behind_the_back() as session:
        session.execute(text("delete from passport_entry where n = 3"))
    assert any("number 4 of lead" in fault for fault in all_faults())
    assert any("was deleted" in fault for fault in all_faults())


@given(data=st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_altered_byte_of_a_copy_is_found(life: Life, now: datetime, data: st.DataObject) -> None:
    content = _copy(life, now)
    at = data.draw(st.integers(0, len(content) - 1), label="byte")
    bit = data.draw(st.integers(0, 7), label="bit")
    forged = content[:at] + bytes([content[at] ^ (1 << bit)]) + content[at + 1 :]
    assert problems(forged), f"byte {at} of {len(content)}: {content[max(0, at - 20) : at + 20]!r}"


def test_the_altered_entry_of_a_copy_is_named(life: Life, now: datetime) -> None:
    document = json.loads(_copy(life, now))
    for entry in document["entries"]:
        for field in ("kind", "at", "salt", "facts", "evidence_hash", "evidence_table"):
            kept, entry[field] = entry[field], entry[field] + " "
            named = problems(passports.to_bytes(document))
            assert any(f"Entry {entry['n']} (" in fault for fault in named), (field, named)
            entry[field] = kept
    del document["entries"][-1]
    assert any("last entries are missing" in fault for fault in problems(passports.to_bytes(document)))


_copies: dict[str, bytes] = {}


def _copy(life: Life, now: datetime) -> bytes:
    """One copy per world: hypothesis asks many times."""
    if str(life.lead_id) not in _copies:
        keep(now)
        _copies[str(life.lead_id)] = passports.to_bytes(written(life.admin, life.lead_id, now))
    return _copies[str(life.lead_id)]
