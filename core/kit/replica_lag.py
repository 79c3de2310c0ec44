"""How far the replica is behind: in seconds, in bytes of the write-ahead log, and whether it has a given place of it.

A place in the log is a number of bytes (an LSN). The primary is asked for its own at most once a second per process, so the
bound in seconds holds also when the link between the two is cut, of which the replica itself knows nothing.
"""

import time
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import Any

from sqlalchemy import Engine, exc, text

from core.kit import db
from core.kit.alone import rows_alone
from core.kit.config import settings
from core.kit.logs import logger
from core.kit.metrics import REPLICA_LAG_BYTES, REPLICA_LAG_SECONDS, REPLICA_UP, Reading

FRESH_S = 1.0  # how long what was found is believed
AGAIN_S = 15.0  # how long one that did not answer is left alone
PAGE, SEGMENT = 8192, 16 * 2**20

_WRITTEN = text("select cast(pg_current_wal_insert_lsn() - '0/0' as bigint) as place, clock_timestamp() as at")
_REPLAYED = text("""
    select pg_is_in_recovery() as follows, cast(pg_last_wal_replay_lsn() - '0/0' as bigint) as place,
           pg_last_xact_replay_timestamp() as at""")


@dataclass(frozen=True, slots=True)
class Lag:
    """Where a replica stands; ``seconds`` is at most how old its rows are. One that is not ``up`` answers nothing."""

    up: bool
    seconds: float = 0.0
    bytes: int = 0
    place: int = 0  # replayed up to here


AWAY = Lag(False)


@dataclass
class _Watch:
    """What this process knows of one replica."""

    lock: Lock = field(default_factory=Lock)
    lag: Lag = AWAY
    until: float = 0.0  # on the monotonic clock
    written: deque[tuple[int, Any]] = field(default_factory=lambda: deque(maxlen=120))  # the primary's places, and when


@lru_cache(maxsize=4)
def _watch(_replica: Engine) -> _Watch:
    return _Watch()


def written() -> int:
    """The place up to which the primary's log is written now; what was committed before is in it."""
    with db.reading() as session:
        return end_of_record(rows_alone(session, _WRITTEN, {})[0].place)


def end_of_record(place: int) -> int:
    """The end of the last record: where nothing has begun on a page yet, the place asked for lies behind the page's header,
    which no replica reaches before something is written there."""
    if place % PAGE == 24 or place % SEGMENT == 40:
        return place - place % PAGE
    return place


def near(replica: Engine) -> bool:
    """True when the replica answers and is at most as far behind as the setting allows."""
    lag = standing(replica)
    return lag.up and lag.seconds <= settings().replica_lag_s


def standing(replica: Engine) -> Lag:
    """Where the replica stands, as found within the last second."""
    watch = _watch(replica)
    # One looks, the others go by what was found before.
    if time.monotonic() >= watch.until and watch.lock.acquire(blocking=False):
        try:
            _look(replica, watch)
        finally:
            watch.lock.release()
    return watch.lag


def has(replica: Engine, place: int) -> bool:
    """True when the replica has replayed the log up to ``place``; what it had once it keeps."""
    watch = _watch(replica)
    if watch.lag.place < place:
        with watch.lock:
            _look(replica, watch)
    return watch.lag.up and watch.lag.place >= place


def missed(replica: Engine) -> None:
    """The replica did not answer: leave it alone for a while."""
    watch = _watch(replica)
    watch.lag, watch.until = AWAY, time.monotonic() + AGAIN_S


def readings(replica: Engine) -> list[Reading]:
    """The replica for Prometheus; of one that is away only that."""
    lag = standing(replica)
    if not lag.up:
        return [Reading(REPLICA_UP, 0)]
    return [Reading(REPLICA_UP, 1), Reading(REPLICA_LAG_SECONDS, lag.seconds), Reading(REPLICA_LAG_BYTES, lag.bytes)]


def _look(replica: Engine, watch: _Watch) -> None:
    with db.reading() as session:
        ours = rows_alone(session, _WRITTEN, {})[0]
    try:
        with db.reading(replica) as session:
            theirs = rows_alone(session, _REPLAYED, {})[0]
    except exc.DBAPIError as error:
        logger().warning("replica.away", error=type(error.orig).__name__)
        missed(replica)
        return
    watch.written.append((end_of_record(ours.place), ours.at))
    watch.lag = _judged(watch, theirs, ours.at) if theirs.follows else AWAY  # one that was made a primary follows nobody
    watch.until = time.monotonic() + FRESH_S


def _judged(watch: _Watch, theirs: Any, now: Any) -> Lag:
    newest = watch.written[-1][0]
    if theirs.place >= newest:
        return Lag(True, place=theirs.place)
    # Everything that was written when it was looked at last and is replayed bounds the age; else the last commit replayed.
    known = [at for place, at in watch.written if place <= theirs.place]
    since = max([*known, theirs.at] if theirs.at else known, default=None)
    if since is None:
        return Lag(True, seconds=float("inf"), bytes=newest - theirs.place, place=theirs.place)
    return Lag(True, max((now - since).total_seconds(), 0.0), newest - theirs.place, theirs.place)
