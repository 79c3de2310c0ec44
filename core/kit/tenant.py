"""A company's own session: work for a provider runs as a role of the database that sees that company's rows only.

Every verb still asks by provider id; the policies of ``44_isolation.sql`` hold when one forgets to (docs/adr/0029).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session, SessionTransaction

from core.kit import db
from core.kit.actor import Actor

SETTING = "hotleads.provider"
NAME = f"select set_config('{SETTING}', %(provider)s, true)"  # as the driver takes it, for statements alone
_NAME = text(f"select set_config('{SETTING}', :provider, true)")


class TenantSession(Session):
    """A session of one company; each of its transactions begins by naming the company to the database."""

    def __init__(self, provider_id: UUID, *, looks: bool) -> None:
        super().__init__(db.tenant_engine(), expire_on_commit=False)
        self.provider_id = provider_id
        self.looks = looks  # whether a statement may be sent alone (kit/alone.py)


@event.listens_for(TenantSession, "after_begin")
def _name_company(session: TenantSession, begun: SessionTransaction, connection: Connection) -> None:
    if not begun.nested:
        connection.execute(_NAME, {"provider": str(session.provider_id)})


@contextmanager
def transaction(provider_id: UUID) -> Iterator[Session]:
    """``kit.db.transaction`` for one company."""
    with TenantSession(provider_id, looks=False) as session, session.begin():
        yield session


@contextmanager
def reading(provider_id: UUID) -> Iterator[Session]:
    """``kit.db.reading`` for one company: a statement sent alone costs one round trip, the name sent along with it.

    What goes through the session itself is in a transaction, so that the name holds for it.
    """
    with TenantSession(provider_id, looks=True) as session:
        yield session
        if begun := session.get_transaction():
            with begun:
                pass  # as ``kit.db.one_statement`` ends
        elif session.info:
            session.dispatch.after_commit(session)


@contextmanager
def for_actor(actor: Actor, *, looks: bool = False) -> Iterator[Session]:
    """The session in which an actor's request is answered: a company's own for its people and programs, else the house's."""
    if actor.provider_id is not None:
        edge: Any = reading(actor.provider_id) if looks else transaction(actor.provider_id)
    else:
        edge = db.reading() if looks else db.transaction()
    with edge as session:
        yield session


@contextmanager
def house(session: Session) -> Iterator[Session]:
    """For the few statements of a company's page that count others' rows too and tell nobody whose they are.

    They see what is committed, by another connection; in a session that is no company's they are part of it.
    """
    if isinstance(session, TenantSession):
        with db.reading() as wide:
            yield wide
    else:
        yield session
