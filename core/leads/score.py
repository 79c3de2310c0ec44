"""Score a lead in a job, and approve it by itself where its niche allows (SPEC 3.4, 10.4)."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import advice, scoring
from core.kit.actor import SYSTEM
from core.kit.config import settings
from core.kit.mail import request_mail
from core.leads import address, lifecycle, review, signals
from core.leads.errors import NotForSale
from core.leads.models import Contact, Lead
from core.scoring import Case, Kind, Scored, Signals


class Judge(Protocol):
    """Says how suspicious and how promising a lead is, in place of the written rules; given by the job."""

    def __call__(self, session: Session, case: Case, *, now: datetime) -> dict[Kind, Scored]:
        """Fraud and quality of a lead."""


_SCORED = text("""
update lead set fraud = :fraud, quality = :quality, facts = facts || cast(:facts as jsonb), updated_at = :now where id = :lead""")


def score(session: Session, lead_id: UUID, *, judge: Judge | None = None, now: datetime) -> None:
    """Compute and store fraud and quality, make them facts for filters, then approve by itself or call for a person.

    ``judge`` answers in place of the written rules. What was known is kept as it was: models learn from that alone.
    Repeating it adds a newer pair of scores and changes nothing else that was decided. An erased lead keeps the scores it had.
    """
    lead = lifecycle.lock(session, lead_id)
    if lead.status == "erased":
        return
    _tidy_address(session, lead)
    found = signals.gather(session, lead_id)
    advice.keep_facts(session, lead_id=lead_id, signals=asdict(found), now=now)
    judged = (judge or _by_rules)(session, _case(session, lead, found), now=now)
    fraud, quality = judged["fraud"], judged["quality"]
    scoring.store(session, lead_id=lead_id, kind="fraud", scored=fraud, now=now)
    scoring.store(session, lead_id=lead_id, kind="quality", scored=quality, now=now)
    values = {"fraud": fraud.value, "quality": quality.value}
    session.execute(_SCORED, values | {"facts": json.dumps(values), "lead": lead_id, "now": now})
    if lead.status == "pending_approval" and not _approved_itself(session, lead, fraud.value, quality.value, now=now):
        _call_for_review(session, lead, now=now)


def _by_rules(_session: Session, case: Case, *, now: datetime) -> dict[Kind, Scored]:
    return {"fraud": scoring.fraud(case.signals), "quality": scoring.quality(case.signals)}


def _case(session: Session, lead: Lead, found: Signals) -> Case:
    row = session.execute(
        text("select n.slug as niche, m.slug as market from niche n, market m where n.id = :niche and m.id = :market"),
        {"niche": lead.niche_id, "market": lead.market_id},
    ).one()
    return Case(lead.id, row.niche, row.market, lead.source, lead.submitted_at, found)


def _tidy_address(session: Session, lead: Lead) -> None:
    """Bring the typed street into postal form, or flag it for the reviewer; intake itself does not wait for this."""
    contact = session.get_one(Contact, lead.contact_id)
    if not contact.street:
        return
    typed = address.Address(contact.street, contact.unit, contact.city, contact.state, lead.zip)
    normal = address.normalised(typed)
    contact.street, contact.unit, contact.address_review = normal.street, normal.unit, normal.review
    session.flush()


def _approved_itself(session: Session, lead: Lead, fraud: float, quality: float, *, now: datetime) -> bool:
    """Approve as the system when the niche says so and both scores allow (SPEC 3.4); off by default."""
    rule = session.execute(
        text("select auto_approve, auto_approve_min_quality as q, auto_approve_max_fraud as f from niche where id = :id"),
        {"id": lead.niche_id},
    ).one()
    if not rule.auto_approve or quality < rule.q or fraud > rule.f:
        return False
    try:
        review.approve(session, actor=SYSTEM, lead_id=lead.id, note=f"By rule: quality {quality:g}, fraud {fraud:g}.", now=now)
    except NotForSale:
        return False  # a person sees the reason in the queue
    return True


def _call_for_review(session: Session, lead: Lead, *, now: datetime) -> None:
    """Tell the admins when a lead waits in a queue that was empty: once per idle time, not once per lead."""
    row = session.execute(
        text("""select n.name as niche, m.name as market,
                  exists (select from lead o where o.status = 'pending_approval' and o.id <> :lead) as others
                from niche n, market m where n.id = :niche and m.id = :market"""),
        {"lead": lead.id, "niche": lead.niche_id, "market": lead.market_id},
    ).one()
    if not row.others:
        context = {"niche": row.niche, "market": row.market, "link": f"{settings().base_url}/review"}
        request_mail(session, "lead_pending", key=str(lead.id), context=context, now=now)
