"""Where a lead's distribution stands, and an admin's hand on it: run now (SPEC 5.6)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, inventory, leads
from core.distribution.errors import LeadNotDistributable
from core.distribution.runs import RunDetail, runs_of
from core.inventory import SlotCount
from core.kit import outbox
from core.kit.actor import Actor

RUN = "distribution.run"
URGENT = 1


@dataclass(frozen=True, slots=True)
class QueuedRun:
    """The job that will distribute the lead: ``ready``, ``taken`` (running now) or ``dead`` (given up)."""

    job_id: UUID
    state: str
    attempts: int
    run_at: datetime
    error: str | None


@dataclass(frozen=True, slots=True)
class DistributionStatus:
    """Live: the lead's status and slots, the job that waits or runs, and the runs so far, newest first."""

    lead_id: UUID
    lead_status: str
    slots: SlotCount
    job: QueuedRun | None
    runs: tuple[RunDetail, ...]


_JOB = text("""
    select id, state, attempts, run_at, error from outbox
     where kind = 'distribution.run' and key = :lead and state in ('ready', 'taken', 'dead')
     order by state = 'dead', created_at desc limit 1""")
_LEAD_STATUS = text("select status from lead where id = :lead")


def status(session: Session, *, actor: Actor, lead_id: UUID, now: datetime) -> DistributionStatus:
    """Where the lead's distribution stands at this moment, for staff (SPEC 5.6); raises ``LeadNotFound``."""
    actor.require("admin", "analyst")
    lead_status = session.scalar(_LEAD_STATUS, {"lead": lead_id})
    if lead_status is None:
        raise leads.LeadNotFound
    job = session.execute(_JOB, {"lead": str(lead_id)}).one_or_none()
    slots = inventory.count_slots(session, lead_id=lead_id, now=now)
    runs = tuple(runs_of(session, actor=actor, lead_id=lead_id))
    return DistributionStatus(lead_id, lead_status, slots, QueuedRun(*job) if job else None, runs)


def run_now(session: Session, *, actor: Actor, lead_id: UUID, now: datetime) -> UUID | None:
    """Queue a run of an approved lead ahead of others; ``None`` when one is queued already (SPEC 5.6).

    Adds to what was sold as far as slots and levels still allow. Raises ``LeadNotDistributable``, ``LeadNotFound``.
    """
    actor.require("admin")
    lead = leads.lock(session, lead_id)
    if lead.status != "approved":
        raise LeadNotDistributable(lead.status)
    payload = {"lead_id": str(lead_id)}
    job = outbox.enqueue(session, RUN, key=str(lead_id), payload=payload, now=now, priority=URGENT)
    if job is not None:
        audit.record(session, actor, "distribution.requested", entity_type="lead", entity_id=lead_id, now=now)
    return job
