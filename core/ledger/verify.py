"""Are the books whole? Read by ``hotleads verify`` and after every race in the tests (SPEC 6.1)."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.checks import Check
from core.kit.money import format_usd
from core.ledger.reconcile import DRIFTED

_SUM = text("""
    select coalesce(sum(side.cents), 0)::bigint as cents, count(distinct side.account_id) as accounts
      from (select debit_account_id as account_id, -amount_cents as cents from transfer
            union all select credit_account_id, amount_cents from transfer) side
      join ledger_account a on a.id = side.account_id""")
_DRIFT = text(f"select *, count(*) over () as total from ({DRIFTED}) drift order by provider_id limit 1")  # noqa: S608
_NEGATIVE = text("select count(*) from wallet where balance_cents < 0")
# A transfer notes the balance of the wallet it touched (the debited one of two). Whatever order they came in, each
# balance before a transfer is the balance after another one: from zero, through all of them, to their sum.
_NOTES = text("""
    with line as (
      select w.provider_id, t.wallet_balance_cents as after, t.wallet_balance_cents + t.amount_cents as before
        from wallet w join transfer t on t.debit_account_id = w.account_id
      union all
      select w.provider_id, t.wallet_balance_cents, t.wallet_balance_cents - t.amount_cents
        from wallet w join transfer t on t.credit_account_id = w.account_id
       where not exists (select from wallet d where d.account_id = t.debit_account_id)
    ), step as (
      select provider_id, after as cents, 1 as times from line
      union all select provider_id, before, -1 from line
      union all select distinct provider_id, 0, 1 from line
      union all select provider_id, sum(after - before), -1 from line group by provider_id)
    select provider_id, count(*) over () as total from (
      select provider_id from step group by provider_id, cents having sum(times) <> 0) broken
     order by provider_id limit 1""")


def verify(session: Session) -> list[Check]:
    """Accounts sum to zero, cached balances are the booked ones, none is below zero, noted balances add up (SPEC 6.1)."""
    return [_accounts(session), _balances(session), _no_overdraft(session), _notes(session)]


def _accounts(session: Session) -> Check:
    total = session.execute(_SUM).one()
    return Check("ledger sum", total.cents == 0, f"{total.accounts} accounts with transfers sum to {format_usd(total.cents)}.")


def _balances(session: Session) -> Check:
    drift = session.execute(_DRIFT).one_or_none()
    if drift is None:
        return Check("wallet balances", True, "Every wallet holds what its transfers say.")
    words = f"The wallet of provider {drift.provider_id} says {format_usd(drift.balance_cents)}"
    return Check(
        "wallet balances", False, f"{words}, its transfers {format_usd(drift.booked_cents)}; {drift.total} wallets in all."
    )


def _no_overdraft(session: Session) -> Check:
    below = session.execute(_NEGATIVE).scalar_one()
    return Check("no overdraft", below == 0, f"{below} wallets are below zero.")


def _notes(session: Session) -> Check:
    wrong = session.execute(_NOTES).one_or_none()
    if wrong is None:
        return Check("balances noted", True, "Every transfer notes the balance that its wallet had after it.")
    words = f"The transfers of provider {wrong.provider_id} note balances that don't follow from each other"
    return Check("balances noted", False, f"{words}; {wrong.total} gaps in all.")
