"""A company's own session: what it reads runs as a role of the database that sees that company's rows only, and what it writes
is named after it, so that the database refuses any other company's row.

Every verb still asks by provider id; ``44_isolation.sql`` and ``45_own_writes.sql`` hold when one forgets to (docs/adr/0029).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Engine, TextClause, event, text
from sqlalchemy.orm import Session, SessionTransaction

from core.kit import db
from core.kit.actor import Actor

SETTING = "hotleads.provider"
_NAME = text(f"select set_config('{SETTING}', :provider, true)")
_UNNAME = text(f"select current_setting('{SETTING}', true), set_config('{SETTING}', '', true)")


def look_up(words: str, *, company: str) -> tuple[TextClause, TextClause]:
    """The look-up of who calls, as it stands and so that the rest of its transaction is named after the caller's company.

    ``company`` is the column of its id. To name it along with what is asked anyway costs no round trip.
    """
    named = f"select set_config('{SETTING}', coalesce({company}::text, ''), true), "
    return text(words), text(words.replace("select ", named, 1))


class Engines(NamedTuple):
    """Where a company's statements go, and those that the house asks for it."""

    own: Engine
    wide: Engine


class TenantSession(Session):
    """A session of one company; each of its transactions begins by naming the company to the database."""

    def __init__(self, provider_id: UUID, *, looks: bool, engines: Engines | None = None) -> None:
        super().__init__(engines.own if engines else db.tenant_engine(), expire_on_commit=False)
        self.provider_id = provider_id
        self.looks = looks  # whether a statement may be sent alone (kit/alone.py)
        self.wide = engines.wide if engines else None  # where the house's own statements of the same page go


@event.listens_for(TenantSession, "after_begin")
def _name_company(session: TenantSession, begun: SessionTransaction, connection: Connection) -> None:
    if not begun.nested:
        connection.execute(_NAME, {"provider": str(session.provider_id)})


@contextmanager
def transaction(provider_id: UUID, engines: Engines | None = None) -> Iterator[Session]:
    """``kit.db.transaction`` for one company."""
    with TenantSession(provider_id, looks=False, engines=engines) as session, session.begin():
        yield session


@contextmanager
def reading(provider_id: UUID, engines: Engines | None = None) -> Iterator[Session]:
    """``kit.db.reading`` for one company: a statement sent alone costs one round trip, the name sent along with it.

    What goes through the session itself is in a transaction, so that the name holds for it. ``engines``: a replica's, when
    that is asked.
    """
    with TenantSession(provider_id, looks=True, engines=engines) as session:
        yield session
        if begun := session.get_transaction():
            with begun:
                pass  # as ``kit.db.one_statement`` ends
        elif session.info:
            session.dispatch.after_commit(session)


@contextmanager
def for_actor(actor: Actor, *, looks: bool = False, engines: Engines | None = None) -> Iterator[Session]:
    """The session in which an actor's request is answered: a company's own for its people and programs, else the house's."""
    if actor.provider_id is not None:
        edge: Any = reading if looks else transaction
        opened = edge(actor.provider_id, engines)
    else:
        wide = engines.wide if engines else None
        opened = db.reading(wide) if looks else db.transaction(wide)
    with opened as session:
        yield session


@contextmanager
def acting(actor: Actor) -> Iterator[Session]:
    """``kit.db.transaction`` for what an actor writes who is known already, named after the actor's company."""
    with db.transaction() as session:
        if actor.provider_id is not None:
            session.execute(_NAME, {"provider": str(actor.provider_id)})
        yield session


@contextmanager
def for_everybody(session: Session) -> Iterator[None]:
    """For what follows from a company's act for others too, such as a price that the last of them has consented to: written
    in nobody's name. Two round trips; an error ends the transaction or its savepoint, and with it the name."""
    named = session.execute(_UNNAME).scalar_one()
    yield
    if named:
        session.execute(_NAME, {"provider": named})


@contextmanager
def house(session: Session) -> Iterator[Session]:
    """For the few statements of a company's page that count others' rows too and tell nobody whose they are.

    They see what is committed, by another connection; in a session that is no company's they are part of it.
    """
    if isinstance(session, TenantSession):
        with db.reading(session.wide) as wide:
            yield wide
    else:
        yield session
