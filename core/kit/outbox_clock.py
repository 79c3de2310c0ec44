"""Rows of the outbox that a clock which was ahead has put off."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.db import rows_of
from core.kit.outbox import LEASE, LONGEST_LEASE

AHEAD = timedelta(minutes=1)  # by how much clocks of one house may differ


def call_back(session: Session, *, now: datetime) -> int:
    """Make due what a clock that was ahead has put off; returns how many rows. Nothing that was meant for later is touched.

    Rows written or failed in what is still the future would wait for it, and an open row of a schedule keeps the next ones out.
    """
    done = session.execute(
        text("""update outbox set run_at = least(run_at, :now),
                  lease_until = case when state = 'taken' then least(lease_until, :lease) end
                where state in ('ready', 'taken') and (
                  (run_at > :now and greatest(created_at, failed_at) > :ahead) or lease_until > :longest)"""),
        {"now": now, "ahead": now + AHEAD, "lease": now + LEASE, "longest": now + 2 * LONGEST_LEASE},
    )
    return rows_of(done)
