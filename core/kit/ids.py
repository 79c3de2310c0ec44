"""UUIDv7 (RFC 9562, 5.7): ids that sort by the time they were made."""

import hashlib
import os
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

SYSTEM_USER_ID = UUID(int=0)  # acts for jobs and webhooks (SPEC 1.1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_past: ContextVar[Iterator[int] | None] = ContextVar("past", default=None)
_lock = threading.Lock()
_last = 0
_AT_ONCE = 512
_chances: list[int] = []  # random numbers fetched ahead: one call of the system for hundreds of ids
os.register_at_fork(after_in_child=_chances.clear)  # a child must not draw what its parent draws


def uuid7() -> UUID:
    """A new id; within one process every id is greater than the one before it.

    48 bits of milliseconds, 12 bits of the sub-millisecond fraction, 62 random bits.
    """
    global _last
    if past := _past.get():
        tick = next(past)
    else:
        with _lock:
            tick = time.time_ns() * 4096 // 1_000_000  # exactly 4096ths of a millisecond: each step is another id
            _last = max(tick, _last + 1)
            tick = _last
    return _made(tick >> 12, tick & 0xFFF)


@contextmanager
def ids_of(moment: datetime) -> Iterator[None]:
    """Ids made inside sort at ``moment``: for loading history, as ``dated_id`` does in the database."""
    microseconds = (moment - _EPOCH) // timedelta(microseconds=1)
    token = _past.set(count(microseconds * 4096 // 1000))
    try:
        yield
    finally:
        _past.reset(token)


def moment_of(made: UUID) -> datetime:
    """When an id was made, to the millisecond."""
    return _EPOCH + timedelta(milliseconds=made.int >> 80)


def _made(milliseconds: int, fraction: int) -> UUID:
    return UUID(int=(milliseconds << 80) | (7 << 76) | (fraction << 64) | (2 << 62) | _chance() >> 2)


def _chance() -> int:
    """64 random bits, never the same ones twice."""
    while True:
        try:
            return _chances.pop()
        except IndexError:
            _chances.extend(struct.unpack(f"{_AT_ONCE}Q", os.urandom(8 * _AT_ONCE)))


def named_uuid7(milliseconds: int, name: str) -> UUID:
    """The one id of a named thing of a moment (milliseconds since 1970): the same for the same arguments."""
    digest = int.from_bytes(hashlib.sha256(f"{milliseconds}:{name}".encode()).digest()[:10])
    value = (milliseconds << 80) | (7 << 76) | ((digest >> 64 & 0xFFF) << 64) | (2 << 62) | (digest & (1 << 62) - 1)
    return UUID(int=value)
