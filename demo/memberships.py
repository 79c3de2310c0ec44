"""Which plan a company pays for month by month, and the partner who sends some of the requests (SPEC 6.6, 6.7)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads, payments
from core.kit.actor import Actor
from demo.companies import Company
from demo.past import then
from demo.requests import Request
from demo.setting import PARTNER, Ground


def choose_plan(session: Session, company: Company, owner: Actor, *, now: datetime) -> None:
    """The first company and every fifth of the others pay for more, while their deposits are large enough."""
    wanted = "enterprise" if company.number % 29 == 3 else "pro" if company.number == 1 or company.number % 5 == 2 else None
    if wanted and company.deposit_cents >= 4 * payments.get_plan(session, key=wanted).fee_cents:
        then(payments.choose_plan, session, actor=owner, plan_key=wanted, now=now)


def charge_fees(session: Session, *, now: datetime) -> None:
    """What the schedule and its jobs do: every stay whose month is over pays the next one or ends."""
    due = text("select id from membership where ended_at is null and paid_until <= :now order by provider_id")
    for membership_id in session.scalars(due, {"now": now}).all():
        then(payments.charge_plan_fee, session, membership_id=membership_id, now=now)


def credit_partner(session: Session, request: Request, lead_id: UUID, ground: Ground) -> None:
    """Requests that neighbours refer come by way of the demo's partner, who gets a share of their sales."""
    if request.attribution.get("utm_source") == "referral":
        partner = session.execute(text("select id from partner where name = :name"), {"name": PARTNER}).scalar_one()
        then(leads.credit_partner, session, actor=ground.admin, lead_id=lead_id, partner_id=partner, now=request.at)
