"""A company's session sees no other company's row, whatever it asks: for every table that the policies protect."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from core.kit import config, tenant
from core.kit.db import driver_url, transaction
from core.kit.ids import uuid7
from core.kit.tenant import TenantSession

# Tables with a company's id that have no policy of their own, and why none is needed.
EXCEPT: dict[str, str] = {}
# What every company may read though no policy stands on it, and why; what a company must not read is simply not granted.
SHARED = {
    "buying_terms": "a view, asked with the rights of whoever asks: the own terms",
    "competition_level": "the levels that a niche offers to every company",
    "credit_pack": "what is sold to every company",
    "demo_load": "how far the demo's history is written; nobody's own",
    "distribution_run": "which runs there were; the traces of companies below it are protected",
    "distribution_traced": "which runs have traces, names no company",
    "form_schema": "the questions of a niche",
    "lead_bought": "a view: answers and true place of what the company has bought",
    "lead_vector": "numbers worked out of what is shown of a lead",
    "listing": "what is for sale",
    "market": "where the exchange works",
    "market_zip": "where the exchange works",
    "model_role": "which model is in use",
    "model_version": "which model is in use, without a company's data",
    "niche": "what the exchange sells",
    "on_sale": "what is for sale, as strangers see it",
    "plan": "what is sold to every company",
    "policy": "rules of the house",
    "policy_period": "rules of the house",
    "price_history": "prices that were shown to everybody",
    "sale_cell": "counts of what is for sale",
    "sale_cell_step": "counts of what is for sale",
    "threshold": "limits of the house",
}
# Where the company is not named by a column or a foreign key.
HANGS = {"transfer": ("debit_account_id", "ledger_account"), "audit_entry": ("actor_id", "user_account")}
_PROTECTED = "select relname::text from pg_class where relrowsecurity and relnamespace = 'public'::regnamespace order by 1"
_PARENTS = text("""
    select a.attname::text as name, f.confrelid::regclass::text as parent from pg_constraint f
      join pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[1]
     where f.contype = 'f' and cardinality(f.conkey) = 1 and f.conrelid = cast(:t as regclass)""")
_COLUMNS = text("""
    select a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type,
           coalesce((select a.attnum = any (indkey::int2[]) from pg_index where indrelid = attrelid and indisprimary),
                    false) as key
      from pg_attribute a where a.attrelid = cast(:t as regclass) and a.attnum > 0 and not a.attisdropped order by a.attnum""")
VALUES: dict[str, Any] = {
    "text": "x",
    "bytea": b"x",
    "date": "2026-11-04",
    "integer": 1,
    "smallint": 1,
    "bigint": 1,
    "timestamp with time zone": "2026-11-04",
}
# By what a row is told: where it lies, but where only some columns are granted.
PLACE = dict.fromkeys(("user_account", "lead", "consent_event"), "id::text")


@pytest.fixture
def owner(database: Engine) -> Iterator[Engine]:
    """The database as its owner sees it, with rules and triggers that ask for whole rows out of the way."""
    made = create_engine(driver_url(database.url.render_as_string(hide_password=False)))
    yield made
    made.dispose()


def protected(owner: Engine) -> list[str]:
    with owner.connect() as connection:
        return list(connection.execute(text(_PROTECTED)).scalars())


def fill(owner: Engine) -> dict[UUID, set[tuple[str, str]]]:
    """A row of each of two companies in every protected table; by company which ``(table, place)`` are its own."""
    tables, made = protected(owner), {uuid7(): {}, uuid7(): {}}  # type: dict[UUID, dict[str, UUID]]
    with owner.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        for table in tables:
            checks = "select conname from pg_constraint where contype = 'c' and conrelid = cast(:t as regclass)"
            for (name,) in connection.execute(text(checks), {"t": table}).all():
                connection.execute(text(f'alter table {table} drop constraint "{name}"'))
            for column in connection.execute(_COLUMNS, {"t": table}).all():
                if not column.key:
                    connection.execute(text(f"alter table {table} alter {column.name} drop not null"))
        own: dict[UUID, set[tuple[str, str]]] = {}
        for company, ids in made.items():
            ids |= {table: company if table == "provider" else uuid7() for table in tables}
            own[company] = {(table, _insert(connection, table, company, ids)) for table in tables}
    return own


def _insert(connection, table: str, company: UUID, ids: dict[str, UUID]) -> str:  # type: ignore[no-untyped-def]
    parents = {each.name: each.parent for each in connection.execute(_PARENTS, {"t": table})}
    parents |= dict([HANGS[table]]) if table in HANGS else {}
    row: dict[str, Any] = {}
    for column in connection.execute(_COLUMNS, {"t": table}):
        if column.name == "role" and table == "user_account":
            row[column.name] = "provider"
        elif column.name == "provider_id":
            row[column.name] = company
        elif column.name in parents and parents[column.name] in ids:
            row[column.name] = ids[parents[column.name]]
        elif column.name == "lead_id":
            row[column.name] = ids["lead"]
        elif column.name == "status" and table == "lead":
            row[column.name] = "approved"
        elif column.name == "id" and column.type == "uuid":
            row[column.name] = ids[table]
        elif column.key:
            row[column.name] = uuid7() if column.type == "uuid" else VALUES[column.type]
    place = PLACE.get(table, "ctid::text")
    values = ", ".join(f":{name}" for name in row)
    insert = text(f"insert into {table} ({', '.join(row)}) values ({values}) returning {place}")
    return str(connection.execute(insert, row).scalar())


def test_a_bare_select_shows_the_own_rows_and_no_others(owner: Engine) -> None:
    own = fill(owner)
    assert len(protected(owner)) > 45
    for company, rows in own.items():
        with tenant.transaction(company) as session:
            for table, ctid in rows:
                found = session.execute(text(f"select {PLACE.get(table, 'ctid::text')} from {table}")).scalars()
                assert [each for each in found if each is not None] == [ctid], table


def test_who_names_no_company_sees_nothing(owner: Engine) -> None:
    fill(owner)
    nobody = create_engine(owner.url, connect_args={"options": "-c role=hotleads_tenant"})
    with nobody.connect() as connection:
        for table in protected(owner):
            seen = connection.execute(text(f"select {PLACE.get(table, 'ctid::text')} from {table}")).scalars()
            assert [each for each in seen if each is not None] == [], table
    nobody.dispose()


def test_anothers_row_is_neither_written_nor_made(owner: Engine) -> None:
    mine, other = fill(owner)
    with tenant.transaction(mine) as session:
        seen = text("update assignment set viewed_at = now() where provider_id = :other")
        assert session.execute(seen, {"other": other}).rowcount == 0  # type: ignore[attr-defined]
    event = text("insert into market_event (id, kind, user_id, provider_id, at) values (:id, 'view', :id, :other, now())")
    with pytest.raises(DBAPIError, match="row-level security"), tenant.transaction(mine) as session:
        session.execute(event, {"id": uuid7(), "other": other})


def test_every_table_of_companies_is_protected_and_nothing_else_is_granted(owner: Engine) -> None:
    """What names a company has a policy, or a reason here; what is granted is protected, or is for everybody."""
    with owner.connect() as connection:
        named = connection.execute(
            text("""select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
                     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attname = 'provider_id'""")
        )
        assert set(named.scalars()) - set(protected(owner)) == set(EXCEPT)
        granted = connection.execute(
            text("""select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v')
                       and has_any_column_privilege('hotleads_tenant', oid, 'select') and relname !~ '^(geo|spatial)'""")
        )
        assert set(granted.scalars()) - set(protected(owner)) == set(SHARED)


def test_what_proves_who_somebody_is_can_not_be_read(database: Engine) -> None:
    for column in ("password_hash", "totp_secret"):
        with pytest.raises(DBAPIError, match="permission denied"), tenant.transaction(uuid7()) as session:
            session.execute(text(f"select {column} from user_account"))


@pytest.mark.parametrize("name", ["' or true --", "x'; set role hotleads_app; --", "%", "00000000-0000-0000-0000-00000000000g"])
def test_a_name_that_is_none_shows_nothing(database: Engine, name: str) -> None:
    session = TenantSession(name, looks=False)  # type: ignore[arg-type]
    with pytest.raises(DBAPIError, match="invalid input syntax for type uuid"), session:
        session.execute(text("select count(*) from wallet")).one()


def test_a_login_of_companies_can_not_become_anybody_else(
    database: Engine, owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = f"portal_{uuid7().hex}"
    with owner.begin() as connection:
        connection.execute(text(f"create role {login} login noinherit password 'for-this-test' in role hotleads_tenant"))
    url = database.url.set(username=login, password="for-this-test").render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_TENANT_URL", url)
    config.settings.cache_clear()
    try:
        for role in ("hotleads_app", "hotleads"):
            with pytest.raises(DBAPIError, match="permission denied to set role"), tenant.transaction(uuid7()) as session:
                session.execute(text(f"set role {role}"))
        with pytest.raises(DBAPIError, match="permission denied"), tenant.transaction(uuid7()) as session:
            session.execute(text("reset role"))
            session.execute(text("set role none"))
            session.execute(text("select * from wallet"))
    finally:
        database.dispose()
        with owner.begin() as connection:
            connection.execute(text(f"drop role {login}"))


def test_the_house_sees_all(owner: Engine) -> None:
    fill(owner)
    with transaction() as session:
        assert session.execute(text("select count(*) from wallet")).scalar() == 2


def test_a_name_ends_with_its_transaction(database: Engine) -> None:
    """Connections go from company to company; none leaves its name behind, neither alone nor in a transaction."""
    with tenant.transaction(uuid7()) as session:
        session.execute(text("select 1"))
        pooled: psycopg.Connection[tuple[str]] = session.connection().connection.driver_connection  # type: ignore[assignment]
    assert pooled.execute("select coalesce(current_setting('hotleads.provider', true), '')").fetchone() == ("",)
    pooled.rollback()
