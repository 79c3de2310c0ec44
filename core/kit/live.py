"""What makes an open page feel live: a counter per topic in Redis, raised after the commit (SPEC 7.1, 9.1).

A page that sees its counter stand still need not ask the database. Redis may be flushed or gone: then counters are
unknown, and pages ask as often as they look.
"""

from collections.abc import Sequence

from redis import RedisError
from sqlalchemy import event
from sqlalchemy.orm import Session

from core.kit.errors import Unavailable
from core.kit.logs import logger
from core.kit.redis import redis

KEPT_S = 86_400


def touch(session: Session, *topics: str) -> None:
    """Have these topics counted up once this transaction has committed."""
    session.info.setdefault("live_topics", set()).update(topics)


def versions(topics: Sequence[str]) -> tuple[int, ...] | None:
    """Where the counters of these topics stand; ``None`` when Redis can't tell."""
    try:
        found = redis().mget([f"live:{topic}" for topic in topics])
    except (RedisError, Unavailable) as error:
        logger().warning("live.unavailable", error=str(error))
        return None
    return tuple(int(value or 0) for value in found)


@event.listens_for(Session, "after_commit")
def _count(session: Session) -> None:
    topics = session.info.pop("live_topics", None)
    if not topics:
        return
    try:
        with redis().pipeline(transaction=False) as pipe:
            for topic in sorted(topics):
                pipe.incr(f"live:{topic}").expire(f"live:{topic}", KEPT_S)
            pipe.execute()
    except (RedisError, Unavailable) as error:
        logger().warning("live.unavailable", error=str(error))


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    if session.get_nested_transaction() is None:
        session.info.pop("live_topics", None)
