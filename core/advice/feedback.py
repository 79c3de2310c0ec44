"""What people say of what models said: one press, kept for good, learned from (SPEC 9.5, 10).

Companies say whether a recommended lead suits them and whether a price is wrong; staff whether fraud reasons are right.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.advice.errors import FeedbackInvalid, NothingToJudge
from core.kit.actor import Actor
from core.kit.ids import uuid7

Verdict = Literal["helpful", "not_for_me", "wrong_price", "looks_like_fraud", "not_fraud"]
SUBJECTS = {
    "helpful": "suits",
    "not_for_me": "suits",
    "wrong_price": "price",
    "looks_like_fraud": "fraud",
    "not_fraud": "fraud",
}

# Nothing is added when the same was the last word.
_KEEP = text("""
insert into feedback (id, lead_id, given_by, provider_id, subject, verdict, shown_cents, at)
select :id, :lead, :by, :provider, :subject, :verdict, cast(:shown as bigint), :now
 where not exists (
   select from (select f.verdict, f.shown_cents from feedback f
                 where f.lead_id = :lead and f.subject = :subject
                   and case when cast(:provider as uuid) is null then f.given_by = :by else f.provider_id = :provider end
                 order by f.id desc limit 1) latest
    where latest.verdict = :verdict and latest.shown_cents is not distinct from cast(:shown as bigint))""")


def give_feedback(session: Session, *, actor: Actor, lead_id: UUID, verdict: str, now: datetime) -> None:
    """Keep one word on a lead: a company's on what is on sale or its own, staff's on any lead's fraud reasons.

    Said again it is kept once. Raises ``NothingToJudge`` for a lead that the company can't see.
    """
    if verdict not in get_args(Verdict):
        raise FeedbackInvalid(get_args(Verdict))
    subject = SUBJECTS[verdict]
    if subject == "fraud":
        actor.require("admin", "analyst")
        _check_lead(session, lead_id)
        shown, provider_id = None, None
    else:
        provider_id = actor.require_provider()
        shown = _seen_by(session, lead_id, provider_id, now=now)
        if shown is None and subject == "price":
            raise NothingToJudge
    said = {
        "id": uuid7(), "lead": lead_id, "by": actor.user_id, "provider": provider_id, "subject": subject,
        "verdict": verdict, "shown": shown if subject == "price" else None, "now": now,
    }  # fmt: skip
    session.execute(_KEEP, said)


def feedback_of(session: Session, *, actor: Actor, lead_ids: Sequence[UUID]) -> dict[UUID, frozenset[str]]:
    """The latest word on each subject that the actor's company, or this person of the staff, gave on these leads."""
    if actor.role != "provider":
        actor.require("admin", "analyst", "scientist")
    rows = session.execute(
        text("""select distinct on (lead_id, subject) lead_id, verdict from feedback
                 where lead_id = any (:leads)
                   and case when cast(:provider as uuid) is null then given_by = :by else provider_id = :provider end
                 order by lead_id, subject, id desc"""),
        {"leads": list(lead_ids), "by": actor.user_id, "provider": actor.provider_id},
    ).all()
    return {lead: frozenset(row.verdict for row in rows if row.lead_id == lead) for lead in {row.lead_id for row in rows}}


def _seen_by(session: Session, lead_id: UUID, provider_id: UUID, *, now: datetime) -> int | None:
    """The listing's price in cents, ``None`` for an own lead that is on sale no more; raises ``NothingToJudge``."""
    row = session.execute(
        text("""select o.price_cents, exists (select from assignment a where a.lead_id = :lead and a.provider_id = :p) as own
                  from (select 1) one left join on_sale o on o.lead_id = :lead and o.closes_at > :now"""),
        {"lead": lead_id, "p": provider_id, "now": now},
    ).one()
    if row.price_cents is None and not row.own:
        raise NothingToJudge
    cents: int | None = row.price_cents
    return cents


def _check_lead(session: Session, lead_id: UUID) -> None:
    if session.execute(text("select from lead where id = :lead"), {"lead": lead_id}).one_or_none() is None:
        raise NothingToJudge
