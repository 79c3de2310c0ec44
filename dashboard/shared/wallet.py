"""A wallet's balance and movements, as its provider and the house both read them (SPEC 6.5)."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import altair as alt
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import ledger
from core.kit.money import format_usd
from dashboard import theme
from dashboard.components import figures, page, pager, tables
from dashboard.current import read
from dashboard.live import fragment

KINDS = {
    "lead_charge": "Lead",
    "refund": "Refund",
    "deposit": "Deposit",
    "bonus": "Bonus",
    "manual_credit": "Credit by the house",
    "manual_debit": "Debit by the house",
    "plan_fee": "Plan",
    "chargeback": "Chargeback",
    "correction": "Correction",
    "partner_share": "Partner share",
}


def frozen_notice(wallet: ledger.WalletView) -> None:
    """Say it when the wallet may not move."""
    if wallet.frozen_at:
        st.error(
            f"This wallet is frozen since {figures.ago(wallet.frozen_at)}: {wallet.frozen_reason}", icon=":material/ac_unit:"
        )


def balance_chart(provider_id: UUID) -> None:
    """How the balance moved over the last hundred movements."""
    lines = read(ledger.history, provider_id=provider_id, limit=100)
    if len(lines) < 2:
        return
    first, last = figures.exact(lines[-1].at), figures.exact(lines[0].at)
    st.markdown(f"**How has the balance moved?** :gray[{first} to {last}]")
    points = [{"at": line.at, "balance": tables.dollars(line.balance_cents)} for line in lines]
    frame = tables.frame_of(points, ("at", "balance"))
    hue = theme.HUES["sea"][st.context.theme.type == "dark"]
    chart = alt.Chart(frame).mark_area(interpolate="step-after", line={"color": hue}, color=hue, opacity=0.25)
    shown = chart.encode(
        x=alt.X("at:T", title=None),
        y=alt.Y("balance:Q", title=None, axis=alt.Axis(format="$,.0f"), scale=alt.Scale(zero=True)),
        tooltip=[alt.Tooltip("at:T", title="When", format="%-d %b %Y %H:%M"), alt.Tooltip("balance:Q", format="$,.2f")],
    )
    st.altair_chart(shown, height=220, key="balance-chart")


def _filters() -> tuple[str | None, int | None, DeltaGenerator]:
    """What to show, and where the file of it goes."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox(
            "Kind",
            list(KINDS),
            index=None,
            format_func=_kind,
            placeholder="Every kind",
            key="kind",
            bind="query-params",
            width=220,
        )
        days = st.selectbox(
            "When",
            (7, 30, 90, 365),
            index=None,
            format_func=lambda n: f"Last {n} days",
            placeholder="Any time",
            key="days",
            bind="query-params",
            width=160,
        )
        file = st.container(width="content")
    return kind, days, file


@fragment
def movements(provider_id: UUID) -> None:
    """Every movement, newest first, by kind and time, with a file of what is shown."""
    kind, days, file = _filters()
    since = datetime.combine(datetime.now(UTC).date() - timedelta(days=days), time.min, UTC) if days else None
    start = pager.cursor()
    lines = read(ledger.history, provider_id=provider_id, kind=kind, since=since, before_id=start, limit=pager.PAGE)
    if not lines:
        page.empty("No movements here", "Each lead, credit and refund adds one line that never changes.", icon="receipt_long")
        return
    file.download_button("CSV", _csv(lines), "movements.csv", "text/csv", icon=":material/download:", on_click="ignore")
    tables.table(
        [_line(line) for line in lines],
        {
            "at": tables.time("When", relative=False),
            "kind": tables.text("What"),
            "amount": tables.money("Amount"),
            "balance": tables.money("Balance after"),
            "memo": tables.text("Memo"),
        },
        key="movements",
    )
    pager.pager(lines[-1].id, full=len(lines) == pager.PAGE)


def _line(line: ledger.TransferView) -> dict[str, object]:
    return {
        "at": line.at,
        "kind": _kind(line.kind),
        "amount": tables.dollars(line.amount_cents),
        "balance": tables.dollars(line.balance_cents),
        "memo": line.memo,
    }


def _kind(kind: str) -> str:
    return KINDS.get(kind, kind.replace("_", " ").capitalize())


def _csv(lines: list[ledger.TransferView]) -> str:
    rows = [
        {
            "time (UTC)": line.at.isoformat(),
            "kind": _kind(line.kind),
            "amount": format_usd(line.amount_cents),
            "balance after": format_usd(line.balance_cents),
            "memo": _plain(line.memo),
            "id": str(line.id),
        }
        for line in lines
    ]
    return str(pd.DataFrame(rows).to_csv(index=False))


def _plain(text: str | None) -> str:
    """A cell that a spreadsheet can't take for a formula."""
    kept = text or ""
    return f"'{kept}" if kept[:1] in {"=", "+", "-", "@", "\t", "\r"} else kept
