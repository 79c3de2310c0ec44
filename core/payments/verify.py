"""Are deposits, fees and shares whole? Read by ``hotleads verify`` and by the tests (SPEC 6.2, 6.6, 6.7)."""

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from core.kit.checks import Check
from core.payments.verify_deposits import verify_deposits

_FEES = text("""
    select f.membership_id as id, count(*) over () as total
      from plan_fee f join membership m on m.id = f.membership_id left join transfer t on t.id = f.transfer_id
     where f.paid_cents <> coalesce(t.amount_cents, 0) or f.period > m.periods
        or (t.id is not null and t.idempotency_key <> 'plan_fee:' || f.membership_id || ':' || f.period)
     order by 1 limit 1""")
_CHARGES = text("""
    select t.id, count(*) over () as total from transfer t
     where t.kind = 'plan_fee' and t.reference_type = 'membership'
       and not exists (select from plan_fee f where f.transfer_id = t.id) order by 1 limit 1""")
# A share belongs to a sale, is at most its price, and is gone when the sale was refunded.
_SHARES = text("""
    select t.reference_id as id, count(*) over () as total
      from (select reference_id, sum(case when idempotency_key like 'share:%' then amount_cents else -amount_cents end) as cents
              from transfer where kind = 'partner_share' group by reference_id) t
      left join assignment a on a.id = t.reference_id
     where a.id is null or t.cents < 0 or t.cents > a.price_cents
        or (t.cents <> 0) = exists (select from transfer r
             where r.reference_id = t.reference_id and r.kind = 'refund' and r.reference_type = 'assignment')
     order by 1 limit 1""")


def verify(session: Session) -> list[Check]:
    """Deposits have exactly their transfers, periods were paid once, fees belong to periods, shares to sales that stand."""
    return [
        *verify_deposits(session),
        _check(session, "plan fees", _FEES, "Every period of a plan was paid once, as it is written.", "Membership"),
        _check(session, "plan charges", _CHARGES, "Every plan fee belongs to a period.", "Transfer"),
        _check(session, "partner shares", _SHARES, "Every partner's share belongs to a sale that stands.", "Assignment"),
    ]


def _check(session: Session, name: str, query: TextClause, fine: str, what: str) -> Check:
    fault = session.execute(query).one_or_none()
    return Check(name, True, fine) if fault is None else Check(name, False, f"{what} {fault.id} is wrong; {fault.total} in all.")
