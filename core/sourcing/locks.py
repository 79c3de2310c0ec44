"""Who may decide about a person: locks on what records can meet in, taken in one order (SPEC 8.4)."""

from collections.abc import Iterable
from zlib import crc32

from sqlalchemy import text
from sqlalchemy.orm import Session

CLASS = 0x50C1  # of the advisory locks that are ours
BUCKETS = 1024  # a batch of hundreds needs thousands of keys; the server has room for so many locks

_LOCK = text("select pg_advisory_xact_lock(:class, bucket) from unnest(cast(:buckets as int[])) bucket")


def lock_keys(session: Session, keys: Iterable[str]) -> None:
    """Wait until nobody else decides about any of the keys, until the transaction ends.

    Everybody takes buckets in ascending order, so two batches that share people queue and never wait in a circle. Statements
    that follow see what the other one committed.
    """
    buckets = sorted({crc32(key.encode()) % BUCKETS for key in keys})
    if buckets:
        session.execute(_LOCK, {"class": CLASS, "buckets": buckets}).all()
