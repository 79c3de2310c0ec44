"""Tables of operations that are read and written as rows."""

from datetime import datetime

from sqlalchemy import Integer
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base


class HealthProbe(Base):
    """Whether the instance answered in one minute, how fast, and what was down (SPEC 12.2)."""

    __tablename__ = "health_probe"
    at: Mapped[datetime] = mapped_column(primary_key=True)
    ok: Mapped[bool]
    ms: Mapped[int] = mapped_column(Integer)
    detail: Mapped[str | None]
