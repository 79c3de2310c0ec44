"""Which plan a company pays for month by month, and the partner who sends some of the requests (SPEC 6.6, 6.7)."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import leads, payments
from core.kit.actor import Actor
from demo.companies import Company
from demo.past import then
from demo.requests import Request
from demo.setting import PARTNER, Ground

CHOSEN = timedelta(minutes=42)  # after a company joined


def tier(company: Company) -> str | None:
    """The plan a company pays for: the first one, and every fifth of those that keep their wallets filled."""
    if company.funding == "leaving" or not company.activated:
        return None
    if company.number % 29 == 3 and company.deposit_cents >= 1_500_00:
        return "enterprise"
    return "pro" if company.number == 1 or (company.number % 5 == 2 and company.deposit_cents >= 800_00) else None


def fee_days(joined: datetime) -> Iterator[datetime]:
    """When the months after the first one begin, of whoever pays for a plan since then."""
    first = joined + CHOSEN
    for months in range(1, 5):
        year, month = first.year + (first.month + months - 1) // 12, (first.month + months - 1) % 12 + 1
        yield first.replace(year=year, month=month, day=min(first.day, monthrange(year, month)[1]))


def choose_plan(session: Session, company: Company, owner: Actor, *, now: datetime) -> None:
    """Start to pay for a plan, if the company does."""
    if plan := tier(company):
        then(payments.choose_plan, session, actor=owner, plan_key=plan, now=now + CHOSEN)


def pay_fee(session: Session, company: Company, ground: Ground, *, now: datetime) -> None:
    """What the schedule and its job do when a company's month is over: it pays the next one, or ends."""
    live = text("select id from membership where ended_at is null and provider_id = :provider")
    for membership_id in session.scalars(live, {"provider": ground.owners[company.email].provider_id}).all():
        then(payments.charge_plan_fee, session, membership_id=membership_id, now=now)


def credit_partner(session: Session, request: Request, lead_id: UUID, ground: Ground) -> None:
    """Requests that neighbours refer come by way of the demo's partner, who gets a share of their sales."""
    if request.attribution.get("utm_source") == "referral":
        partner = session.execute(text("select id from partner where name = :name"), {"name": PARTNER}).scalar_one()
        then(leads.credit_partner, session, actor=ground.admin, lead_id=lead_id, partner_id=partner, now=request.at)
