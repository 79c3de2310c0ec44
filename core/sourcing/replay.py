"""Give a quarantined record another chance, with what a person corrected or the source's reading as it is now (SPEC 8.3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.sourcing import permission, quarantine, raw, runs, sources
from core.sourcing.connectors.kinds import connect
from core.sourcing.errors import QuarantineCorrected, QuarantineSettled
from core.sourcing.models import QuarantineEntry
from core.sourcing.prepare import Item, prepare
from core.sourcing.quarantine import Reason
from core.sourcing.record import Connector, RawRecord
from core.sourcing.take import meet, reading_rules, take


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a record this time; ``reasons`` when it waits again, in a new entry."""

    outcome: str
    lead_id: UUID | None
    reasons: tuple[Reason, ...]


_RAW = text("""
select r.record_id, r.version, r.content, r.media_type, r.url, r.fetched_at, r.gone, r.test
from raw_record r where r.id = :raw""")
_NOW = text("""
select r.outcome, r.lead_id, coalesce((select q.reasons from quarantine_entry q where q.raw_id = r.id and q.state = 'open'), '[]')
  as reasons from raw_record r where r.id = :raw""")


def replay_quarantined(
    session: Session, *, actor: Actor, entry_id: UUID, connector: Connector | None = None, now: datetime
) -> Replayed:
    """Take a quarantined record through the steps again (SPEC 8.3). Raises ``QuarantineSettled`` when it is decided or erased,
    ``QuarantineCorrected`` when somebody corrects it at this moment."""
    actor.require("admin")
    # Read first and locked last: a batch that brings the same record holds its people before it settles the entry.
    seen = quarantine.find_open(session, entry_id)
    fix, items = seen.fix, _read(session, seen, connector, now=now)
    meet(session, seen.source_id, items)
    entry = quarantine.lock_open(session, entry_id)
    if entry.fix != fix:
        raise QuarantineCorrected
    _content(session, entry)
    walk = runs.begin_run(session, actor=actor, source_id=entry.source_id, cause="replay", now=now)
    quarantine.settle(session, entry, "replayed", actor=actor, now=now)
    take(session, walk=walk, items=items, again=True, now=now)
    runs.end_aside(session, run_id=walk.run_id, now=now)
    audit.record(session, actor, "quarantine.replayed", entity_type="quarantine", entity_id=entry_id, now=now)
    outcome = session.execute(_NOW, {"raw": entry.raw_id}).one()
    return Replayed(outcome.outcome, outcome.lead_id, tuple(Reason(**reason) for reason in outcome.reasons))


def _content(session: Session, entry: QuarantineEntry) -> Any:
    """The record as it is kept; raises ``QuarantineSettled`` once it is erased."""
    row = session.execute(_RAW, {"raw": entry.raw_id}).one()
    if row.content is None:
        raise QuarantineSettled("What this record said is no longer kept.")
    return row


def _read(session: Session, entry: QuarantineEntry, connector: Connector | None, *, now: datetime) -> list[Item]:
    """The record by its source's reading as it is now, with what was corrected."""
    row = _content(session, entry)
    source = sources.find_source(session, entry.source_id)
    uses = permission.require_permission(session, source.id, now=now)
    reader = connector or connect(source.kind, source.settings, sources.secrets_of(source))
    record = RawRecord(
        row.record_id, row.version, raw.opened(row.content), row.media_type, row.fetched_at, row.url, row.gone, row.test
    )
    rules = reading_rules(session, source.reading, source.niche_id, uses)
    return [item._replace(id=entry.raw_id) for item in prepare(reader, [record], rules, quarantine.fix_of(entry))]
