"""Decide about confirmed leads: approve or reject, one or many (SPEC 3.2, 3.5)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, ops
from core.kit import metrics, outbox
from core.kit.actor import Actor
from core.kit.errors import HotleadsError
from core.kit.limits import counts_as_bulk
from core.kit.mail import request_mail
from core.leads import consent, ending, lifecycle, links
from core.leads.errors import TooManyAtOnce
from core.leads.models import Lead

BulkVerb = Literal["approve", "reject", "quarantine", "release", "withdraw"]
LONGEST_NOTE = 1000


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What happened to one lead of a bulk action."""

    lead_id: UUID
    ok: bool
    message: str


def approve(
    session: Session, *, actor: Actor, lead_id: UUID, note: str | None = None, notify: bool = False, now: datetime
) -> Lead:
    """Put a confirmed lead on sale and queue its distribution in the same transaction (SPEC 3.2, 3.5).

    Raises ``IllegalStep`` unless it waits for approval, ``NotForSale`` when it may not be sold.
    """
    actor.require("admin")
    lead = lifecycle.lock(session, lead_id)
    lifecycle.check(lead, "approved")
    consent.check_may_be_sold(session, lead_id, now=now)
    _decide(session, lead, "approved", actor=actor, note=note, now=now)
    payload = {"lead_id": str(lead_id)}
    outbox.enqueue(session, "distribution.run", key=str(lead_id), now=now, payload=payload, priority=outbox.SALE)
    niche = _niche_of(session, lead)
    if notify:
        context = {"niche": niche.name, "link": links.my_request_link(lead_id)}
        request_mail(session, "lead_approved", key=str(lead_id), lead_id=lead_id, sealed=context, now=now)
    metrics.after_commit(session, metrics.LEADS_APPROVED.labels(niche.slug).inc)
    return lead


def reject(session: Session, *, actor: Actor, lead_id: UUID, reason: str, notify: bool = False, now: datetime) -> Lead:
    """End a confirmed lead with a reason in words; it gives its identity back, so the person may ask anew (SPEC 3.2)."""
    actor.require("admin")
    ending.check_reason(reason)
    lead = lifecycle.lock(session, lead_id)
    lifecycle.check(lead, "rejected")
    _decide(session, lead, "rejected", actor=actor, note=reason, now=now)
    if notify:
        context = {"niche": _niche_of(session, lead).name, "reason": reason.strip()}
        request_mail(session, "lead_rejected", key=str(lead_id), lead_id=lead_id, context=context, now=now)
    return lead


@counts_as_bulk
def bulk(
    session: Session,
    *,
    actor: Actor,
    verb: BulkVerb,
    lead_ids: Sequence[UUID],
    reason: str | None = None,
    notify: bool = False,
    now: datetime,
) -> list[BulkResult]:
    """One verb for up to 50 leads, each in a savepoint of its own and with its own result (SPEC 3.2)."""
    actor.require("admin")
    most = ops.threshold(session, "review_bulk_limit")
    wanted = list(dict.fromkeys(lead_ids))
    if len(wanted) > most:
        raise TooManyAtOnce(most)
    if verb in ("reject", "quarantine", "withdraw"):
        ending.check_reason(reason)
    act = _act(session, actor, verb, reason, notify, now)
    done = {}
    for lead_id in sorted(wanted):  # one order for everybody: two bulk actions can't deadlock
        try:
            with session.begin_nested():
                act(lead_id=lead_id)
            done[lead_id] = BulkResult(lead_id, True, DONE[verb])
        except HotleadsError as refusal:
            done[lead_id] = BulkResult(lead_id, False, refusal.message)
    return [done[lead_id] for lead_id in wanted]


DONE: dict[BulkVerb, str] = {
    "approve": "Approved.",
    "reject": "Rejected.",
    "quarantine": "Put in quarantine.",
    "release": "Released.",
    "withdraw": "Withdrawn.",
}


def _act(session: Session, actor: Actor, verb: BulkVerb, reason: str | None, notify: bool, now: datetime) -> Callable[..., Lead]:
    """The verb with everything given but the lead."""
    because = reason or ""
    verbs: dict[BulkVerb, Callable[..., Lead]] = {
        "approve": partial(approve, note=reason, notify=notify),
        "reject": partial(reject, reason=because, notify=notify),
        "quarantine": partial(ending.quarantine, reason=because),
        "release": ending.release,
        "withdraw": partial(ending.withdraw, reason=because),
    }
    return partial(verbs[verb], session, actor=actor, now=now)


def _decide(
    session: Session, lead: Lead, new: Literal["approved", "rejected"], *, actor: Actor, note: str | None, now: datetime
) -> None:
    note = note.strip()[:LONGEST_NOTE] if note and note.strip() else None
    old = lifecycle.move(session, lead, new, now=now)
    lead.reviewed_at, lead.reviewed_by, lead.review_note = now, actor.user_id, note
    session.flush()
    audit.record(
        session, actor, f"lead.{new}", entity_type="lead", entity_id=lead.id, now=now,
        before={"status": old}, after={"status": new}, memo=note,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Niche:
    slug: str
    name: str


def _niche_of(session: Session, lead: Lead) -> _Niche:
    return _Niche(*session.execute(text("select slug, name from niche where id = :id"), {"id": lead.niche_id}).one())
