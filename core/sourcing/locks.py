"""Who may decide about a person: locks on what records can meet in, taken in one order (SPEC 8.4)."""

from collections.abc import Iterable
from zlib import crc32

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.sql_values import array

CLASS = 0x50C1  # of the advisory locks that are ours
BUCKETS = 1024  # a batch of hundreds needs thousands of keys; the server has room for so many locks

_LOCK = text("select pg_advisory_xact_lock(:class, bucket) from unnest(cast(:buckets as int[])) bucket")


def lock_meetings(session: Session, *, keys: Iterable[str] = (), traits: Iterable[int] = ()) -> None:
    """Wait until nobody else decides about any of the keys or traits, until the transaction ends.

    Everybody takes buckets in ascending order, so two batches that share people queue and never wait in a circle. Statements
    that follow see what the other one committed.
    """
    buckets = {crc32(key.encode()) % BUCKETS for key in keys} | {trait % BUCKETS for trait in traits}
    if buckets:
        session.execute(_LOCK, {"class": CLASS, "buckets": array(sorted(buckets))}).all()
