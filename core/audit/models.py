"""Tables of audit; both are append-only by trigger and by grants."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Identity, Integer, LargeBinary
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Json


class AuditEntry(Base):
    """One change of state: who did what to which thing, from where, and what it was before (SPEC 1.9)."""

    __tablename__ = "audit_entry"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[UUID]
    actor_role: Mapped[str]
    action: Mapped[str]
    entity_type: Mapped[str]
    entity_id: Mapped[UUID | None]
    before: Mapped[Json | None]
    after: Mapped[Json | None]
    memo: Mapped[str | None]
    ip: Mapped[str | None] = mapped_column(INET)
    correlation_id: Mapped[str | None]


class Seal(Base):
    """One link of the chain over the rows of the sealed tables (SPEC 13.8)."""

    __tablename__ = "seal"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    table_name: Mapped[str]
    until_id: Mapped[UUID]
    row_ids: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID(as_uuid=True)))
    row_hashes: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))
    previous_digest: Mapped[bytes]
    digest: Mapped[bytes]
    sealed_at: Mapped[datetime]


class Verification(Base):
    """One run of every check over the data: who asked, how far it is, what was found."""

    __tablename__ = "verification"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime]
    step: Mapped[str | None]
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    ok: Mapped[bool | None]
    checks: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    finished_at: Mapped[datetime | None]
