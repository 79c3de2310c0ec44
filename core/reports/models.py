"""Table of exports; the counts behind reports are read and written in SQL only (18_reports.sql)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Json


class Export(Base):
    """A file that somebody asked for: what is in it, how far it is, until when it is kept (SPEC 12.3)."""

    __tablename__ = "export"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    requested_by: Mapped[UUID]
    requested_role: Mapped[str]
    provider_id: Mapped[UUID | None] = mapped_column(ForeignKey("provider.id"))
    dataset: Mapped[str]
    format: Mapped[str]
    filters: Mapped[Json]
    title: Mapped[str]
    state: Mapped[str] = mapped_column(default="queued")
    rows_total: Mapped[int]
    rows_done: Mapped[int] = mapped_column(default=0)
    file: Mapped[str | None]
    bytes: Mapped[int | None]
    error: Mapped[str | None]
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    recalled_at: Mapped[datetime | None]
