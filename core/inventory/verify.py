"""Is every sale what it says? Read by ``hotleads verify`` and after every race in the tests (SPEC 5.2, 5.3)."""

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from core.kit.checks import Check

# A cap may have been higher when the lead was sold: leads keep the cap they began with, and the trail knows it.
_BEYOND_CAP = text("""
    select s.lead_id as id, count(*) over () as total
      from (select lead_id, count(*) filter (where state = 'sold') as sold from slot group by lead_id) s
      join lead l on l.id = s.lead_id join niche n on n.id = l.niche_id
     where s.sold > n.max_providers
       and s.sold > coalesce((select max((a.before ->> 'max_providers')::int) from audit_entry a
                               where a.entity_type = 'niche' and a.entity_id = n.id and a.before ? 'max_providers'), 0)
     order by s.lead_id limit 1""")
_ONE_TO_ONE = text("""
    select coalesce(s.lead_id, a.lead_id) as id, count(*) over () as total
      from (select * from slot where state = 'sold') s
      full join assignment a on a.lead_id = s.lead_id and a.provider_id = s.provider_id and a.slot_no = s.slot_no
     where s.lead_id is null or a.lead_id is null order by 1 limit 1""")
_TWICE = text("""
    select lead_id as id, count(*) over () as total from assignment
     group by lead_id, provider_id having count(*) > 1 order by lead_id limit 1""")
_PAID = text("""
    select a.id, count(*) over () as total
      from assignment a
      left join transfer t on t.id = a.transfer_id
      left join ledger_account w on w.id = t.debit_account_id
     where a.price_cents <> coalesce(t.amount_cents, 0) or (t.id is not null and (
             w.provider_id is distinct from a.provider_id or t.reference_id is distinct from a.id or t.kind <> 'lead_charge'))
     order by a.id limit 1""")
_CHARGED = text("""
    select t.id, count(*) over () as total from transfer t
     where t.kind = 'lead_charge' and not exists (select from assignment a where a.transfer_id = t.id)
     order by t.id limit 1""")
_EXCLUSIVE = text("""
    select a.lead_id as id, count(*) over () as total
      from assignment a join competition_level l on l.id = a.level_id and l.exclusive
     where a.channel = 'distribution' and a.assigned_at >= l.updated_at
       and exists (select from assignment other where other.lead_id = a.lead_id and other.id <> a.id)
     order by a.lead_id limit 1""")


def verify(session: Session) -> list[Check]:
    """No lead sold beyond its cap or twice to one provider, slots and assignments agree, the price is what was paid."""
    return [
        _check(session, "sales within cap", _BEYOND_CAP, "No lead was sold more often than its niche allows.", "Lead"),
        _check(session, "slots and assignments", _ONE_TO_ONE, "Every sold slot has its assignment and the reverse.", "Lead"),
        _check(session, "no lead twice", _TWICE, "No provider has a lead twice.", "Lead"),
        _check(session, "price paid", _PAID, "Every assignment was paid by its provider, at its price.", "Assignment"),
        _check(session, "charges", _CHARGED, "Every charge belongs to an assignment.", "Transfer"),
        _check(session, "exclusive sales", _EXCLUSIVE, "No lead sold exclusively went to anybody else.", "Lead"),
    ]


def _check(session: Session, name: str, query: TextClause, fine: str, what: str) -> Check:
    fault = session.execute(query).one_or_none()
    return Check(name, True, fine) if fault is None else Check(name, False, f"{what} {fault.id} is wrong; {fault.total} in all.")
