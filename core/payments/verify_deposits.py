"""Do deposits and books agree? Part of ``verify`` (SPEC 6.1, 6.2)."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.checks import Check

# Per deposit: what its transfers say, beside what its row says.
_CREDITED = text("""
    with booked as (
      select d.id, d.status, d.amount_cents, d.bonus_cents, d.reversed_cents, d.bonus_reversed_cents,
             coalesce(sum(t.amount_cents) filter (where t.kind = 'deposit' and t.credit_account_id = w.account_id), 0) as paid,
             coalesce(sum(t.amount_cents) filter (where t.kind = 'bonus' and t.credit_account_id = w.account_id), 0) as bonus,
             count(t.id) filter (where t.kind in ('deposit', 'bonus')) as transfers,
             coalesce(sum(owed.cents) filter (where owed.house = 'gateway'), 0) as reversed,
             coalesce(sum(owed.cents) filter (where owed.house = 'bonus'), 0) as bonus_reversed
        from deposit d
        left join transfer t on t.reference_id = d.id
        left join ledger_account payer on payer.id = t.debit_account_id
        left join ledger_account payee on payee.id = t.credit_account_id
        left join lateral (select case when payer.kind = 'receivable' then t.amount_cents else -t.amount_cents end as cents,
                                  case when payer.kind = 'receivable' then payee.kind else payer.kind end as house
                            where t.kind = 'chargeback') owed on true
        left join wallet w on w.provider_id = d.provider_id
       group by d.id)
    select id, count(*) over () as total from booked
     where case when status = 'completed'
                then paid <> amount_cents or bonus <> bonus_cents or transfers <> 1 + (bonus_cents > 0)::int
                else transfers > 0 end
        or reversed <> reversed_cents or bonus_reversed <> bonus_reversed_cents
     order by id limit 1""")
_TAKEN_BACK = text("""
    select d.id, count(*) over () as total from deposit d
     where d.status = 'completed' and d.reversed_cents <> taken_back(d.gateway, d.payment_ref, d.amount_cents)
     order by d.id limit 1""")
_COUNT = text("select count(*) filter (where status = 'completed') as completed, count(*) as deposits from deposit")


def verify_deposits(session: Session) -> list[Check]:
    """Every completed deposit has exactly its transfers and no other one has any; reversals are what the gateways say."""
    return [_credited(session), _taken_back(session)]


def _credited(session: Session) -> Check:
    wrong = session.execute(_CREDITED).one_or_none()
    if wrong is None:
        count = session.execute(_COUNT).one()
        words = f"{count.completed} completed of {count.deposits} deposits have exactly their transfers, no other one has any."
        return Check("deposits", True, words)
    return Check("deposits", False, f"The transfers of deposit {wrong.id} are not what it says; {wrong.total} deposits in all.")


def _taken_back(session: Session) -> Check:
    wrong = session.execute(_TAKEN_BACK).one_or_none()
    if wrong is None:
        return Check("reversals", True, "Every chargeback and refund of a gateway is in the books, once.")
    words = f"What was taken back of deposit {wrong.id} is not in the books"
    return Check("reversals", False, f"{words}; {wrong.total} deposits in all.")
