"""Notes that may be lost, such as who searched for what: kept in Redis after the commit, written down in bundles by a job.

Whoever looks something up waits for no commit and no row; a flush of Redis loses what came since the last bundle
(house rule 7). Nothing that money, a sale or a promise depends on goes this way.
"""

import json

from redis import RedisError
from sqlalchemy import event
from sqlalchemy.orm import Session

from core.kit.db import Json
from core.kit.errors import Unavailable
from core.kit.logs import logger
from core.kit.redis import redis

MOST_KEPT = 50_000  # of one kind, when no job takes them: the oldest go first


def note(session: Session, kind: str, document: Json) -> None:
    """Keep a note once this transaction has committed."""
    session.info.setdefault("notes", []).append((kind, json.dumps(document)))


def take(kind: str, *, most: int) -> list[Json]:
    """The oldest notes of a kind, which are gone with it; none when Redis can't tell."""
    try:
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
    try:
        for kind, document in notes:
            if int(redis().rpush(_key(kind), document)) > MOST_KEPT:
                redis().ltrim(_key(kind), -MOST_KEPT, -1)
    except (RedisError, Unavailable) as error:
        logger().warning("notes.unavailable", error=str(error))


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    if session.get_nested_transaction() is None:
        session.info.pop("notes", None)
