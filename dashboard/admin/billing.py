"""Billing: every wallet beside its books, payments, plans and packs, partners, the house's accounts (SPEC 6)."""

from uuid import UUID

import streamlit as st

from core import ledger, providers
from core.payments import NAMES
from dashboard.admin import billing_offers, billing_partners, billing_payments, provider_wallet
from dashboard.components import figures, page, pager, pills, tables
from dashboard.components.opened import param_id
from dashboard.current import CurrentUser, read
from dashboard.live import fragment

TABS = ("Wallets", "Payments", "Plans and packs", "Partners", "Accounts")
STATES = {"frozen": "Frozen", "low": "Below the reminder", "drift": "Not what the books say", "owing": "Owes us money"}


def show(user: CurrentUser) -> None:
    """One wallet when the address names it, else the tabs."""
    chosen = param_id("wallet")
    may_edit = user.role == "admin"
    if chosen:
        _wallet(chosen, may_edit=may_edit)
        return
    page.header("Billing", "What providers hold and pay, what they can choose, and what we owe partners.")
    wallets, paid, offers, partners, house = st.tabs(list(TABS), key="billing", bind="query-params", on_change="rerun")
    if wallets.open:
        with wallets:
            _wallets()
    if paid.open:
        with paid:
            billing_payments.payments_list()
    if offers.open:
        with offers:
            billing_offers.offers(may_edit=may_edit)
    if partners.open:
        with partners:
            billing_partners.partners(may_edit=may_edit)
    if house.open:
        with house:
            _accounts()


@fragment
def _wallets() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input("Company", placeholder="A part of its name", key="company", bind="query-params", width=260)
        state = st.selectbox(
            "State", list(STATES), index=None, placeholder="Every wallet", format_func=STATES.__getitem__, key="state",
            bind="query-params", width=240,
        )  # fmt: skip
    wanted = {"search": search or None, "state": state}
    found = read(ledger.list_wallets, **wanted, before_id=pager.cursor(of=wanted), limit=pager.PAGE)
    if not found:
        page.empty("No wallet fits", "A wallet opens with its company's account.", icon="account_balance_wallet")
        return
    adrift = [row for row in found if row.drift_cents]
    if adrift:
        st.error(
            f"{figures.count(len(adrift), 'wallet')} shown here {'does' if len(adrift) == 1 else 'do'} not hold what the "
            "transfers say. Open it: releasing it restores the balance of the books.",
            icon=":material/running_with_errors:",
        )
    chosen = tables.table(
        [_line(row) for row in found],
        {
            "company": tables.text("Company", width="medium"),
            "status": tables.text("Account"),
            "balance": tables.money("Balance"),
            "drift": tables.money("Differs from the books"),
            "reminder": tables.money("Reminder below"),
            "owed": tables.money("Owes us"),
            "frozen": tables.text("Frozen because", width="medium"),
            "moved": tables.time("Last change"),
        },
        key="wallets",
        opens=True,
    )
    pager.pager(found[-1].id, full=len(found) == pager.PAGE)
    if chosen:
        st.query_params["wallet"] = str(found[chosen[0]].id)
        st.rerun()


def _line(row: ledger.WalletRow) -> dict[str, object]:
    return {
        "company": row.company_name,
        "status": pills.word(row.provider_status),
        "balance": tables.dollars(row.balance_cents),
        "drift": tables.dollars(row.drift_cents or None),
        "reminder": tables.dollars(row.low_balance_cents),
        "owed": tables.dollars(row.owed_cents or None),
        "frozen": row.frozen_reason,
        "moved": row.updated_at,
    }


def _wallet(provider_id: UUID, *, may_edit: bool) -> None:
    page.back("billing", "All wallets")
    view = read(providers.get_provider, provider_id=provider_id)
    page.header(view.company_name, "Its wallet: balance, plan, statements, and every movement.", pill=pills.pill(view.status))
    provider_wallet.wallet(provider_id, may_move=may_edit)


@fragment
def _accounts() -> None:
    st.caption("Every transfer names two accounts, so all of them together, wallets and partners included, come to nothing.")
    accounts = read(ledger.house_accounts)
    tables.table(
        [
            {
                "kind": account.kind.replace("_", " ").capitalize(),
                "name": NAMES.get(account.name) or (None if account.name == account.kind else account.name),
                "balance": tables.dollars(account.balance_cents),
            }
            for account in accounts
        ],
        {"kind": tables.text("Account"), "name": tables.text("Of"), "balance": tables.money("Received less given")},
        key="accounts",
    )
