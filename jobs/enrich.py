"""Enrich a lead by job, then score it: the service is asked between two transactions, never inside one (SPEC 8.5)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core import leads
from core.kit.outbox import Job
from core.sourcing import enrichment
from core.sourcing.enrichment import Answered, Question
from ml.serving import serving

Asked = tuple[Question | None, Answered | None]


def score(session: Session, job: Job, _: None, now: datetime) -> None:
    """Score a lead once it is enriched; where the service has to be asked first, the job that asks it scores."""
    if not enrichment.enrich_before_scoring(session, lead_id=_lead(job), now=now):
        leads.score(session, lead_id=_lead(job), judge=serving.judge, now=now)


def prepare(session: Session, job: Job, now: datetime) -> Question | None:
    """What to ask, if anything."""
    return enrichment.begin(session, lead_id=_lead(job), now=now)


def ask(question: Question | None, _now: datetime) -> Asked:
    """Ask; whatever the service does is an answer."""
    return question, enrichment.put(question)


def keep(session: Session, job: Job, asked: Asked, now: datetime) -> None:
    """Keep what was found and score the lead."""
    question, answered = asked
    if question is not None:
        enrichment.conclude(session, question=question, answered=answered, now=now)
    leads.score(session, lead_id=_lead(job), judge=serving.judge, now=now)


def _lead(job: Job) -> UUID:
    return UUID(job.payload["lead_id"])
