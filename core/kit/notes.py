"""Notes that may be lost, such as who searched for what: kept in Redis after the commit, written down in bundles by a job.

Whoever looks something up waits for no commit, no row and no answer of Redis; a flush of Redis loses what came since the
last bundle (house rule 7). Nothing that money, a sale or a promise depends on goes this way.
"""

import json
import os
from collections.abc import Sequence
from threading import Lock
from typing import Any

from redis import RedisError
from sqlalchemy import event
from sqlalchemy.orm import Session

from core.kit.db import Json
from core.kit.errors import Unavailable
from core.kit.logs import logger
from core.kit.redis import redis

MOST_KEPT = 50_000  # of one kind, when no job takes them: the oldest go first


class _Line:
    """A connection along which notes are sent without waiting: their answers are read when the next ones are sent."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._connection: Any = None
        self._of: object = None  # which client's, in which process: neither outlives a fork or another server
        self._owed = 0

    def send(self, commands: Sequence[tuple[Any, ...]]) -> None:
        """Send commands; raises ``RedisError`` or ``Unavailable`` when they can't be sent. May tell of those before."""
        with self._lock:
            try:
                self._read()
            except RedisError as error:  # the notes before are lost, these need not be
                logger().warning("notes.unavailable", error=str(error))
            connection = self._connected()
            connection.send_packed_command(connection.pack_commands(commands))
            self._owed = len(commands)

    def settle(self) -> None:
        """Wait until everything sent from this process has arrived; raises ``RedisError`` when it has not."""
        with self._lock:
            self._read()

    def _connected(self) -> Any:
        client, process = redis(), os.getpid()
        if self._connection is None or self._of != (client, process):
            self._drop()
            self._connection, self._of = client.connection_pool.get_connection(), (client, process)
        return self._connection

    def _read(self) -> None:
        owed, self._owed = self._owed, 0
        if self._of != (redis(), os.getpid()):
            return
        try:
            for _ in range(owed):
                self._connection.read_response()
        except RedisError:
            self._drop()
            raise

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.disconnect()
        self._connection, self._of = None, None


_LINE = _Line()


def note(session: Session, kind: str, document: Json) -> None:
    """Keep a note once this transaction has committed."""
    session.info.setdefault("notes", []).append((kind, json.dumps(document)))


def take(kind: str, *, most: int) -> list[Json]:
    """The oldest notes of a kind, which are gone with it; none when Redis can't tell."""
    try:
        _LINE.settle()
        found = redis().lpop(_key(kind), most)
    except (RedisError, Unavailable) as error:
        logger().warning("notes.unavailable", error=str(error))
        return []
    return [json.loads(note) for note in found] if isinstance(found, list) else []


def _key(kind: str) -> str:
    return f"notes:{kind}"


@event.listens_for(Session, "after_commit")
def _keep(session: Session) -> None:
    notes = session.info.pop("notes", None)
    if not notes:
        return
    commands: list[tuple[Any, ...]] = []
    for kind, document in notes:
        commands += [("RPUSH", _key(kind), document), ("LTRIM", _key(kind), -MOST_KEPT, -1)]
    try:
        _LINE.send(commands)
    except (RedisError, Unavailable) as error:
        logger().warning("notes.unavailable", error=str(error))


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    if session.get_nested_transaction() is None:
        session.info.pop("notes", None)
