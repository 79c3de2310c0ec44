"""Add a source and change what it is told; nothing comes from it before its permission is recorded (SPEC 8.1, 8.2)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.kit import crypto, words
from core.kit.actor import Actor
from core.kit.db import Json
from core.kit.errors import Conflict, Invalid
from core.kit.ids import uuid7
from core.sourcing.connectors import kinds
from core.sourcing.errors import SourceNotFound
from core.sourcing.models import Source
from core.sourcing.reading import check_reading

PURPOSE = "source"
LONGEST_PAUSE_MINUTES = 43_200
SourceStatus = Literal["active", "paused", "retired"]
STEPS: dict[str, tuple[SourceStatus, ...]] = {"active": ("paused", "retired"), "paused": ("active", "retired"), "retired": ()}


def add_source(
    session: Session,
    *,
    actor: Actor,
    kind: str,
    name: str,
    slug: str | None = None,
    niche_id: UUID | None = None,
    settings: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
    reading: Mapping[str, Any] | None = None,
    every_minutes: int | None = None,
    now: datetime,
) -> Source:
    """Create a source; it may not run yet. Secrets are stored encrypted. Raises ``Invalid`` by field, ``Conflict``."""
    actor.require("admin")
    known = kinds.kind_of(kind)
    name = words.one_line(name, field="name", least=1, most=100)
    chosen = words.slug(slug or name)
    if not chosen:
        raise Invalid("source.slug", "Give the source a short name.", fields={"slug": "Use letters or digits."})
    if session.scalar(select(Source.id).where(Source.slug == chosen)):
        raise Conflict("source.slug_taken", "Another source has this short name.", fields={"slug": "Choose another one."})
    source = Source(
        id=uuid7(), slug=chosen, name=name, kind=kind, niche_id=niche_id,
        settings=_checked(known, settings or {}), secrets=_sealed(known, secrets or {}), reading=check_reading(reading or {}),
        every_minutes=_rhythm(known, every_minutes), created_at=now, updated_at=now,
    )  # fmt: skip
    source.next_run_at = now if source.every_minutes else None
    session.add(source)
    session.flush()
    after = {"slug": chosen, "kind": kind, "every_minutes": source.every_minutes}
    audit.record(session, actor, "source.added", entity_type="source", entity_id=source.id, now=now, after=after)
    return source


def change_source(
    session: Session,
    *,
    actor: Actor,
    source_id: UUID,
    name: str | None = None,
    niche_id: UUID | None = None,
    settings: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
    reading: Mapping[str, Any] | None = None,
    every_minutes: int | None = None,
    now: datetime,
) -> Source:
    """Change what is named; secrets left out stay. ``every_minutes=0`` ends the schedule. The trail holds no secrets."""
    actor.require("admin")
    source = lock_source(session, source_id)
    known, before = kinds.kind_of(source.kind), _told(source)
    source.name = words.one_line(name, field="name", least=1, most=100) if name is not None else source.name
    source.niche_id = niche_id or source.niche_id
    if settings is not None:
        source.settings = _checked(known, settings)
    if reading is not None:
        source.reading = check_reading(reading)
    if secrets:
        source.secrets = _sealed(known, secrets_of(source) | dict(secrets))
    if every_minutes is not None:
        source.every_minutes = _rhythm(known, every_minutes or None)
        source.next_run_at = now + timedelta(minutes=source.every_minutes) if source.every_minutes else None
    source.updated_at = now
    session.flush()
    after = _told(source) | ({"secrets_changed": sorted(secrets)} if secrets else {})
    audit.record(session, actor, "source.changed", entity_type="source", entity_id=source.id, now=now, before=before, after=after)
    return source


def set_status(session: Session, *, actor: Actor, source_id: UUID, status: SourceStatus, now: datetime) -> Source:
    """Pause a source, wake it (which also closes its circuit breaker), or retire it for good."""
    actor.require("admin")
    source = lock_source(session, source_id)
    rests = source.status == status == "active" and source.paused_until is not None
    if not rests and status not in STEPS[source.status]:
        raise Conflict("source.step", f"A source that is {source.status} can't become {status}.")
    before, source.status, source.updated_at = source.status, status, now
    if status == "active":
        source.failures, source.paused_until = 0, None
        source.next_run_at = now if source.every_minutes else None
    session.flush()
    audit.record(
        session, actor, f"source.{status}", entity_type="source", entity_id=source.id, now=now,
        before={"status": before}, after={"status": status},
    )  # fmt: skip
    return source


def find_source(session: Session, slug_or_id: str | UUID) -> Source:
    """The source of this id or short name; raises ``SourceNotFound``."""
    wanted = Source.id == slug_or_id if isinstance(slug_or_id, UUID) else Source.slug == slug_or_id
    found = session.scalar(select(Source).where(wanted).execution_options(populate_existing=True))
    if found is None:
        raise SourceNotFound
    return found


def lock_source(session: Session, source_id: UUID) -> Source:
    """Read a source and keep others from changing it until the transaction ends; raises ``SourceNotFound``."""
    locked = select(Source).where(Source.id == source_id).with_for_update(key_share=True)
    found = session.scalar(locked.execution_options(populate_existing=True))
    if found is None:
        raise SourceNotFound
    return found


def secrets_of(source: Source) -> dict[str, str]:
    """The secrets by name, for the connector alone."""
    return dict(crypto.unseal(source.secrets, purpose=PURPOSE)) if source.secrets else {}


def _checked(kind: kinds.Kind, settings: Mapping[str, Any]) -> Json:
    kinds.read_settings(kind.name, settings)
    return dict(settings)


def _sealed(kind: kinds.Kind, secrets: Mapping[str, str]) -> bytes | None:
    """Secrets may come later, but what is given must fit the kind."""
    given = {name: value for name, value in secrets.items() if value}
    return crypto.seal(kinds.secrets_to_keep(kind.name, given), purpose=PURPOSE) if given else None


def _rhythm(kind: kinds.Kind, every_minutes: int | None) -> int | None:
    if every_minutes is None:
        return None
    if not kind.pulls:
        raise Invalid("source.rhythm", "This kind sends by itself.", fields={"every_minutes": "Leave this empty."})
    if not 1 <= every_minutes <= LONGEST_PAUSE_MINUTES:
        raise Invalid("source.rhythm", "Choose another rhythm.", fields={"every_minutes": "From 1 minute to 30 days."})
    return every_minutes


def _told(source: Source) -> Json:
    """What the trail keeps of a source: no secrets."""
    niche = str(source.niche_id) if source.niche_id else None
    return {
        "name": source.name, "niche_id": niche, "settings": source.settings, "reading": source.reading,
        "every_minutes": source.every_minutes,
    }  # fmt: skip
