"""Nothing is lost: leads whose distribution never finished are queued again (SPEC 5.4)."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.distribution.standing import RUN
from core.kit import outbox
from core.kit.actor import SYSTEM
from core.kit.logs import logger

PATIENCE = timedelta(minutes=2)
LOOK_BACK = timedelta(days=7)
AT_ONCE = 500

# Approved and for sale, but without a finished run, or with one that started and never ended. A job that waits, runs or
# was given up (a dead letter is a person's to decide) means that the lead is not lost.
_LOST = text("""
    select l.id from lead l
     where l.reviewed_at between :earliest and :latest and l.status = 'approved'
       and (not exists (select from distribution_run r where r.lead_id = l.id and r.state = 'finished')
            or exists (select from distribution_run r where r.lead_id = l.id and r.state = 'started'))
       and not exists (select from distribution_run r where r.lead_id = l.id and r.state = 'started' and r.started_at > :latest)
       and not exists (select from outbox o where o.kind = 'distribution.run' and o.key = l.id::text
                          and o.state in ('ready', 'taken'))
       and not exists (select from outbox o where o.kind = 'distribution.run' and o.key = l.id::text and o.state = 'dead')
       and lead_sale_refusal(l.id, :now) is null
     order by l.id limit :most""")
_FAIL = text("""
    update distribution_run set state = 'failed', error = :error, finished_at = :now
     where lead_id = :lead and state = 'started' returning id""")


def sweep_unfinished(session: Session, *, now: datetime) -> list[UUID]:
    """Queue approved leads that have no finished run and no job, or a run that never ended; returns their ids (SPEC 5.4)."""
    named = {"now": now, "latest": now - PATIENCE, "earliest": now - LOOK_BACK, "most": AT_ONCE}
    lost = list(session.scalars(_LOST, named))
    for lead_id in lost:
        outbox.enqueue(session, RUN, key=str(lead_id), payload={"lead_id": str(lead_id)}, now=now, priority=outbox.SALE)
    if lost:
        logger().warning("distribution.swept", leads=len(lost))
    return lost


def give_up(session: Session, *, lead_id: UUID, error: str, now: datetime) -> None:
    """Close the lead's open run as failed when its job used up its tries (SPEC 5.6); a later run starts at the same level."""
    for run_id in session.scalars(_FAIL, {"lead": lead_id, "error": error[:500], "now": now}):
        after = {"run_id": str(run_id), "error": error[:500]}
        audit.record(session, SYSTEM, "distribution.failed", entity_type="lead", entity_id=lead_id, now=now, after=after)
