"""Tables of sources, their permissions and runs, raw records, quarantine and costs; rules stand in ``25_sourcing.sql``."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Json


class Source(Base):
    """One way in: a kind of connector with its settings, secrets, rhythm, and where it goes on (SPEC 8.1)."""

    __tablename__ = "source"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    niche_id: Mapped[UUID | None] = mapped_column(ForeignKey("niche.id"))
    settings: Mapped[Json] = mapped_column(default=dict)
    reading: Mapped[Json] = mapped_column(default=dict)
    secrets: Mapped[bytes | None]
    status: Mapped[str] = mapped_column(default="active")
    every_minutes: Mapped[int | None]
    next_run_at: Mapped[datetime | None]
    cursor: Mapped[Json | None] = mapped_column(JSONB(none_as_null=True))
    failures: Mapped[int] = mapped_column(default=0)
    paused_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
    last_ok_at: Mapped[datetime | None]
    last_record_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class SourcePermission(Base):
    """What a source may be used for, who found so, and on what ground; append-only (SPEC 8.2)."""

    __tablename__ = "source_permission"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"))
    decision: Mapped[str]
    may_enrich: Mapped[bool]
    may_price: Mapped[bool]
    may_sell: Mapped[str]
    licence: Mapped[str]
    terms_url: Mapped[str | None]
    evidence: Mapped[str]
    robots_verdict: Mapped[str | None]
    robots_at: Mapped[datetime | None]
    robots_hash: Mapped[bytes | None]
    valid_until: Mapped[datetime | None]
    reviewer_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime]


class SourceRun(Base):
    """One walk through a source, and what became of the records it brought."""

    __tablename__ = "source_run"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"))
    cause: Mapped[str]
    asked_by: Mapped[UUID]
    job_id: Mapped[UUID | None]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default="running")
    fetched: Mapped[int] = mapped_column(default=0)
    fresh: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    duplicates: Mapped[int] = mapped_column(default=0)
    in_review: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)
    quarantined: Mapped[int] = mapped_column(default=0)
    withdrawn: Mapped[int] = mapped_column(default=0)
    expected: Mapped[int | None]
    error: Mapped[str | None]


class RawRow(Base):
    """One version of one record, exactly as it came; the content is encrypted and can be erased (SPEC 8.3, 13.6)."""

    __tablename__ = "raw_record"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"))
    record_id: Mapped[str]
    version: Mapped[str]
    run_id: Mapped[UUID] = mapped_column(ForeignKey("source_run.id"))
    content: Mapped[bytes | None]
    content_hash: Mapped[bytes]
    content_bytes: Mapped[int]
    media_type: Mapped[str]
    url: Mapped[str | None]
    fetched_at: Mapped[datetime]
    received_at: Mapped[datetime]
    gone: Mapped[bool]
    test: Mapped[bool]
    outcome: Mapped[str]
    lead_id: Mapped[UUID | None] = mapped_column(ForeignKey("lead.id"))
    erased_at: Mapped[datetime | None]


class SourceRecord(Base):
    """What became of a record, as of its newest version; the founder is the one that its lead was made from."""

    __tablename__ = "source_record"
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"), primary_key=True)
    record_id: Mapped[str] = mapped_column(primary_key=True)
    lead_id: Mapped[UUID | None] = mapped_column(ForeignKey("lead.id"))
    founder: Mapped[bool]
    holder: Mapped[str]
    test: Mapped[bool]
    said_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class QuarantineEntry(Base):
    """A record that could not become a lead, why, and what a person decided (SPEC 8.3)."""

    __tablename__ = "quarantine_entry"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    raw_id: Mapped[UUID] = mapped_column(ForeignKey("raw_record.id"))
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"))
    reasons: Mapped[list[Any]] = mapped_column(JSONB)
    person_keys: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    fix: Mapped[bytes | None]
    state: Mapped[str] = mapped_column(default="open")
    entered_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    note: Mapped[str | None]


class SourceFile(Base):
    """A file that somebody brought, without its content: by which door, how many rows, and which could not be read."""

    __tablename__ = "source_file"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"))
    door: Mapped[str]
    name: Mapped[str]
    sha256: Mapped[str]
    rows: Mapped[int]
    bad_rows: Mapped[int]
    problems: Mapped[list[Json]] = mapped_column(JSONB, default=list)
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    asked_at: Mapped[datetime]


class SourceCost(Base):
    """One cost of a source in cents: a month, each lead, or once (SPEC 8.6)."""

    __tablename__ = "source_cost"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"))
    kind: Mapped[str]
    amount_cents: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    entered_by: Mapped[UUID]
    entered_at: Mapped[datetime]


class LeadRecheck(Base):
    """A sold lead looked at again: whether its data still holds (SPEC 8.6)."""

    __tablename__ = "lead_recheck"
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("lead.id"), primary_key=True)
    checked_at: Mapped[datetime] = mapped_column(primary_key=True)
    ok: Mapped[bool]
    reasons: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
