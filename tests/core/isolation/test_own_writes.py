"""In a company's transaction no other company's row is written, whatever a statement forgets: for every protected table."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.ids import uuid7
from core.kit.own_rows import OthersRow
from core.kit.tenant import acting
from tests.core.isolation.test_rows import PLACE, fill, owner, protected

__all__ = ["owner"]

# Protected tables whose rows a company's transaction may write though they are another's, and why.
EXEMPT: dict[str, str] = {"lead": "nobody's row: a purchase of the last place sells it out for everybody"}
# What no company's transaction writes, its own rows neither, and who does.
OF_THE_HOUSE = {
    "consent_event": "intake and the person themselves",
    "contact": "intake, correction and erasure of a person",
    "distribution_trace": "the engine, in jobs",
    "fairness_entry": "the engine, in jobs",
    "fairness_standing": "the engine, in jobs",
    "subscription_usage": "the engine, in jobs",
}

_GUARDED = text("""
    select c.relname::text from pg_class c where c.relnamespace = 'public'::regnamespace
       and exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'own_writes' and not p.polpermissive)
       and exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'own_writes' and t.tgenabled = 'O')""")
_WRITTEN = text("""
    select quote_ident(attname) from pg_attribute
     where attrelid = cast(:t as regclass) and attnum > 0 and not attisdropped and attgenerated = '' order by attnum""")
Rows = dict[UUID, dict[str, str]]


@pytest.fixture
def rows(owner: Engine) -> Rows:
    """A row of each of two companies in every protected table, which the application may now do anything to: only what this
    file is about stands in its way. By company and table the row's place."""
    own = fill(owner)
    with owner.begin() as connection:
        for table in protected(owner):
            connection.execute(text(f"grant insert, update, delete on {table} to hotleads_app"))
            connection.execute(text(f"alter table {table} disable trigger all"))
            if table not in EXEMPT:
                connection.execute(text(f"alter table {table} enable trigger own_writes"))
    return {company: dict(places) for company, places in own.items()}


@contextmanager
def undone(session: Session) -> Iterator[None]:
    inner = session.begin_nested()
    yield
    inner.rollback()


def as_company(company: UUID) -> Actor:
    return Actor(uuid7(), "provider", company)


class Row:
    """One row, and what could be done to it."""

    def __init__(self, session: Session, table: str, place: str) -> None:
        self.session, self.table, self.columns = session, table, list(session.execute(_WRITTEN, {"t": table}).scalars())
        self.where = f"{PLACE.get(table, 'ctid::text')} = '{place}'"

    def change(self) -> int:
        last = self.columns[-1]
        return self._count(f"update {self.table} set {last} = {last} where {self.where}")

    def delete(self) -> int:
        return self._count(f"delete from {self.table} where {self.where}")

    def make(self) -> int:
        """Once more, as it is; what has to be unique is looked at later than whose it is."""
        names = ", ".join(self.columns)
        return self._count(f"insert into {self.table} ({names}) overriding system value select {names} from kept")

    def keep(self) -> None:
        self.session.execute(text(f"create temp table kept on commit drop as select * from {self.table} where {self.where}"))

    def take_over(self, company: UUID) -> int:
        """In the place of the company's own, or a key would stand in the way."""
        self._count(f"delete from {self.table} where provider_id = '{company}'")
        return self._count(f"update {self.table} set provider_id = '{company}' where {self.where}")

    def _count(self, words: str) -> int:
        return int(self.session.execute(text(words)).rowcount)  # type: ignore[attr-defined]


def test_others_rows_are_refused_by_an_error(rows: Rows) -> None:
    mine, other = rows
    for table, place in rows[other].items():
        with acting(as_company(mine)) as session:
            row = Row(session, table, place)
            row.keep()
            acts = [row.change, row.delete, row.make]
            if "provider_id" in row.columns:
                acts.append(lambda row=row: row.take_over(mine))  # type: ignore[misc]
            for act in acts if table not in EXEMPT else []:
                with pytest.raises(OthersRow), session.begin_nested():
                    act()
                    pytest.fail(f"{table}: {act}")


def test_own_rows_are_written_as_before(rows: Rows) -> None:
    mine, _ = rows
    for table, place in rows[mine].items():
        with acting(as_company(mine)) as session:
            row = Row(session, table, place)
            row.keep()
            if table in OF_THE_HOUSE:
                for act in (row.change, row.delete, row.make):
                    with pytest.raises(OthersRow), session.begin_nested():
                        act()
                continue
            with undone(session):
                assert row.change() == 1, table
            with undone(session):
                assert [row.delete(), row.make()] == [1, 1], table


def test_who_names_no_company_may_write_all(rows: Rows) -> None:
    """Jobs and staff."""
    for places in rows.values():
        for table, place in places.items():
            with transaction() as session:
                row = Row(session, table, place)
                row.keep()
                with undone(session):
                    assert row.change() == 1, table
                with undone(session):
                    assert [row.delete(), row.make()] == [1, 1], table


def test_staff_are_nobody_s_company(rows: Rows) -> None:
    """Of people, keys and exports some are nobody's company's: a company's transaction leaves them alone, too."""
    mine, _ = rows
    with acting(as_company(mine)) as session:
        for table in ("user_account", "api_key", "export", "feedback", "market_event"):
            with pytest.raises(OthersRow), session.begin_nested():
                session.execute(text(f"insert into {table} (id) values (:id)"), {"id": uuid7()})


def test_a_slot_that_another_company_holds_is_neither_freed_nor_closed_nor_changed(rows: Rows) -> None:
    mine, other = rows
    where = f"where ctid = '{rows[other]['slot']}'"
    nobody_s = "provider_id = null, expires_at = null, quote = null, held_at = null, extended_at = null"
    with acting(as_company(mine)) as session:
        for change in (f"state = 'free', {nobody_s}", f"state = 'void', {nobody_s}", "extended_at = now()", "expires_at = now()"):
            with pytest.raises(OthersRow), session.begin_nested():
                session.execute(text(f"update slot set {change} {where}"))
        with pytest.raises(OthersRow), session.begin_nested():
            session.execute(text("update slot set provider_id = :other"), {"other": other})


def test_money_moves_between_the_own_account_and_the_house_s_only(rows: Rows, owner: Engine) -> None:
    mine, other = rows
    with owner.connect() as connection:
        found = connection.execute(text("select provider_id, id from ledger_account"))
        account = {each.provider_id: each.id for each in found}
    house = account.pop(None)
    move = text("insert into transfer (id, debit_account_id, credit_account_id) values (:id, :debit, :credit)")
    with acting(as_company(mine)) as session:
        for debit, credit in ((account[mine], house), (house, account[mine]), (house, house)):
            session.execute(move, {"id": uuid7(), "debit": debit, "credit": credit})
        for debit, credit in ((account[other], house), (house, account[other]), (account[other], account[mine])):
            with pytest.raises(OthersRow), session.begin_nested():
                session.execute(move, {"id": uuid7(), "debit": debit, "credit": credit})


def test_what_the_house_s_own_functions_do_passes(rows: Rows, owner: Engine) -> None:
    mine, _ = rows
    with owner.begin() as connection:
        connection.execute(
            text("""create function by_the_house() returns void language sql security definer
                                   as 'update subscription set updated_at = now(); delete from saved_search_told'""")
        )
    with acting(as_company(mine)) as session:
        session.execute(text("select by_the_house()"))
    with owner.connect() as connection:
        stamped = connection.execute(text("select count(updated_at) from subscription"))
        assert stamped.scalar() == 2
        assert connection.execute(text("select count(*) from saved_search_told")).scalar() == 0


def test_what_goes_with_the_row_above_it_passes(rows: Rows, owner: Engine) -> None:
    mine, other = rows
    with owner.begin() as connection:
        for table in ("saved_search", "saved_search_told"):
            connection.execute(text(f"alter table {table} enable trigger all"))
    search = text("delete from saved_search where provider_id = :company")
    with acting(as_company(mine)) as session:
        session.execute(search, {"company": mine})
        assert session.execute(text("select count(*) from saved_search_told")).scalar() == 1
        with pytest.raises(OthersRow):
            session.execute(search, {"company": other})


def test_a_name_ends_with_its_transaction(rows: Rows) -> None:
    mine, other = rows
    with acting(as_company(mine)) as session:
        Row(session, "wallet", rows[mine]["wallet"]).change()
    with transaction() as session:
        assert Row(session, "wallet", rows[other]["wallet"]).change() == 1


def test_every_protected_table_is_guarded_or_says_why_not(owner: Engine) -> None:
    with owner.connect() as connection:
        guarded = set(connection.execute(_GUARDED).scalars())
        named = connection.execute(
            text("""select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
                     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attname = 'provider_id'""")
        )
        assert (set(protected(owner)) | set(named.scalars())) - guarded == set(EXEMPT)
    assert set(OF_THE_HOUSE) <= guarded


def test_other_refusals_of_privileges_keep_their_name(database: Engine) -> None:
    refused = create_engine(database.url, connect_args={"options": "-c role=hotleads_app"})
    with pytest.raises(DBAPIError, match="permission denied"), transaction(refused) as session:
        session.execute(text("update wallet set balance_cents = 1"))
    with pytest.raises(DBAPIError, match="permission denied"), transaction() as session:
        session.execute(text("update wallet set balance_cents = 1"))
    refused.dispose()
