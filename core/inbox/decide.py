"""Accept a lead once, or reject it with a reason (SPEC 7.2)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.inbox import own
from core.inbox.errors import AlreadyDecided, AlreadyRefunded
from core.inventory import Assignment
from core.kit import words
from core.kit.actor import Actor
from core.kit.config import settings
from core.kit.mail import request_mail


def accept(session: Session, *, actor: Actor, assignment_id: UUID, now: datetime) -> Assignment:
    """Take the lead on; ``AlreadyDecided`` the second time and after a rejection (SPEC 7.2)."""
    return _decide(session, actor, assignment_id, "accepted", None, now)


def reject(session: Session, *, actor: Actor, assignment_id: UUID, reason: str, now: datetime) -> Assignment:
    """Turn the lead down with a reason of 3 to 500 characters, which every admin is mailed (SPEC 7.2).

    No money moves: for that a lead is reported as bad.
    """
    reason = words.paragraphs(reason, field="reason", least=3, most=500)
    row = _decide(session, actor, assignment_id, "rejected", reason, now)
    _tell_admins(session, row, reason, now)
    return row


def _decide(session: Session, actor: Actor, assignment_id: UUID, decision: str, reason: str | None, now: datetime) -> Assignment:
    row = own.lock_own(session, actor, assignment_id)
    if row.refunded_at is not None:
        raise AlreadyRefunded
    if row.decision is not None:
        raise AlreadyDecided(row.decision)
    row.decision, row.decided_at, row.reject_reason = decision, now, reason
    session.flush()
    own.record(session, actor, decision, row, now=now)
    return row


def _tell_admins(session: Session, row: Assignment, reason: str, now: datetime) -> None:
    facts = session.execute(
        text("""select p.company_name as company, n.name as niche from provider p, niche n
                where p.id = :provider and n.id = :niche"""),
        {"provider": row.provider_id, "niche": row.niche_id},
    ).one()
    context = {"company": facts.company, "niche": facts.niche, "link": f"{settings().base_url}/leads?lead={row.lead_id}"}
    admins = session.execute(text("select id from user_account where role = 'admin' and status = 'active' order by id"))
    for user_id in admins.scalars():
        # The reason is what a person wrote, perhaps about the consumer: sealed, like everything personal.
        sealed = {"reason": reason}
        request_mail(
            session,
            "lead_rejected_by_provider",
            key=f"{row.id}:{user_id}",
            now=now,
            user_id=user_id,
            context=context,
            sealed=sealed,
        )
