"""Take leads out of circulation, for a while or for good (SPEC 2.7)."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, ops
from core.kit.actor import SYSTEM, Actor
from core.kit.config import settings
from core.kit.mail import request_mail
from core.leads import consent, lifecycle
from core.leads.errors import IllegalStep, ReasonMissing
from core.leads.lifecycle import Status
from core.leads.models import Lead

LONGEST_REASON = 1000
BATCH = 500


def withdraw(
    session: Session, *, actor: Actor, lead_id: UUID, reason: str | None = None, code: str | None = None, now: datetime
) -> Lead:
    """End a lead from any live state, by an admin or by its submitter with the signed link ``code`` (SPEC 2.7).

    Staff say why; submitters need not, and may press twice (SPEC 2.4). Raises ``ReasonMissing``, ``LeadNotFound``,
    ``IllegalStep``.
    """
    consent.allow_admin_or_submitter(actor, lead_id, code)
    if code is None:
        check_reason(reason)
    elif (lead := lifecycle.lock(session, lead_id)).status == "withdrawn":
        return lead
    return _move(session, actor, lead_id, "withdrawn", reason, now)


def do_not_sell(session: Session, *, actor: Actor, lead_id: UUID, reason: str, now: datetime) -> Lead:
    """Note that the person does not want to be sold (any more), and end the lead wherever it still lives (SPEC 13.6).

    Admins only; ``reason`` says how the wish came. Companies that bought the lead keep it. A repetition changes nothing.
    """
    actor.require("admin")
    check_reason(reason)
    lead = lifecycle.lock(session, lead_id)
    if lead.do_not_sell:
        return lead
    lead.do_not_sell, lead.updated_at = True, now
    session.flush()
    audit.record(
        session, actor, "lead.do_not_sell", entity_type="lead", entity_id=lead_id, now=now,
        before={"do_not_sell": False}, after={"do_not_sell": True}, memo=reason.strip(),
    )  # fmt: skip
    alive = "withdrawn" in lifecycle.STEPS[lead.status]  # type: ignore[index]
    return _move(session, actor, lead_id, "withdrawn", reason, now) if alive else lead


def quarantine(session: Session, *, actor: Actor, lead_id: UUID, reason: str, now: datetime) -> Lead:
    """Set a suspicious lead aside with a reason; nothing of it is sold until it is released (SPEC 2.7)."""
    actor.require("admin")
    check_reason(reason)
    return _move(session, actor, lead_id, "quarantined", reason, now)


def release(session: Session, *, actor: Actor, lead_id: UUID, reason: str | None = None, now: datetime) -> Lead:
    """Put a quarantined lead back where it waits: for its confirmation, or for review; a reason may be left out.

    Raises ``LeadNotFound``, ``IllegalStep`` for a lead that is not in quarantine, ``ReasonMissing`` for one of over 1,000
    characters.
    """
    actor.require("admin")
    if reason:
        check_reason(reason)
    lead = lifecycle.lock(session, lead_id)
    if lead.status != "quarantined":
        raise IllegalStep(lead.status, "released")
    # What a source sent was never asked to confirm.
    back: Status = "pending_approval" if lead.confirmed_at or lead.source == "connector" else "pending_confirmation"
    return _move(session, actor, lead_id, back, reason, now)


def expire_unconfirmed(session: Session, *, now: datetime) -> int:
    """Expire leads that were not confirmed for 7 days and tell their senders; returns how many (SPEC 2.7).

    Takes up to 500 at a time and leaves out those that somebody works on; the next run gets them.
    """
    days = ops.threshold(session, "unconfirmed_expiry_days")
    rows = session.execute(
        text("""with due as (select id from lead where status = 'pending_confirmation' and submitted_at <= :before
                             order by id limit :batch for no key update skip locked),
                     freed as (delete from lead_identity where lead_id in (select id from due))
                update lead l set status = 'expired', updated_at = :now from due, niche n
                where l.id = due.id and n.id = l.niche_id returning l.id, n.name, n.slug"""),
        {"before": now - timedelta(days=days), "batch": BATCH, "now": now},
    ).all()
    for lead_id, name, slug in rows:
        audit.record(
            session, SYSTEM, "lead.expired", entity_type="lead", entity_id=lead_id, now=now,
            before={"status": "pending_confirmation"}, after={"status": "expired"},
        )  # fmt: skip
        context = {"niche": name, "link": f"{settings().base_url}/request/{slug}"}
        request_mail(session, "confirmation_expired", key=str(lead_id), lead_id=lead_id, context=context, now=now)
    return len(rows)


def check_reason(reason: str | None) -> None:
    """Raise ``ReasonMissing`` unless a reason of 1 to 1,000 characters is given (SPEC 3.2)."""
    if not reason or not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise ReasonMissing


def _move(session: Session, actor: Actor, lead_id: UUID, new: Status, reason: str | None, now: datetime) -> Lead:
    lead = lifecycle.lock(session, lead_id)
    old = lifecycle.move(session, lead, new, now=now)
    audit.record(
        session, actor, f"lead.{ACTIONS[new]}", entity_type="lead", entity_id=lead_id, now=now,
        before={"status": old}, after={"status": new}, memo=reason.strip() if reason else None,
    )  # fmt: skip
    return lead


ACTIONS: dict[Status, str] = {
    "withdrawn": "withdrawn",
    "quarantined": "quarantined",
    "pending_approval": "released",
    "pending_confirmation": "released",
}
