"""The signals of a lead as they were when it was scored: what models learn from."""

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.db import Json
from core.kit.ids import uuid7

_KEEP = text("insert into decision_facts (id, lead_id, signals, at) values (:id, :lead, cast(:signals as jsonb), :now)")


def keep_facts(session: Session, *, lead_id: UUID, signals: Json, now: datetime) -> None:
    """Write down what was known at this moment; it holds no contact data (SPEC 10.4)."""
    session.execute(_KEEP, {"id": uuid7(), "lead": lead_id, "signals": json.dumps(signals), "now": now})
