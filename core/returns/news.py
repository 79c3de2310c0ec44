"""Who is told what of a report, by mail; what a person wrote travels sealed, for it may speak of the consumer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ops
from core.inventory import Assignment
from core.kit.clock import in_zone
from core.kit.config import settings
from core.kit.mail import request_mail
from core.kit.money import format_usd
from core.returns.models import Claim

_FACTS = text("""
select n.name as niche, m.timezone, p.company_name as company, w.balance_cents
  from lead l join niche n on n.id = l.niche_id join market m on m.id = l.market_id
  join provider p on p.id = :provider left join wallet w on w.provider_id = p.id
 where l.id = :lead""")


@dataclass(frozen=True, slots=True)
class _Facts:
    """What every letter about a lead and a company names."""

    niche: str
    timezone: str
    company: str
    balance_cents: int | None

    @property
    def balance(self) -> str:
        return format_usd(self.balance_cents or 0)


def in_words(reason: str) -> str:
    """``invalid_contact`` -> ``invalid contact``"""
    return reason.replace("_", " ")


def received(session: Session, claim: Claim, *, now: datetime) -> None:
    """A receipt for the provider, with the time by which it is answered."""
    facts = _facts(session, claim.lead_id, claim.provider_id)
    request_mail(
        session,
        "bad_lead_received",
        key=str(claim.id),
        provider_id=claim.provider_id,
        now=now,
        context={
            "niche": facts.niche,
            "reason": in_words(claim.reason),
            "deadline": _moment(claim.due_at, facts.timezone),
            "link": _claim_link(claim.id),
        },
    )


def approved(session: Session, claim: Claim, sold: Assignment, *, memo: str, now: datetime) -> None:
    """The money is back, and why."""
    facts = _facts(session, claim.lead_id, claim.provider_id)
    request_mail(
        session,
        "bad_lead_approved",
        key=str(claim.id),
        provider_id=claim.provider_id,
        now=now,
        context={
            "niche": facts.niche,
            "amount": format_usd(sold.price_cents),
            "balance": facts.balance,
            "link": _claim_link(claim.id),
        },
        sealed={"note": memo},
    )


def rejected(session: Session, claim: Claim, *, memo: str, now: datetime) -> None:
    """Why not, and until when one may appeal."""
    facts = _facts(session, claim.lead_id, claim.provider_id)
    until = ""
    if claim.appealed_at is None:
        until = _day(now + timedelta(days=ops.threshold(session, "claim_appeal_days")), facts.timezone)
    request_mail(
        session,
        "bad_lead_rejected",
        key=f"{claim.id}:{'appeal' if claim.appealed_at else 'first'}",
        provider_id=claim.provider_id,
        now=now,
        context={"niche": facts.niche, "appeal_until": until, "link": _claim_link(claim.id)},
        sealed={"reason": memo},
    )


def escalated(session: Session, claim: Claim, *, price_cents: int, now: datetime) -> None:
    """To every admin: nobody has answered in time."""
    facts = _facts(session, claim.lead_id, claim.provider_id)
    hours = int((now - (claim.appealed_at or claim.reported_at)).total_seconds() // 3600)
    request_mail(
        session,
        "bad_lead_escalated",
        key=f"{claim.id}:{claim.due_at.isoformat()}",
        now=now,
        context={
            "company": facts.company,
            "niche": facts.niche,
            "reason": in_words(claim.reason),
            "amount": format_usd(price_cents),
            "age": f"{hours} hours",
            "link": _claim_link(claim.id, "bad-leads"),
        },
    )


def class_credited(session: Session, sold: Assignment, *, memo: str, now: datetime) -> None:
    """To one holder of a lead that was bad for everybody."""
    facts = _facts(session, sold.lead_id, sold.provider_id)
    request_mail(
        session,
        "class_credit",
        key=str(sold.id),
        provider_id=sold.provider_id,
        now=now,
        context={
            "niche": facts.niche,
            "amount": format_usd(sold.price_cents),
            "balance": facts.balance,
            "link": _lead_link(sold.id),
        },
        sealed={"reason": memo},
    )


def refunded(session: Session, sold: Assignment, *, memo: str, now: datetime) -> None:
    """A refund that no report asked for."""
    facts = _facts(session, sold.lead_id, sold.provider_id)
    request_mail(
        session,
        "refund",
        key=str(sold.id),
        provider_id=sold.provider_id,
        now=now,
        context={"amount": format_usd(sold.price_cents), "balance": facts.balance, "link": _lead_link(sold.id)},
        sealed={"reason": memo},
    )


def _facts(session: Session, lead_id: UUID, provider_id: UUID) -> _Facts:
    return _Facts(*session.execute(_FACTS, {"lead": lead_id, "provider": provider_id}).one())


def _claim_link(claim_id: UUID, page: str = "claims") -> str:
    return f"{settings().base_url}/{page}?claim={claim_id}"


def _lead_link(assignment_id: UUID) -> str:
    return f"{settings().base_url}/inbox?lead={assignment_id}"


def _day(moment: datetime, zone: str) -> str:
    local = in_zone(moment, zone)
    return f"{local.day} {local:%B %Y}"


def _moment(moment: datetime, zone: str) -> str:
    return f"{_day(moment, zone)}, {in_zone(moment, zone):%H:%M %Z}"
