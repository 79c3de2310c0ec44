"""The rows of a file, batch by batch: each batch is one short statement, so no snapshot is held for long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads
from core.kit.actor import Actor
from core.leads import ContactView
from core.reports.counts import counted
from core.reports.exports.datasets import Dataset
from core.reports.exports.formats import shown
from core.reports.scope import Scope

BATCH = 5_000
_EARLIEST, _LATEST = timedelta(hours=14), timedelta(hours=36)  # no clock on earth is further from UTC


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a file holds."""

    dataset: Dataset
    format: str
    scope: Scope
    provider_id: UUID | None
    matching: Mapping[str, Any] = field(default_factory=dict)


class Place(NamedTuple):
    """Where the next batch goes on."""

    moment: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of a file, and where the next ones begin; ``None`` after the last."""

    rows: Sequence[Sequence[Any]]
    next: Place | None


def count(session: Session, wanted: Wanted, *, most: int) -> int:
    """How many rows there are, counted up to ``most``."""
    sql, values = _within(wanted)
    dataset = wanted.dataset
    counting = f"{_prefix(wanted)} select count(*) from (select 1 {dataset.source} and {sql} limit :most) found"  # noqa: S608
    return int(session.execute(text(counting), values | {"most": most}).scalar_one())


def next_rows(
    session: Session, wanted: Wanted, *, actor: Actor, export_id: UUID, after: Place | None, limit: int = BATCH, now: datetime
) -> Batch:
    """The rows after a place, in the order of their moment; contact data as the actor may see it."""
    sql, values = _within(wanted)
    dataset = wanted.dataset
    order = f"{dataset.moment}, {dataset.id}" if dataset.counts else dataset.id
    beyond = "(:after_moment, :after_id)" if dataset.counts else ":after_id"
    statement = f"{_prefix(wanted)} {dataset.sql} and {sql} and ({order}) > {beyond} order by {order} limit :limit"
    start = after or Place(values["lowest"] - timedelta(microseconds=1), _id_of(values["lowest"] - timedelta(days=1)))
    found = session.execute(text(statement), values | {"after_moment": start.moment, "after_id": start.id, "limit": limit}).all()
    rows = _with_contact(session, wanted, actor, export_id, found, now=now)
    keep = itemgetter(*(n for n, column in enumerate(dataset.columns) if column in shown(wanted.format, dataset.columns)))
    return Batch([keep(row) for row in rows], Place(found[-1][0], found[-1][1]) if len(found) == limit else None)


def _id_of(moment: datetime) -> UUID:
    """The least id that can have been made at a moment."""
    return UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)


def _with_contact(
    session: Session, wanted: Wanted, actor: Actor, export_id: UUID, found: Sequence[Any], *, now: datetime
) -> list[Sequence[Any]]:
    if not wanted.dataset.lead:
        return [row[3:] for row in found]
    known = leads.reveal_for_file(session, actor=actor, lead_ids=[row[2] for row in found], export_id=export_id, now=now)
    return [(*row[3:], *_contact(known.get(row[2]))) for row in found]


def _contact(view: ContactView | None) -> tuple[str | None, ...]:
    if view is None:
        return (None,) * 7
    return tuple(value or None for value in (view.name, view.email, view.phone, view.street, view.unit, view.city, view.state))


def _within(wanted: Wanted) -> tuple[str, dict[str, Any]]:
    """The condition on dates, on the clock of each row's market where it has one, within bounds that an index knows; and
    what the dataset's own filters ask."""
    scope, moment = wanted.scope, wanted.dataset.moment
    lowest = datetime.combine(scope.since, datetime.min.time(), UTC) - _EARLIEST
    highest = datetime.combine(scope.until, datetime.min.time(), UTC) + _LATEST
    zone = "m.timezone" if " market m " in wanted.dataset.source and not wanted.dataset.counts else "'UTC'"
    sql = f"""{moment} >= :lowest and {moment} < :highest
              and ({moment} at time zone {zone})::date between :since and :until"""
    values = scope.values | {"lowest": lowest, "highest": highest, "provider": wanted.provider_id, "first": scope.since}
    conditions, more = wanted.dataset.asks(wanted.matching) if wanted.dataset.asks else ([], {})
    return " and ".join([sql, *conditions]), values | more


def _prefix(wanted: Wanted) -> str:
    return f"with {counted(wanted.scope)[0]}" if wanted.dataset.counts else ""
