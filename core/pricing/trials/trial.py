"""One trial of prices as it is kept."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.db import Json
from core.pricing.errors import NoTrial

Arm = Literal["model", "rule"]
_COLUMNS = (
    "id, name, version, model_percent, window_days, planned, started_by, started_at, ended_at, winner, reason, memo, figures"
)


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial: the version that is tried, which share of listings it prices, and for how many days a listing counts.

    ``winner`` prices from its end on, until another version is in force; ``figures`` are those of its end."""

    id: UUID
    name: str
    version: str
    model_percent: int
    window_days: int
    planned: int
    started_by: UUID
    started_at: datetime
    ended_at: datetime | None
    winner: Arm | None
    reason: str | None
    memo: str
    figures: Json

    def arm_of(self, lead_id: UUID) -> Arm:
        """Which way prices this listing: the same answer every time, and independent of other trials."""
        drawn = int.from_bytes(sha256(f"{self.id}:{lead_id}".encode()).digest()[:8])
        return "model" if drawn % 10_000 < self.model_percent * 100 else "rule"


def running(session: Session) -> Trial | None:
    """The trial that goes on, if any."""
    row = session.execute(text(f"select {_COLUMNS} from price_trial where ended_at is null")).one_or_none()  # noqa: S608 -- constants
    return None if row is None else Trial(*row)


def find(session: Session, trial_id: UUID) -> Trial:
    """One trial, ended or not; raises ``NoTrial``."""
    row = session.execute(text(f"select {_COLUMNS} from price_trial where id = :id"), {"id": trial_id}).one_or_none()  # noqa: S608 -- constants
    if row is None:
        raise NoTrial
    return Trial(*row)


def newest(session: Session, most: int) -> list[Trial]:
    """The latest trials, newest first."""
    rows = session.execute(text(f"select {_COLUMNS} from price_trial order by id desc limit :most"), {"most": most})  # noqa: S608 -- constants
    return [Trial(*row) for row in rows]
