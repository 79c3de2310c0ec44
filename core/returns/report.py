"""Report a bad lead, once, in time and within the day's limit; take the report back while it waits (SPEC 7.3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core import ops, providers
from core.inventory import Assignment
from core.kit import metrics, words
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.returns import claims, news
from core.returns.claims import OPEN, REASONS
from core.returns.errors import ClaimDecided, ClaimInvalid, RefundedAlready, ReportedBefore, ReportLimit, ReportTooLate
from core.returns.models import Claim

DAY, WEEK = timedelta(days=1), timedelta(days=7)
LATER = timedelta(minutes=1)  # a request that waited here for others may have begun before them
SHORTEST_NOTES, LONGEST_NOTES = 10, 500

_ALLOWANCE = text("""
select (select count(*) from assignment where provider_id = :provider and assigned_at >= :week) as delivered,
       array(select reported_at from claim
             where provider_id = :provider and reported_at > :day and reported_at <= :latest order by reported_at) as reported
""")


@dataclass(frozen=True, slots=True)
class Reported:
    """The claim, and whether this call made it: a repetition while it waits finds the one that stands."""

    claim: Claim
    new: bool


def report(session: Session, *, actor: Actor, assignment_id: UUID, reason: str, notes: str = "", now: datetime) -> Reported:
    """Report one of the provider's own leads as bad, within 14 days of its delivery (threshold ``claim_days``, SPEC 7.3).

    ``notes`` of 10 to 500 characters are required for the reason ``other``. Raises ``ReportedBefore`` once it was
    answered, ``ReportTooLate``, ``ReportLimit`` with the time when the next one is possible, ``RefundedAlready``.
    """
    provider_id = actor.require_provider()
    providers.require_active(session, provider_id)
    notes = _checked(reason, notes)
    sold = claims.lock_assignment(session, assignment_id, provider_id=provider_id)
    known = session.scalars(select(Claim).where(Claim.assignment_id == assignment_id)).one_or_none()
    if known is not None:
        return _again(known)
    _check_reportable(session, sold, now)
    _check_day(session, provider_id, now)
    claim = Claim(id=uuid7(), assignment_id=sold.id, lead_id=sold.lead_id, provider_id=provider_id, reason=reason)
    claim.reported_by, claim.reported_at, claim.due_at, claim.status = actor.user_id, now, claims.clock(session, now), "pending"
    session.add(claim)
    session.flush()
    claims.note(session, actor, claim, "reported", said=notes, now=now, reason=reason)
    news.received(session, claim, now=now)
    metrics.after_commit(session, metrics.BAD_LEADS.labels(reason).inc)
    return Reported(claim, new=True)


def reportable_until(session: Session, *, assigned_at: datetime) -> datetime:
    """Until when a lead that was delivered at a moment can be reported (threshold ``claim_days``, SPEC 7.3)."""
    return assigned_at + timedelta(days=ops.threshold(session, "claim_days"))


def withdraw(session: Session, *, actor: Actor, claim_id: UUID, now: datetime) -> Claim:
    """Take one's own report back while it waits for its first answer; the lead can't be reported again (SPEC 7.3)."""
    claim, _ = claims.lock_claim(session, claim_id, provider_id=actor.require_provider())
    if claim.status != "pending":
        raise ClaimDecided(claim.status)
    claim.status = "withdrawn"
    session.flush()
    claims.note(session, actor, claim, "withdrawn", before="pending", now=now)
    return claim


def _checked(reason: str, notes: str) -> str:
    if reason not in REASONS:
        raise ClaimInvalid("reason", f"Choose one of: {', '.join(REASONS)}.")
    return words.paragraphs(notes, field="notes", least=SHORTEST_NOTES if reason == "other" else 0, most=LONGEST_NOTES)


def _again(known: Claim) -> Reported:
    if known.status in OPEN:
        return Reported(known, new=False)
    raise ReportedBefore(known.status, appealed=known.appealed_at is not None)


def _check_reportable(session: Session, sold: Assignment, now: datetime) -> None:
    if sold.refunded_at is not None:
        raise RefundedAlready
    if now > reportable_until(session, assigned_at=sold.assigned_at):
        raise ReportTooLate(ops.threshold(session, "claim_days"))


def _check_day(session: Session, provider_id: UUID, now: datetime) -> None:
    """At most the larger of 5 and 10 % of the last week's leads in any 24 hours; a provider's reports queue up here."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"claims:{provider_id}", 0))))
    seen = session.execute(
        _ALLOWANCE, {"provider": provider_id, "week": now - WEEK, "day": now - DAY, "latest": now + LATER}
    ).one()
    share = seen.delivered * ops.threshold(session, "claims_share_percent") // 100
    most = max(ops.threshold(session, "claims_per_day"), share)
    if len(seen.reported) >= most:
        frees = seen.reported[len(seen.reported) - most] + DAY if most else now + DAY
        raise ReportLimit(most, frees_at=frees, now=now)
