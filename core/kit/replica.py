"""Reads that may be a moment old go to a streaming replica, when one is set and near enough (docs/adr/0030).

Who is signed in is asked of the primary; only the verb's own statements go to the replica. Whoever has just written reads
from the primary until the replica has it too (``kit.own_writes``).
"""

from collections.abc import Callable
from contextvars import ContextVar
from functools import lru_cache
from typing import TypeVar

from psycopg import errors
from sqlalchemy import Engine, exc, make_url
from sqlalchemy.orm import Session

from core.kit import db, own_writes, replica_lag, tenant
from core.kit.actor import Actor
from core.kit.config import settings
from core.kit.lending import driver_url
from core.kit.logs import logger
from core.kit.metrics import REPLICA_READS

T = TypeVar("T")
Verb = TypeVar("Verb", bound=Callable[..., object])
# A machine that is gone without a word is given up after this: connecting in seconds, unanswered data in milliseconds.
IMPATIENT = {"connect_timeout": 2, "tcp_user_timeout": 3000, "keepalives_idle": 5}


_later: ContextVar[list[Callable[[Session], None]] | None] = ContextVar("written once a replica has answered", default=None)


def may_be_old(verb: Verb) -> Verb:
    """Mark a verb that only reads, but for ``write_beside``; its answer may be as old as ``HOTLEADS_REPLICA_LAG_S`` allows."""
    verb.may_be_old = True  # type: ignore[attr-defined]
    return verb


def write_beside(session: Session, write: Callable[[Session], None]) -> None:
    """What a reading leaves behind, such as that it was done: written at once, or, where a replica answers, by the primary
    before the answer goes out."""
    later = _later.get()
    if later is None:
        write(session)
    else:
        later.append(write)


def answered(actor: Actor, work: Callable[[Session], T], *, looks: bool) -> T:
    """What ``work``, which writes nothing, finds for the actor: by the replica if it may, else by the primary.

    The work is done again by the primary when the replica goes away or takes the rows from under it.
    """
    if settings().database_replica_url:
        if may_answer(actor):
            left: list[Callable[[Session], None]] = []
            try:
                found = _by_replica(actor, work, looks=looks, left=left)
            except exc.OperationalError as error:
                _gone(error)
            else:
                REPLICA_READS.labels("replica").inc()
                _write(left)
                return found
        REPLICA_READS.labels("primary").inc()
    with tenant.for_actor(actor, looks=looks) as session:
        return work(session)


def _by_replica(actor: Actor, work: Callable[[Session], T], *, looks: bool, left: list[Callable[[Session], None]]) -> T:
    asked = _later.set(left)
    try:
        with tenant.for_actor(actor, looks=looks, engines=_engines(db.engine())) as session:
            return work(session)
    finally:
        _later.reset(asked)


def _write(left: list[Callable[[Session], None]]) -> None:
    if left:
        with db.transaction() as session:
            for write in left:
                write(session)


def may_answer(actor: Actor) -> bool:
    """True when the replica is up, near enough, and has what the actor's company or the actor wrote last."""
    if not replica_lag.near(house_engine()):
        return False
    mark = own_writes.mark_of(actor)
    return mark is not None and replica_lag.has(house_engine(), mark)


def house_engine() -> Engine:
    """The pool of connections to the replica, beside the process's engine, as the application's role."""
    return _engines(db.engine()).wide


@lru_cache(maxsize=4)
def _engines(main: Engine) -> tenant.Engines:
    url = settings().database_replica_url
    wide = db.engine_beside(main, url, role=db.APP_ROLE, **IMPATIENT)
    own = db.engine_beside(main, _as_company(url), role=db.TENANT_ROLE, **IMPATIENT)
    return tenant.Engines(own, wide)


def _as_company(url: str) -> str:
    """The replica's address with the login of DATABASE_TENANT_URL: who may see one company's rows only stays so there."""
    if not settings().database_tenant_url:
        return url
    login = make_url(driver_url(settings().database_tenant_url))
    there = make_url(driver_url(url)).set(username=login.username, password=login.password)
    return there.render_as_string(hide_password=False)


def _gone(error: exc.OperationalError) -> None:
    # Rows that a query still needed were cleaned away on the primary: that query's bad luck, the replica is well.
    if not isinstance(error.orig, errors.SerializationFailure | errors.QueryCanceled):
        replica_lag.missed(house_engine())
    logger().warning("replica.failed", error=type(error.orig).__name__)
