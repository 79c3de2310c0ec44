"""Sources, their runs and quarantine, and the quality of the data (SPEC 8.2, 8.3, 8.6)."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field, StrictInt, StringConstraints
from sqlalchemy.orm import Session

from core import reports, sourcing
from core.kit.actor import Actor
from core.sourcing import enrichment
from intake_api.rest import Body, Page, Query, page, route

Note = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
blueprint = Blueprint("admin_sources", __name__, url_prefix="/api/v1/admin/sources")


class RecordPage(Page):
    """Records, with one outcome when it is named."""

    outcome: str | None = None


class QuarantinePage(Page):
    """Entries of one source, one state, one reason when they are named."""

    source_id: UUID | None = None
    state: Literal["open", "replayed", "discarded"] = "open"
    code: str | None = None


class RepeatPage(Page):
    """Records of one source when it is named."""

    source_id: UUID | None = None


class Days(Query):
    """Over how many days, today included."""

    days: int = Field(30, ge=1, le=366)


class Fix(Body):
    """Corrected fields by name; an answer of the form is ``form_data.<key>``, ``null`` empties one."""

    fields: dict[str, str | None] = Field(min_length=1, max_length=40)


class Discard(Body):
    """Why the record becomes no lead."""

    note: Note


class ComparedPage(Page):
    """Enrichments, of one lead when it is named."""

    lead_id: UUID | None = None


class SourceParts(Body):
    """What every kind of source may be told; ``every_minutes`` 0 ends its schedule."""

    niche_id: UUID | None = None
    settings: dict[str, Any] | None = None
    secrets: dict[str, str] | None = None
    reading: dict[str, Any] | None = None
    every_minutes: StrictInt | None = None


class NewSource(SourceParts):
    """A source of a kind that connectors know; ``slug`` is made of the name when it is left out."""

    kind: str
    name: str
    slug: str | None = None


class SourceChange(SourceParts):
    """What is named changes."""

    name: str | None = None


@route(blueprint, "GET", "", "admin", "analyst", "scientist")
def sources(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """Every source with its health and the figures of its last 30 days."""
    return {"items": sourcing.list_sources(session, actor=actor, now=now)}


@route(blueprint, "POST", "", "admin", body=NewSource, status=201)
def add(session: Session, actor: Actor, given: NewSource, *, now: datetime) -> Any:
    """Add a source; nothing comes from it before its permission is recorded."""
    made = sourcing.add_source(session, actor=actor, **given.model_dump(), now=now)
    return {"source": sourcing.get_source(session, actor=actor, source_id=made.id, now=now)}


@route(blueprint, "PUT", "/<uuid:source_id>", "admin", body=SourceChange)
def change(session: Session, actor: Actor, given: SourceChange, *, source_id: UUID, now: datetime) -> Any:
    """Change what is named; secrets that are left out stay."""
    sourcing.change_source(session, actor=actor, source_id=source_id, **given.model_dump(), now=now)
    return {"source": sourcing.get_source(session, actor=actor, source_id=source_id, now=now)}


@route(blueprint, "GET", "/quality", "admin", "analyst", "scientist", query=Days)
def data_quality(session: Session, actor: Actor, given: Days, *, now: datetime) -> Any:
    """Errors, duplicates on sale, completeness, freshness and cost per lead, in all and by source."""
    scope = reports.scope_of(session, days=given.days, now=now)
    days = {"since": scope.since, "until": scope.until}
    found = sourcing.data_quality(session, actor=actor, now=now, **days)
    by_source = sourcing.quality_by_source(session, actor=actor, **days)
    return days | {"quality": found, "error_rate": found.error_rate, "sources": by_source}


@route(blueprint, "GET", "/enrichment", "admin", "analyst", "scientist", query=Days)
def compared(session: Session, actor: Actor, given: Days, *, now: datetime) -> Any:
    """Model and rules on the same leads: agreement by field, cost in millionths of a cent, latency."""
    return {"comparison": enrichment.compare(session, actor=actor, days=given.days, now=now)}


@route(blueprint, "GET", "/enrichment/leads", "admin", "analyst", "scientist", query=ComparedPage)
def compared_leads(session: Session, actor: Actor, given: ComparedPage, *, now: datetime) -> Any:
    """What each request was found to be about, newest first."""
    rows = enrichment.compared_leads(session, actor=actor, lead_id=given.lead_id, before_id=given.after, limit=given.limit)
    return page(rows, given.limit)


@route(blueprint, "GET", "/quarantine", "admin", "analyst", query=QuarantinePage)
def quarantine(session: Session, actor: Actor, given: QuarantinePage, *, now: datetime) -> Any:
    """Records that could not become leads, with their reasons, newest first."""
    rows = sourcing.list_quarantine(
        session,
        actor=actor,
        source_id=given.source_id,
        state=given.state,
        code=given.code,
        before_id=given.after,
        limit=given.limit,
    )
    return page(rows, given.limit)


@route(blueprint, "POST", "/quarantine/<uuid:entry_id>/fix", "admin", body=Fix)
def fix(session: Session, actor: Actor, given: Fix, *, entry_id: UUID, now: datetime) -> Any:
    """Correct fields for the replay; the record itself stays as it came."""
    sourcing.fix_quarantined(session, actor=actor, entry_id=entry_id, fields=given.fields, now=now)
    return {"id": entry_id, "fixed": sorted(given.fields)}


@route(blueprint, "POST", "/quarantine/<uuid:entry_id>/replay", "admin")
def replay(session: Session, actor: Actor, _given: None, *, entry_id: UUID, now: datetime) -> Any:
    """Take a record through every step again."""
    return {"replayed": sourcing.replay_quarantined(session, actor=actor, entry_id=entry_id, now=now)}


@route(blueprint, "POST", "/quarantine/<uuid:entry_id>/discard", "admin", body=Discard)
def discard(session: Session, actor: Actor, given: Discard, *, entry_id: UUID, now: datetime) -> Any:
    """Decide that a record becomes no lead."""
    sourcing.discard_quarantined(session, actor=actor, entry_id=entry_id, note=given.note, now=now)
    return {"id": entry_id, "state": "discarded"}


@route(blueprint, "GET", "/repeats", "admin", "analyst", query=RepeatPage)
def repeats(session: Session, actor: Actor, given: RepeatPage, *, now: datetime) -> Any:
    """Records that were taken for somebody known when they came, newest first."""
    rows = sourcing.merged_on_arrival(session, actor=actor, source_id=given.source_id, before_id=given.after, limit=given.limit)
    return page(rows, given.limit)


@route(blueprint, "GET", "/repeats/<uuid:raw_id>", "admin", "analyst")
def repeat(session: Session, actor: Actor, _given: None, *, raw_id: UUID, now: datetime) -> Any:
    """What a record says beside the lead it repeats, and why it can't be set apart; an administrator's reading is recorded."""
    return {"repeat": sourcing.compare_repeat(session, actor=actor, raw_id=raw_id, now=now)}


@route(blueprint, "POST", "/repeats/<uuid:raw_id>/apart", "admin", status=201)
def apart(session: Session, actor: Actor, _given: None, *, raw_id: UUID, now: datetime) -> Any:
    """Say that a record is not whom it was taken for: it gets a lead of its own."""
    return {"lead_id": sourcing.set_apart(session, actor=actor, raw_id=raw_id, now=now)}


@route(blueprint, "GET", "/<uuid:source_id>", "admin", "analyst")
def source(session: Session, actor: Actor, _given: None, *, source_id: UUID, now: datetime) -> Any:
    """One source with its settings and permissions; of its secrets only the names."""
    return {
        "source": sourcing.get_source(session, actor=actor, source_id=source_id, now=now),
        "costs": sourcing.costs_of(session, actor=actor, source_id=source_id),
    }


@route(blueprint, "GET", "/<uuid:source_id>/runs", "admin", "analyst", query=Page)
def runs(session: Session, actor: Actor, given: Page, *, source_id: UUID, now: datetime) -> Any:
    """Its runs, newest first, with how far running ones are."""
    rows = sourcing.list_runs(session, actor=actor, source_id=source_id, before_id=given.after, limit=given.limit)
    return page(rows, given.limit)


@route(blueprint, "GET", "/<uuid:source_id>/records", "admin", "analyst", query=RecordPage)
def records(session: Session, actor: Actor, given: RecordPage, *, source_id: UUID, now: datetime) -> Any:
    """Its last records and what became of each, without what they say."""
    rows = sourcing.list_raw(
        session, actor=actor, source_id=source_id, outcome=given.outcome, before_id=given.after, limit=given.limit
    )
    return page(rows, given.limit)


@route(blueprint, "POST", "/<uuid:source_id>/run", "admin", status=202)
def run(session: Session, actor: Actor, _given: None, *, source_id: UUID, now: datetime) -> Any:
    """Have a worker walk through it now."""
    return {"job_id": sourcing.request_run(session, actor=actor, source_id=source_id, now=now)}


@route(blueprint, "POST", "/<uuid:source_id>/pause", "admin")
def pause(session: Session, actor: Actor, _given: None, *, source_id: UUID, now: datetime) -> Any:
    """Switch it off until it is woken."""
    return {
        "id": source_id,
        "status": sourcing.set_status(session, actor=actor, source_id=source_id, status="paused", now=now).status,
    }


@route(blueprint, "POST", "/<uuid:source_id>/resume", "admin")
def resume(session: Session, actor: Actor, _given: None, *, source_id: UUID, now: datetime) -> Any:
    """Wake it; that also ends its rest after failures."""
    return {
        "id": source_id,
        "status": sourcing.set_status(session, actor=actor, source_id=source_id, status="active", now=now).status,
    }
