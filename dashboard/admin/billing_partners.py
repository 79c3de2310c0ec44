"""Partners: who sends leads for a share, what we owe them, their months (SPEC 6.7)."""

from datetime import date
from typing import Any
from uuid import UUID

import streamlit as st

from core import payments
from core.kit.clock import utc_now
from core.kit.errors import HotleadsError
from core.kit.money import parse_usd
from dashboard import wording
from dashboard.components import figures, page, tables
from dashboard.components.opened import param_id
from dashboard.current import attempt, read
from dashboard.live import again, fragment, say
from dashboard.shared.api_keys import api_keys
from dashboard.shared.wallet import download

RULE = (
    "A partner gets its percentage of each sale of a lead it sent, rounded down to whole cents, the moment the lead is sold. "
    "A refund takes the share back. A partner that is switched off earns nothing from sales made since."
)


@fragment
def partners(*, may_edit: bool) -> None:
    """The list with what we owe; the chosen one's month below."""
    st.caption(RULE)
    found = read(payments.list_partners)
    if not found:
        page.empty("No partners yet", "Add one, then give it an API key to send leads with.", icon="handshake")
    else:
        chosen = tables.table(
            [
                {
                    "name": row.name,
                    "share": f"{row.share_percent.normalize():f}%",
                    "leads": row.leads,
                    "owed": tables.dollars(row.owed_cents),
                    "active": "Active" if row.active else "Off",
                }
                for row in found
            ],
            {
                "name": tables.text("Partner", width="medium"),
                "share": tables.text("Share"),
                "leads": tables.number("Leads sent"),
                "owed": tables.money("We owe"),
                "active": tables.text("State"),
            },
            key="partners",
            opens=True,
        )
        if chosen and st.query_params.get("partner") != str(found[chosen[0]].id):
            st.query_params["partner"] = str(found[chosen[0]].id)
            again()
    opened = next((row for row in found if row.id == param_id("partner")), None)
    if opened:
        _month(opened)
        _payouts(opened, may_edit=may_edit)
        page.section("API keys", f"Programs of {opened.name} send requests with a key.")
        api_keys(may_change=may_edit, partner_id=opened.id)
    if may_edit:
        with st.expander("Edit this partner" if opened else "Add a partner", icon=":material/edit:"):
            _form(opened)


def _month(partner: payments.PartnerRow) -> None:
    page.section(f"{partner.name} by month", "Calendar months in UTC.")
    months = _months(partner.created_at.date())
    names = {f"{month:%Y-%m}": month for month in months}
    name = st.selectbox(
        "Month", list(names), format_func=lambda key: f"{names[key]:%B %Y}", key="partner-month", bind="query-params", width=220
    )
    month = names.get(str(name), months[0])
    told = read(payments.partner_statement, partner_id=partner.id, month=month)
    page.facts(
        [
            ("We owed before", figures.money(told.opening_cents)),
            ("Sales of its leads", f"{told.sales:,} for {figures.money(told.revenue_cents)}"),
            ("Shares earned", figures.money(told.earned_cents)),
            ("Taken back by refunds", f"{told.refunds:,} for {figures.money(told.taken_back_cents)}"),
            ("Paid out", figures.money(told.paid_cents)),
            ("We owe at the end", figures.money(told.closing_cents)),
        ],
        columns=2,
    )
    _lines(partner.id, month)


def _payouts(partner: payments.PartnerRow, *, may_edit: bool) -> None:
    page.section("Payouts", "Note each payment you made; we never owe less than nothing by it.")
    rows = read(payments.payouts, partner_id=partner.id)
    if rows:
        tables.table(
            [{"at": r.at, "amount": tables.dollars(r.amount_cents), "memo": r.memo, "by": r.paid_by} for r in rows],
            {
                "at": tables.time("When", relative=False),
                "amount": tables.money("Paid"),
                "memo": tables.text("How", width="large"),
                "by": tables.text("Noted by"),
            },
            key="payouts",
        )
    if not may_edit or partner.owed_cents <= 0:
        return
    with st.form(f"payout-{partner.id}-{len(rows)}", border=False):
        amount = st.text_input("Amount paid, USD", f"{partner.owed_cents / 100:.2f}", width=160)
        memo = st.text_input("How it was paid", max_chars=500, placeholder="By bank transfer, reference 2026-11")
        if st.form_submit_button("Note the payment", type="primary"):
            _paid(partner.id, amount or "", memo or "", key=str(len(rows)))


def _paid(partner_id: UUID, amount: str, memo: str, *, key: str) -> None:
    """The number of payouts so far is the key: pressed twice, it is noted once."""
    try:
        cents = parse_usd(amount)
    except HotleadsError as error:
        wording.show(error)
        return
    done = attempt(payments.record_payout, partner_id=partner_id, amount_cents=cents, memo=memo, key=f"page-{key}")
    if isinstance(done, HotleadsError):
        wording.show(done)
        return
    say("The payment is noted.")
    again()


def _lines(partner_id: UUID, month: date) -> None:
    lines = read(payments.partner_lines, partner_id=partner_id, month=month, limit=25)
    if not lines:
        return
    tables.table(
        [
            {
                "at": line.at,
                "niche": line.niche,
                "price": tables.dollars(line.price_cents),
                "share": tables.dollars(line.amount_cents),
            }
            for line in lines
        ],
        {
            "at": tables.time("When", relative=False),
            "niche": tables.text("Niche"),
            "price": tables.money("Sold for"),
            "share": tables.money("Share"),
        },
        key="shares",
    )
    st.caption("The newest 25. The file has all of them.")
    download("All shares as CSV", f"/money/partners/{partner_id}/{month:%Y-%m}/shares.csv")


def _form(partner: payments.PartnerRow | None) -> None:
    with st.form(f"partner-{partner.id if partner else 'new'}", border=False):
        name = st.text_input("Name", partner.name if partner else "", max_chars=120)
        share = st.text_input(
            "Share, %", f"{partner.share_percent.normalize():f}" if partner else "", placeholder="12.5", width=160
        )
        active = st.toggle("Earns from new sales", partner.active) if partner else None
        if st.form_submit_button("Save the partner" if partner else "Add the partner", type="primary"):
            given = {"name": name or "", "share_percent": share or ""}
            if partner:
                _save("The partner is saved.", payments.edit_partner, partner_id=partner.id, active=active, **given)
            else:
                _save("The partner is added.", payments.add_partner, **given)


def _save(said: str, verb: Any, **given: Any) -> None:
    saved = attempt(verb, **given)
    if isinstance(saved, HotleadsError):
        wording.show(saved)
        return
    say(said)
    again()


def _months(first: date) -> list[date]:
    month, months = utc_now().date().replace(day=1), []
    while month >= first.replace(day=1):
        months.append(month)
        month = date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
    return months
