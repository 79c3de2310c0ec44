"""Tables of policies; checks and the compilation stand in ``36_policies.sql``."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base


class Policy(Base):
    """One rule with the day it begins; append-only."""

    __tablename__ = "policy"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    rule: Mapped[str]
    state: Mapped[str | None]
    niche_id: Mapped[UUID | None] = mapped_column(ForeignKey("niche.id"))
    value: Mapped[int | None]
    effective_from: Mapped[datetime]
    ground: Mapped[str]
    decided_by: Mapped[UUID]
    decided_at: Mapped[datetime]


class PolicyPeriod(Base):
    """What holds for a niche in a state from a moment on; made from the policies by trigger."""

    __tablename__ = "policy_period"
    niche_id: Mapped[UUID] = mapped_column(ForeignKey("niche.id"), primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    from_at: Mapped[datetime] = mapped_column(primary_key=True)
    consent_days: Mapped[int | None]
    consent_phone: Mapped[int | None]
    consent_named: Mapped[int | None]
    list_age_days: Mapped[int | None]
    resale_days: Mapped[int | None]
    dedupe_days: Mapped[int | None]
    call_from: Mapped[int | None]
    call_until: Mapped[int | None]
    retain_days: Mapped[int | None]
    policy_ids: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID(as_uuid=True)))
