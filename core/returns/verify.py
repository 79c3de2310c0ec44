"""Was every refund what was charged, once, and does each one have its reason? Read by ``hotleads verify`` (SPEC 7.4)."""

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from core.kit.checks import Check

_PAID = text("""
select r.assignment_id as id, count(*) over () as total
  from refund r join assignment a on a.id = r.assignment_id
  left join transfer t on t.id = r.transfer_id left join ledger_account w on w.id = t.credit_account_id
 where r.amount_cents <> a.price_cents or r.amount_cents <> coalesce(t.amount_cents, 0)
    or (t.id is not null and (t.kind <> 'refund' or t.reference_id is distinct from a.id
                              or w.provider_id is distinct from a.provider_id))
 order by 1 limit 1""")
_BOOKED = text("""
select t.id, count(*) over () as total from transfer t
 where t.kind = 'refund' and not exists (select from refund r where r.transfer_id = t.id) order by 1 limit 1""")
_MARKED = text("""
select coalesce(a.id, r.assignment_id) as id, count(*) over () as total
  from (select id, refunded_at from assignment where refunded_at is not null) a full join refund r on r.assignment_id = a.id
 where a.refunded_at is distinct from r.at order by 1 limit 1""")
_RESOLVED = text("""
select c.id, count(*) over () as total from claim c left join refund r on r.assignment_id = c.assignment_id
 where (c.status = 'approved' and (r.claim_id is distinct from c.id or r.cause <> c.resolution))
    or (c.status in ('pending', 'appealed') and r.assignment_id is not null) order by 1 limit 1""")


def verify(session: Session) -> list[Check]:
    """Each refund is its charge, moved once; marks, refunds and upheld reports belong together."""
    return [
        _check(
            session, "refunds paid", _PAID, "Every refund gave back the whole charge to the wallet that paid it.", "Assignment"
        ),
        _check(session, "refunds booked", _BOOKED, "Every refund in the books belongs to a refunded lead.", "Transfer"),
        _check(session, "refunds marked", _MARKED, "Every refunded lead has its refund and the reverse.", "Assignment"),
        _check(session, "reports resolved", _RESOLVED, "Every upheld report was paid back, and no open one was.", "Report"),
    ]


def _check(session: Session, name: str, query: TextClause, fine: str, what: str) -> Check:
    fault = session.execute(query).one_or_none()
    return Check(name, True, fine) if fault is None else Check(name, False, f"{what} {fault.id} is wrong; {fault.total} in all.")
