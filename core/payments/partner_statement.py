"""A partner's month: what was owed, earned, taken back and paid, in sums and lead by lead (SPEC 6.7)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ledger
from core.kit.actor import Actor
from core.ledger import Partner
from core.payments.partners import PartnerRow, get_partner


@dataclass(frozen=True, slots=True)
class PartnerStatement:
    """A partner's calendar month in UTC: sales of its leads, its shares of them, what refunds took back and what we paid out,
    in cents."""

    partner: PartnerRow
    month: date
    opening_cents: int
    sales: int
    revenue_cents: int
    earned_cents: int
    refunds: int
    taken_back_cents: int
    paid_cents: int

    @property
    def closing_cents(self) -> int:
        """What we owed at the end of the month."""
        return self.opening_cents + self.earned_cents - self.taken_back_cents - self.paid_cents


@dataclass(frozen=True, slots=True)
class PartnerLine:
    """One share: of which sale, at which price; negative when a refund took it back."""

    id: UUID
    at: datetime
    lead_id: UUID
    niche: str
    price_cents: int
    amount_cents: int


_MONTH = text("""
    with line as (
      select t.at, t.kind, t.amount_cents as cents, t.reference_id
        from transfer t where t.credit_account_id = :account and t.at < :until
      union all
      select t.at, t.kind, -t.amount_cents, t.reference_id
        from transfer t where t.debit_account_id = :account and t.at < :until)
    select coalesce(sum(cents) filter (where line.at < :since), 0)::bigint as opening_cents,
           count(*) filter (where line.at >= :since and cents > 0) as sales,
           coalesce(sum(a.price_cents) filter (where line.at >= :since and cents > 0), 0)::bigint as revenue_cents,
           coalesce(sum(cents) filter (where line.at >= :since and cents > 0), 0)::bigint as earned_cents,
           count(*) filter (where line.at >= :since and cents < 0 and kind = 'partner_share') as refunds,
           coalesce(-sum(cents) filter (where line.at >= :since and cents < 0 and kind = 'partner_share'), 0)::bigint
             as taken_back_cents,
           coalesce(-sum(cents) filter (where line.at >= :since and kind = 'partner_payout'), 0)::bigint as paid_cents
      from line left join assignment a on a.id = line.reference_id""")
_LINES = text("""
    select t.id, t.at, a.lead_id, n.name, a.price_cents,
           case when t.credit_account_id = p.payable_account_id then t.amount_cents else -t.amount_cents end
      from partner p join transfer t on p.payable_account_id in (t.credit_account_id, t.debit_account_id)
      join assignment a on a.id = t.reference_id join niche n on n.id = a.niche_id
     where p.id = :id and t.at >= :since and t.at < :until and (cast(:before as uuid) is null or t.id < :before)
     order by t.id desc limit :limit""")


def partner_statement(session: Session, *, actor: Actor, partner_id: UUID, month: date) -> PartnerStatement:
    """A partner's month: opening, shares earned, shares taken back, closing (SPEC 6.7)."""
    partner = get_partner(session, actor=actor, partner_id=partner_id)
    since, until = ledger.bounds(month, "UTC")
    account = session.get_one(Partner, partner_id).payable_account_id
    row = session.execute(_MONTH, {"account": account, "since": since, "until": until}).one()
    return PartnerStatement(partner, month.replace(day=1), *row)


def partner_lines(
    session: Session, *, actor: Actor, partner_id: UUID, month: date, before_id: UUID | None = None, limit: int = 25
) -> list[PartnerLine]:
    """The shares of a month, newest first: ``limit`` (at most 1,000) before ``before_id``."""
    get_partner(session, actor=actor, partner_id=partner_id)
    since, until = ledger.bounds(month, "UTC")
    values = {"id": partner_id, "since": since, "until": until, "before": before_id, "limit": min(limit, 1000)}
    return [PartnerLine(*row) for row in session.execute(_LINES, values)]
