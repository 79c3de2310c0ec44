"""What a forked worker process does first."""

import signal

from core.kit import db, limits, redis
from core.kit.local.parents import end_with_parent


def settle_after_fork() -> None:
    """Leave the parent's connections alone, make our own, and end when the parent does.

    By SIGKILL, since a worker ignores gentler signals of its group; a job cut off like that is rolled back.
    """
    end_with_parent(signal.SIGKILL)
    db.after_fork()
    redis.redis.cache_clear()
    limits._limiter.cache_clear()
