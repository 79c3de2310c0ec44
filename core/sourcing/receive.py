"""What sources send by themselves: whole records are taken in at once, notices are fetched by a job (SPEC 8.1)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.kit import outbox
from core.kit.db import Json
from core.sourcing import permission, runs, sources
from core.sourcing.connectors.kinds import connect
from core.sourcing.models import Source
from core.sourcing.prepare import Item, prepare
from core.sourcing.record import Connector, Notice, Pushed
from core.sourcing.runs import RunCounts, Walk
from core.sourcing.take import meet, reading_rules, rules_of, take

JOB = "source.fetch"


@dataclass(frozen=True, slots=True)
class Inlet:
    """A source that may send to us, with what its calls are checked by."""

    source_id: UUID
    slug: str
    kind: str
    settings: Json
    secrets: dict[str, str]


def inlets(session: Session, *, kind: str, now: datetime) -> list[Inlet]:
    """Sources of a kind that are switched on and may be used, oldest first: whose call it is, its signature tells."""
    found = session.scalars(select(Source).where(Source.kind == kind, Source.status == "active").order_by(Source.id))
    permitted = set(
        session.scalars(
            text("select s.id from source s where s.kind = :kind and (live_permission(s.id, :now)).id is not null"),
            {"kind": kind, "now": now},
        )
    )
    return [Inlet(one.id, one.slug, one.kind, one.settings, sources.secrets_of(one)) for one in found if one.id in permitted]


def receive(
    session: Session,
    *,
    source_id: UUID,
    pushed: Pushed,
    connector: Connector | None = None,
    walk: Walk | None = None,
    begin: Callable[[], Walk] | None = None,
    now: datetime,
) -> RunCounts:
    """Take in what one call brought, in its transaction; the same call again changes nothing.

    ``walk``: the run that counts it, instead of the source's run of the day; ``begin`` begins another one, once the records'
    people are met. Raises ``SourceNotPermitted``, ``SourcePaused``. The caller has checked the signature.
    """
    items = _prepared(session, source_id, pushed, connector, walk, now=now)
    meet(session, source_id, items)
    walk = walk or (begin() if begin else runs.begin_aside(session, source_id=source_id, now=now))
    for notice in pushed.notices:
        payload = {"source_id": str(source_id), "record_id": notice.record_id, "version": notice.version}
        key = f"{source_id}:{notice.record_id}:{notice.version}"
        outbox.enqueue(session, JOB, key=key, now=now, payload=payload, priority=6)
    return take(session, walk=walk, items=items, now=now) if items else RunCounts()


def _prepared(
    session: Session, source_id: UUID, pushed: Pushed, connector: Connector | None, walk: Walk | None, *, now: datetime
) -> list[Item]:
    """The records as they are read by the run's rules, or before there is a run by the source's own."""
    if not pushed.records:
        return []
    if walk is not None:
        return prepare(connector or connect(walk.kind, walk.settings, walk.secrets), pushed.records, rules_of(session, walk))
    source = sources.find_source(session, source_id)
    uses = permission.require_permission(session, source_id, now=now)
    reader = connector or connect(source.kind, source.settings, sources.secrets_of(source))
    return prepare(reader, pushed.records, reading_rules(session, source.reading, source.niche_id, uses))


def begin_fetch(session: Session, *, source_id: UUID, now: datetime) -> Walk:
    """The run under which a notice's record is fetched. Raises ``SourceNotPermitted``, ``SourcePaused``."""
    return runs.begin_aside(session, source_id=source_id, now=now)


def fetched(session: Session, *, walk: Walk, items: list[Item], now: datetime) -> RunCounts:
    """Take in a record that was fetched after a notice."""
    permission.require_permission(session, walk.source_id, now=now)
    return take(session, walk=walk, items=items, now=now)


def notice_of(payload: Json) -> Notice:
    """The notice that a job was asked for."""
    return Notice(payload["record_id"], payload["version"])
