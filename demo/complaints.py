"""Bad-lead reports of the demo's companies, and how the admin answers them: a few dozen, with every outcome.

What is reported is a pure function of who bought what; the answers come with the daily sweep, at their own time.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core import returns
from core.kit.actor import Actor
from demo.companies import SIDES, Company, Side
from demo.past import then
from demo.reactions import Reaction
from demo.requests import Request
from demo.setting import Ground
from demo.words import words
from demo.world import World

SHARE_OF_SPAM, SHARE_OF_OTHERS = 0.8, 0.15
RECENT = timedelta(days=3)  # reported since: still open, for whoever plays
REASONS = {"invalid_contact": 5, "out_of_scope": 3, "duplicate": 2, "other": 2}

_OPEN = text("""
select c.id, c.assignment_id, c.lead_id, c.provider_id, c.reason, c.status, c.reported_at, c.appealed_at, c.decided_at,
       u.email_key as owner, l.submitted_at,
       (select count(*) from claim o where o.lead_id = c.lead_id and o.status in ('pending', 'appealed')) as beside
  from claim c join lead l on l.id = c.lead_id join user_account u on u.provider_id = c.provider_id and u.owner
 where l.niche_id = any (:niches) and (c.status in ('pending', 'appealed') or c.status = 'rejected' and c.appealed_at is null)
   and c.reported_at < :before
 order by c.reported_at, u.email_key""")


@dataclass(frozen=True, slots=True)
class Complaint:
    """One report: when, why, in which words; some think better of it."""

    at: datetime
    reason: str
    notes: str
    withdrawn_at: datetime | None = None


def complaint_of(request: Request, company: Company, reaction: Reaction, *, now: datetime, seed: int) -> Complaint | None:
    """What ``company`` reports of a lead that it has turned down, if anything; nothing happens after ``now``."""
    if reaction.decision != "rejected" or reaction.decided_at is None:
        return None
    rng = random.Random(f"{seed}:complaint:{request.number}:{company.number}")
    share = SHARE_OF_SPAM if request.household is None else SHARE_OF_OTHERS
    at = reaction.decided_at + timedelta(minutes=rng.uniform(3, 240))
    recent = at > now - RECENT
    if at > now or rng.random() > share * (3 if recent else 1):
        return None
    reason = "spam" if request.household is None else rng.choices(list(REASONS), list(REASONS.values()))[0]
    changed_mind = at + timedelta(hours=rng.uniform(0.2, 3)) if not recent and rng.random() < 0.1 else None
    return Complaint(at, reason, rng.choice(words("complaints")["said"][reason]), changed_mind)


def complain(session: Session, assignment_id: UUID, owner: Actor, complaint: Complaint) -> None:
    """Report the lead, and take the report back where the company thought better of it."""
    made = then(
        returns.report,
        session,
        actor=owner,
        assignment_id=assignment_id,
        reason=complaint.reason,
        notes=complaint.notes,
        now=complaint.at,
    )
    if complaint.withdrawn_at:
        then(returns.withdraw, session, actor=owner, claim_id=made.claim.id, now=complaint.withdrawn_at)


def answer_open(session: Session, side: Side, world: World, ground: Ground, *, now: datetime) -> None:
    """The admin's round of a day over one side's reports; the last days' are left for whoever plays."""
    niches = [ground.niches[slug].id for slug in SIDES[side]]
    before = min(now - timedelta(hours=5), world.now - RECENT)
    for row in session.execute(_OPEN, {"niches": niches, "before": before}).all():
        rng = random.Random(f"{world.seed}:answer:{row.owner}:{row.submitted_at.isoformat()}:{row.status}")
        if row.status == "rejected":
            _perhaps_appeal(session, row.id, ground.owners[row.owner], row.decided_at, rng, now)
        else:
            _answer(session, row, ground, rng, now)


def _perhaps_appeal(
    session: Session, claim_id: UUID, owner: Actor, decided_at: datetime, rng: random.Random, now: datetime
) -> None:
    waited = now - decided_at
    if rng.random() < 0.4 and timedelta(hours=12) < waited < timedelta(days=13):
        notes = rng.choice(words("complaints")["appeals"]["said"])
        then(returns.appeal, session, actor=owner, claim_id=claim_id, notes=notes, now=now - timedelta(hours=2))


def _answer(session: Session, row: Row[Any], ground: Ground, rng: random.Random, now: datetime) -> None:
    """By the suggestion where the evidence is clear, else as a tired person would."""
    given = words("complaints")
    claim = session.get_one(returns.Claim, row.id, populate_existing=True)
    if claim.status not in returns.OPEN:
        return  # credited with another buyer's report a moment ago
    told = returns.evidence(session, actor=ground.admin, claim_id=claim.id, now=now).suggestion
    verdict = told.verdict if told else "look"
    if verdict == "class_credit" or (claim.reason == "spam" and row.beside > 1):
        memo = given["appeals"]["everybody"] if claim.reason == "spam" else given["upheld"][claim.reason]
        then(returns.class_credit, session, actor=ground.admin, lead_id=claim.lead_id, memo=memo, now=now)
        return
    upheld = verdict == "approve" or (verdict == "look" and rng.random() < 0.55)
    verb, memos = (returns.approve, given["upheld"]) if upheld else (returns.reject, given["rejected"])
    then(verb, session, actor=ground.admin, claim_id=claim.id, memo=memos[claim.reason], now=now)
