"""Sell a lead to its recipients: one call of one database function per run (SPEC 5.2, 5.3)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.distribution.errors import RunNotFound
from core.distribution.runs import RunView
from core.kit import metrics, outbox
from core.kit.actor import Actor
from core.kit.config import settings
from core.kit.logs import correlation_id

_ASSIGN = text("""
    select id, lead_id, niche_id, state, turn, traversal, candidates, assigned, skips, error, started_by, started_at,
           finished_at, duration_ms
      from distribution_assign(
        cast(:runs as uuid[]), cast(:correlations as text[]), :now, :inbox, :by, :role, cast(:ip as inet))""")


def assign(session: Session, *, run_id: UUID, actor: Actor, now: datetime) -> RunView:
    """Carry out one claimed run: slots, charges, assignments, places in the queue, caps, trail and mail together (SPEC 5.3).

    A run that is over is returned as it is. A lead that may no longer be sold ends its run as ``failed``, with the
    reason in ``error`` and nothing sold. Raises ``RunNotFound``.
    """
    runs = assign_all(session, run_ids=[run_id], actor=actor, now=now)
    if not runs:
        raise RunNotFound
    return runs[0]


def assign_all(
    session: Session, *, run_ids: Sequence[UUID], actor: Actor, now: datetime, correlations: Sequence[str | None] | None = None
) -> list[RunView]:
    """Carry out several runs in one transaction, in the order given; returns those it carried out, the first ones.

    The batch ends before a run that would have to wait for a wallet while others are held; the caller commits and
    comes again with the rest. The first run is always carried out. ``correlations``: each run's own correlation id.
    """
    runs = carry_out(session, run_ids=run_ids, actor=actor, now=now, correlations=correlations)
    for run in runs:
        _measure(session, run)
    if any(run.assigned for run in runs):
        outbox.wake_after_commit(session)  # the mails of these sales were queued inside the database
    return runs


def carry_out(
    session: Session, *, run_ids: Sequence[UUID], actor: Actor, now: datetime, correlations: Sequence[str | None] | None = None
) -> list[RunView]:
    """``assign_all`` without the metrics, which a simulation must not touch."""
    actor.require("admin")
    if correlations is None:
        correlations = [correlation_id.get()] * len(run_ids)
    named = {"runs": list(run_ids), "correlations": list(correlations), "inbox": f"{settings().base_url}/inbox?lead="}
    rows = session.execute(_ASSIGN, named | {"now": now, "by": actor.user_id, "role": actor.role, "ip": actor.ip})
    return [RunView.of(row) for row in rows]


def _measure(session: Session, run: RunView) -> None:
    if run.duration_ms is not None:
        metrics.after_commit(session, metrics.DISTRIBUTION_SECONDS.observe, run.duration_ms / 1000)
    metrics.after_commit(session, metrics.ASSIGNMENTS.labels(channel="distribution").inc, run.assigned)
    for reason, count in run.skips.items():
        metrics.after_commit(session, metrics.SKIPS.labels(reason=reason).inc, count)
