"""Statements by the shortest way: for the few edges where a round trip and a millisecond count.

SQLAlchemy's own way (a transaction of its session, a checked out connection with another isolation level, a compiled
statement, a result with metadata) took 0.36 ms of processor time for the smallest statement; this one took 0.06 ms.
"""

import re
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import RawCursor
from psycopg.rows import namedtuple_row, tuple_row
from sqlalchemy import Engine, TextClause, exc, text
from sqlalchemy.orm import Session

from core.kit.db import Json
from core.kit.tenant import SETTING, TenantSession

Setting = tuple[str, str]
_ONE_PLAN = ("plan_cache_mode", "force_generic_plan")


def execute_alone(session: Session, statement: TextClause, values: Json) -> Any:
    """The one row of a statement that is a transaction of its own; nothing else may have happened in the session.

    For a session of ``kit.db.one_statement``, whose after-work still runs when it ends. The connection is one of the
    engine's pool. Errors are SQLAlchemy's, as everywhere. In a session that has a transaction it is part of that.
    """
    if not commits_by_itself(session):
        return session.execute(statement, values).one()
    return _alone(session, statement, values, [])[0]


def rows_alone(session: Session, statement: TextClause, values: Json) -> list[Any]:
    """All rows of a statement that reads, with names for their columns; the same way, of a session of ``kit.db.reading``."""
    if commits_by_itself(session):
        return _alone(session, statement, values, [])
    return list(session.execute(statement, values).all())


def tuples_alone(
    session: Session, statement: TextClause, values: Json, *, setting: Setting | None = None, one_plan: bool = False
) -> list[Any]:
    """Likewise, but rows without names and in the server's own form, which is a third quicker to read: for long pages.

    ``setting``: a setting's name and value for this statement (in a session that has a transaction, until its end).
    ``one_plan``: its plan is the same for all values, and planning it would take longer than carrying it out.
    """
    settings = [setting] if setting else []
    if commits_by_itself(session):
        return _alone(session, statement, values, [*settings, _ONE_PLAN] if one_plan else settings, plain=True)
    for name, value in settings:
        session.execute(text("select set_config(:name, :value, true)"), {"name": name, "value": value})
    return list(session.execute(statement, values).all())


def commits_by_itself(session: Session) -> bool:
    """True in a session of ``one_statement`` or ``reading``, where each statement is a transaction of its own."""
    if isinstance(session, TenantSession):
        return session.looks and not session.in_transaction()
    return session.get_bind().get_execution_options().get("isolation_level") == "AUTOCOMMIT"


def _alone(session: Session, statement: TextClause, values: Json, settings: list[Setting], *, plain: bool = False) -> list[Any]:
    bind = session.get_bind().engine
    if isinstance(session, TenantSession):
        settings = [*settings, (SETTING, str(session.provider_id))]
    pooled = None
    try:
        words, names = _words(bind, statement)
        pooled = bind.raw_connection()
        return _sent(pooled.driver_connection, settings, words, [values[name] for name in names], plain=plain)
    except psycopg.Error as error:
        if pooled is not None and (pooled.driver_connection is None or pooled.driver_connection.closed):
            pooled.invalidate(error)
        told = exc.DBAPIError.instance("one statement", None, error, psycopg.Error, hide_parameters=True, dialect=bind.dialect)
        raise told from error
    finally:
        if pooled is not None:
            pooled.close()


def _sent(connection: Any, settings: list[Setting], words: str, values: list[Any], *, plain: bool) -> list[Any]:
    """The statement's rows; the settings go in the same message before it and end with it, since the server takes all of a
    pipeline for one transaction. What is sent here comes again and again, so the server keeps it from the first time on."""
    connection.autocommit = True
    try:
        with RawCursor(connection, row_factory=tuple_row if plain else namedtuple_row) as cursor:
            if not settings:
                return list(cursor.execute(words, values, binary=plain, prepare=True).fetchall())
            with connection.pipeline(), RawCursor(connection) as before:
                before.execute(_setting(len(settings)), [part for setting in settings for part in setting], prepare=True)
                cursor.execute(words, values, binary=plain, prepare=True)
            return list(cursor.fetchall())
    finally:
        if not connection.closed:
            connection.autocommit = False


@lru_cache
def _setting(many: int) -> str:
    return "select " + ", ".join(f"set_config(${2 * n + 1}, ${2 * n + 2}, true)" for n in range(many))


@lru_cache(maxsize=1024)
def _words(bind: Engine, statement: TextClause) -> tuple[str, tuple[str, ...]]:
    """The statement as the server reads it, its parameters numbered, and their names in this order.

    The driver would look for them anew each time in a statement of more than 4 kB: a fifth of what a search took.
    """
    names: dict[str, int] = {}

    def numbered(found: re.Match[str]) -> str:
        return f"${names.setdefault(found[1], len(names) + 1)}" if found[1] else "%"

    words = re.sub(r"%\((\w+)\)s|%%", numbered, str(statement.compile(dialect=bind.dialect)))
    return words, tuple(names)
