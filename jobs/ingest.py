"""Walk through a source: fetch and prepare beside the database, store batch by batch, tell how far it is (SPEC 8.1, 13.1).

Each batch is a transaction that also moves the cursor, so a walk that is killed anywhere goes on where its last batch ended.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from core import sourcing
from core.kit import outbox
from core.kit.actor import SYSTEM, Actor
from core.kit.clock import utc_now
from core.kit.collecting import seldom_collected
from core.kit.db import Json, constraint_of, engine, transaction
from core.kit.errors import HotleadsError
from core.kit.logs import logger
from core.kit.outbox import Job
from core.kit.turns import short_turns
from core.sourcing import Connector, Item, Reason, Rules, RunCounts, SourceBusy, Walk
from core.sourcing.runs import Cause

BATCH = 1_000  # records a transaction
Tell = Callable[[RunCounts], None]
Prepared = tuple[list[Item], Json | None]


def begin(_session: Session, job: Job, _now: datetime) -> Job:
    """A job's walk needs its lease, which it renews."""
    return job


def carry_out(job: Job, _now: datetime) -> RunCounts:
    """Walk through the job's source. A source that can't be reached is no fault of the job: the run tells of it."""
    asked = job.payload
    actor = Actor(UUID(asked["asked_by"]), "admin") if "asked_by" in asked else SYSTEM
    return walk_through(UUID(asked["source_id"]), actor=actor, cause=asked["cause"], job=job)


def conclude(_session: Session, job: Job, counts: RunCounts, _now: datetime) -> None:
    """The run has been closed by the walk itself."""
    logger().info("source.walked", job_id=str(job.id), **asdict(counts))


def walk_through(
    source_id: UUID,
    *,
    actor: Actor,
    cause: Cause,
    job: Job | None = None,
    tell: Tell | None = None,
    connector: Connector | None = None,
    expected: int | None = None,
    noted: Callable[[Session], UUID] | None = None,
) -> RunCounts:
    """Bring in all that a source has since the last time; returns what became of it.

    Raises ``SourceBusy`` while somebody else walks, and as ``begin_run``. When the source fails, the run is closed with
    the reason and what came before it stays. ``expected``: how many records there are, when that is known. ``noted``: keeps
    that a file was brought, as the run begins, and returns its id.
    """
    with _alone(source_id):
        with transaction() as session:
            job_id = job.id if job else noted(session) if noted else None
            walk = sourcing.begin_run(
                session, actor=actor, source_id=source_id, cause=cause, job_id=job_id, expected=expected, now=utc_now()
            )
            rules = sourcing.rules_of(session, walk)
        total = RunCounts()
        try:
            reader = connector or sourcing.connect(walk.kind, walk.settings, walk.secrets)
            with seldom_collected(), short_turns():
                for items, cursor in _ahead(_batches(reader, walk, rules)):
                    total = _sum(total, _store(walk, items, cursor, job))
                    (tell or _say_nothing)(total)
        except HotleadsError as error:
            _broke_off(walk, error)
            return total
        except Exception:
            _broke_off(walk, None)
            raise
        with transaction() as session:
            sourcing.finish_run(session, run_id=walk.run_id, now=utc_now())
    return total


def _batches(connector: Connector, walk: Walk, rules: Rules) -> Iterator[Prepared]:
    """Prepared records in portions; the cursor of a batch goes with its last one."""
    for batch in connector.fetch(walk.cursor):
        parts = [batch.records[at : at + BATCH] for at in range(0, len(batch.records), BATCH)] or [()]
        for number, part in enumerate(parts, 1):
            items = sourcing.prepare(connector, part, rules)
            with transaction() as session:
                items = sourcing.land_ahead(session, items, now=utc_now())
            yield items, batch.cursor if number == len(parts) else None


def _ahead(batches: Iterator[Prepared]) -> Iterator[Prepared]:
    """The same, the next one being fetched and prepared by a thread while this one is stored."""
    with ThreadPoolExecutor(1, "prepare") as beside:
        coming = beside.submit(next, batches, None)
        while (ready := coming.result()) is not None:
            coming = beside.submit(next, batches, None)
            yield ready


def _store(walk: Walk, items: Sequence[Item], cursor: Json | None, job: Job | None) -> RunCounts:
    """One batch; when the database refuses it, its halves, down to the record that is at fault, which goes to quarantine."""
    try:
        with transaction() as session:
            now = utc_now()
            counts = sourcing.take(session, walk=walk, items=items, cursor=cursor, now=now)
            if job is not None:
                outbox.renew(session, job, now=now, progress={"run_id": str(walk.run_id), "fetched": counts.fetched})
            return counts
    except (DataError, IntegrityError) as refused:
        if isinstance(refused, IntegrityError) and constraint_of(refused) == "source_permitted":
            raise sourcing.SourceNotPermitted from refused
        if not items or items[0].reasons == (REFUSED,):
            raise
    if len(items) == 1:
        return _store(walk, [items[0]._replace(arrival=None, landed=None, reasons=(REFUSED,))], cursor, job)
    half = len(items) // 2
    return _sum(_store(walk, items[:half], None, job), _store(walk, items[half:], cursor, job))


REFUSED = Reason("refused", "record", "The database refused this record. Its log says why.")


@contextmanager
def _alone(source_id: UUID) -> Iterator[None]:
    """Hold a source for as long as this process lives and walks; raises ``SourceBusy``. A killed one lets go at once.

    By a transaction of its own that does nothing else, so it keeps no old row alive, and a pooler keeps its connection.
    """
    with engine().connect() as connection, connection.begin():
        key = {"key": f"source:{source_id}"}
        if not connection.execute(text("select pg_try_advisory_xact_lock(hashtextextended(:key, 0))"), key).scalar_one():
            raise SourceBusy
        yield


def _broke_off(walk: Walk, error: HotleadsError | None) -> None:
    said = error.message if error else "Something unexpected happened; the dead letter of this run tells what."
    wait = getattr(error, "retry_after_s", None)
    with transaction() as session:
        sourcing.fail_run(session, run_id=walk.run_id, error=said, retry_after_s=wait, now=utc_now())
    logger().warning("source.failed", source=walk.slug, code=error.code if error else "unexpected")


def _sum(one: RunCounts, other: RunCounts) -> RunCounts:
    return RunCounts(**{name: count + getattr(other, name) for name, count in asdict(one).items()})


def _say_nothing(_counts: RunCounts) -> None:
    """For a job, whose row tells."""


def begin_fetch(session: Session, job: Job, now: datetime) -> tuple[Walk, Rules, Json]:
    """What fetching a notice's record needs."""
    walk = sourcing.begin_fetch(session, source_id=UUID(job.payload["source_id"]), now=now)
    return walk, sourcing.rules_of(session, walk), job.payload


def fetch(asked: tuple[Walk, Rules, Json], _now: datetime) -> tuple[Walk, list[Item]]:
    """Ask the source for the record that a notice named."""
    walk, rules, payload = asked
    connector = sourcing.connect(walk.kind, walk.settings, walk.secrets)
    record = cast(sourcing.Noticed, connector).fetch_one(sourcing.notice_of(payload))
    return walk, sourcing.prepare(connector, [record], rules)


def keep_fetched(session: Session, _job: Job, found: tuple[Walk, list[Item]], now: datetime) -> None:
    """Take the record in."""
    walk, items = found
    sourcing.fetched(session, walk=walk, items=items, now=now)
