"""The database: one engine per process, one transaction per press, request or job (house rule 2)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any, cast
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import BigInteger, CursorResult, DateTime, Engine, Result, Text, create_engine, event, exc
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import DeclarativeBase, Session

from core.kit.config import settings
from core.kit.errors import Unavailable
from core.kit.lending import PATIENCE, driver_url, look_before_lending
from core.kit.own_rows import name_refusals

Json = dict[str, Any]
APP_ROLE, TENANT_ROLE = "hotleads_app", "hotleads_tenant"


class Base(DeclarativeBase):
    """Base of every table's class; constraints and triggers stand in the migrations' SQL."""

    type_annotation_map = {
        UUID: PgUUID(as_uuid=True),
        datetime: DateTime(timezone=True),
        str: Text,
        int: BigInteger,
        Json: JSONB,
    }


def make_engine(url: str, *, pool_size: int = 10, as_app_role: bool = True, role: str = APP_ROLE, **connect: Any) -> Engine:
    """An engine that works as a restricted role: the application's, which can't rewrite append-only tables, or a narrower one.

    ``connect``: more of what the driver takes.
    """
    options = f"-c role={role} " if as_app_role else ""
    return _made(url, pool_size, {"options": options + "-c timezone=UTC -c jit=off"} | connect)


def _made(url: str, pool_size: int, connect: dict[str, Any]) -> Engine:
    # The values of a statement that failed stand in no log and no dead letter: they may be somebody's name (SPEC 13.5).
    made = create_engine(
        driver_url(url), pool_size=pool_size, max_overflow=pool_size, connect_args=PATIENCE | connect, hide_parameters=True
    )
    look_before_lending(made)
    name_refusals(made)
    return made


def _own_engine(url: str, *, role: str, **connect: Any) -> Engine:
    """An engine of this process, by the settings: straight to the server, or through a pooler (docs/scaling.md).

    Behind a pooler each transaction may have another connection to the server: none may be told who it works as, so the
    pooler tells it, and what was prepared on one is unknown to the next.
    """
    if not settings().database_pooler:
        return make_engine(url, pool_size=settings().database_pool, role=role, **connect)
    engine = _made(url, settings().database_pool, {"prepare_threshold": None} | connect)
    event.listen(engine, "connect", lambda connection, _: _check_pooler(connection, role))
    return engine


def _check_pooler(connection: Any, role: str) -> None:
    """Refuse a pooler that works as somebody else, such as the owner, whom no rule of the database binds."""
    with connection.transaction():
        works_as, zone = connection.execute("select current_user::text, current_setting('TimeZone')").fetchone()
    if works_as != role or zone not in ("UTC", "Etc/UTC", "GMT"):
        connection.close()
        told = f"works as {works_as} in {zone}; it must set role {role} and timezone UTC (connect_query)"
        raise Unavailable("database.pooler", f"HOTLEADS_DATABASE_POOLER: the pooler {told}. See deploy/pgbouncer/pgbouncer.ini.")


@lru_cache(maxsize=1)
def engine() -> Engine:
    """The process's engine; raises ``Unavailable`` when no database is configured."""
    if not settings().database_url:
        raise Unavailable("database.missing", "No database is configured. Run `make run`, or set DATABASE_URL.")
    return _own_engine(settings().database_url, role=APP_ROLE)


def tenant_engine() -> Engine:
    """The pool of connections for companies' own work (``kit.tenant``), beside the process's engine."""
    return _tenant_engine(engine())


@lru_cache(maxsize=4)
def _tenant_engine(beside: Engine) -> Engine:
    url = settings().database_tenant_url or beside.url.render_as_string(hide_password=False)
    return engine_beside(beside, url, role=TENANT_ROLE)


_BESIDE: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()


def engine_beside(main: Engine, url: str, *, role: str, **connect: Any) -> Engine:
    """Another pool of connections for the work of ``main``, which ends with it."""
    made = _own_engine(url, role=role, **connect)
    event.listen(main, "engine_disposed", lambda _: made.dispose())
    _BESIDE[made] = main
    return made


def engine_of(session: Session) -> Engine:
    """By which to keep what is the same for everybody: the house's engine, also in a company's session."""
    bind = session.get_bind().engine
    return _BESIDE.get(bind, bind)


@contextmanager
def transaction(bind: Engine | None = None) -> Iterator[Session]:
    """Open the one transaction of an edge; commits at the end, rolls back on any error.

    Only edges (a page action, a route, a task, a command) call this; core never commits.
    """
    # Not a sessionmaker: making one makes a class, which costs more than the session.
    with Session(bind or engine(), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def one_statement(bind: Engine | None = None) -> Iterator[Session]:
    """For an edge whose whole work is one statement: each is a transaction of its own, without BEGIN and COMMIT."""
    with Session(_autocommit(bind or engine()), expire_on_commit=False) as session:
        yield session
        # Who only sent statements alone has no transaction to end, whose end alone takes a quarter of a millisecond.
        if begun := session.get_transaction():
            with begun:
                pass  # what went through the session ends as in ``transaction``
        elif session.info:
            session.dispatch.after_commit(session)  # what waits for the end of the work


@contextmanager
def reading(bind: Engine | None = None) -> Iterator[Session]:
    """For an edge that only looks: two round trips fewer than a transaction. Each statement sees what is committed by then,
    so nothing may be written here that must not stand alone."""
    with one_statement(bind) as session:
        yield session


@lru_cache(maxsize=4)
def _autocommit(bind: Engine) -> Engine:
    """The same pool of connections, told to commit by itself; one object, since others key what they keep by it."""
    return bind.execution_options(isolation_level="AUTOCOMMIT")


def after_fork() -> None:
    """Forget the parent's connections without closing them (they belong to the parent)."""
    if engine.cache_info().currsize:
        for beside in list(_BESIDE):
            beside.dispose(close=False)  # first: the other one's end would close what is in it
        engine().dispose(close=False)


def read_anew(session: Session, kind: type[Base]) -> None:
    """Have the session read its rows of a table again: a statement or a trigger changed them behind its back."""
    for known in list(session.identity_map.values()):
        if isinstance(known, kind):
            session.expire(known)


def rows_of(done: Result[Any]) -> int:
    """How many rows a statement wrote; they need not be read for that."""
    return cast("CursorResult[Any]", done).rowcount


def constraint_of(error: exc.IntegrityError) -> str | None:
    """Name of the constraint that refused, for turning a database refusal into a typed error."""
    return getattr(getattr(error.orig, "diag", None), "constraint_name", None)
