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
# A transfer notes the balance of the wallet it touched (the debited one of two): in the order of their ids, made
# under the wallet's lock, the notes must add up.
_NOTES = text("""
    with side as (
      select debit_account_id as account_id, -amount_cents as cents, id, wallet_balance_cents as noted from transfer
      union all
      select t.credit_account_id, t.amount_cents, t.id, case when d.account_id is null then t.wallet_balance_cents end
        from transfer t left join wallet d on d.account_id = t.debit_account_id
    ), line as (
      select s.id, s.noted, sum(s.cents) over (partition by s.account_id order by s.id) as running
        from side s join wallet w on w.account_id = s.account_id)
    select id, count(*) over () as total from line where noted <> running order by id limit 1""")


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
    return Check("balances noted", False, f"Transfer {wrong.id} notes another balance; {wrong.total} in all.")
