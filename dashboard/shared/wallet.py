"""A wallet's balance and movements, as its provider and the house both read them (SPEC 6.5)."""

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

import altair as alt
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import ledger
from dashboard import theme
from dashboard.components import figures, page, pager, periods, tables
from dashboard.current import read, zone_of_browser
from dashboard.live import fragment
from dashboard.shared import receipts

SPANS = {30: "30 days", 90: "90 days", 365: "A year"}
PERIODS = (7, 30, 90, 365)


def frozen_notice(wallet: ledger.WalletView) -> None:
    """Say it when the wallet may not move."""
    if wallet.frozen_at:
        st.error(
            f"This wallet is frozen since {figures.ago(wallet.frozen_at)}: {wallet.frozen_reason}", icon=":material/ac_unit:"
        )


@fragment
def balance_chart(provider_id: UUID, *, reminder_cents: int = 0) -> None:
    """What the wallet held at the end of each day, beside the level at which a reminder is sent."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        place = st.empty()
        span = st.segmented_control(
            "Span", list(SPANS), default=30, format_func=SPANS.__getitem__, key="span", bind="query-params", required=True,
            label_visibility="collapsed",
        )  # fmt: skip
    days = span if span in SPANS else 30
    points = read(ledger.balance_by_day, provider_id=provider_id, days=days, zone=zone_of_browser())
    place.markdown(f"**How did the balance move?** :gray[{figures.span(points[0][0], points[-1][0])}]")
    frame = tables.frame_of([{"day": day, "balance": tables.dollars(cents)} for day, cents in points], ("day", "balance"))
    dark = st.context.theme.type == "dark"
    hue = theme.HUES["sea"][dark]
    day = alt.X("yearmonthdate(day):T", title=None, axis=alt.Axis(format="%-d %b", labelOverlap=True, grid=False))
    dollars = alt.Y("balance:Q", title=None, axis=alt.Axis(format="$,.0f", tickCount=4), scale=alt.Scale(zero=True))
    tips = [alt.Tooltip("day:T", title="End of", format="%-d %b %Y"), alt.Tooltip("balance:Q", title="Balance", format="$,.2f")]
    area = alt.Chart(frame).mark_area(interpolate="step-after", line={"color": hue}, color=hue, opacity=0.25)
    shown = area.encode(x=day, y=dollars, tooltip=tips)
    if reminder_cents:
        shown = shown + _reminder(reminder_cents, theme.HUES["waiting"][dark])
    st.altair_chart(shown, height=220, key="balance-chart")


def _reminder(cents: int, hue: str) -> alt.LayerChart:
    """A dashed line with its name upon it."""
    told = f"Reminder below {figures.money(cents)}"
    frame = tables.frame_of([{"balance": tables.dollars(cents), "told": told}], ("balance", "told"))
    level = alt.Chart(frame).encode(y="balance:Q")
    name = level.mark_text(align="left", baseline="bottom", dx=4, dy=-2, color=hue, fontSize=12)
    return level.mark_rule(strokeDash=[4, 4], color=hue) + name.encode(x=alt.value(0), text="told:N")


@fragment
def movements(provider_id: UUID, *, for_buyer: bool = False) -> None:
    """Every movement, newest first, by kind and time, with the file of all that fit; the line of a lead opens its receipt."""
    kind, since, file = _filters()
    start = pager.cursor(of=(kind, since))
    lines = read(ledger.history, provider_id=provider_id, kind=kind, since=since, before_id=start, limit=pager.PAGE)
    if not lines:
        page.empty("No movements here", "Each lead, deposit and refund adds one line that never changes.", icon="receipt_long")
        return
    with file:
        download("All of them as CSV", "/money/movements.csv", provider=str(provider_id), kind=kind, since=since)
    picked = tables.table(
        [_line(line) for line in lines],
        {
            "at": tables.time("When", relative=False),
            "kind": tables.text("What"),
            "amount": tables.money("Amount"),
            "balance": tables.money("Balance after"),
            "memo": tables.text("Memo"),
        },
        key="movements",
        opens=True,
        ids=[line.id for line in lines],
    )
    for line in (lines[at] for at in picked):
        if line.reference_type == "assignment" and line.reference_id:
            receipts.bought_receipt(line.reference_id, for_buyer=for_buyer)
        else:
            st.caption("Only a lead has a receipt. Tick the line of one.")
    pager.pager(lines[-1].id, full=len(lines) == pager.PAGE)


def _filters() -> tuple[str | None, datetime | None, DeltaGenerator]:
    """What to show, since when, and where the file of it goes."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox(
            "Kind", list(ledger.KIND_WORDS), index=None, format_func=kind_word, placeholder="Every kind", key="kind",
            bind="query-params", width=220,
        )  # fmt: skip
        days = st.selectbox(
            "When", PERIODS, index=None, format_func=lambda n: f"Last {n} days", placeholder="Any time", key="days",
            bind="query-params", width=160,
        )  # fmt: skip
        file = st.container(width="content")
    return kind, periods.began(days) if days else None, file


def download(label: str, path: str, **query: object) -> None:
    """A link to a file that our own route streams to whoever is signed in here."""
    given = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in query.items() if value is not None
    }
    address = path + (f"?{urlencode(given)}" if given else "")
    st.link_button(label, address, icon=":material/download:", key=f"file-{label}-{path}")


def kind_word(kind: str) -> str:
    """A kind of movement as a person reads it."""
    return ledger.KIND_WORDS.get(kind, kind.replace("_", " ").capitalize())


def _line(line: ledger.TransferView) -> dict[str, object]:
    return {
        "at": line.at,
        "kind": kind_word(line.kind),
        "amount": tables.dollars(line.amount_cents),
        "balance": tables.dollars(line.balance_cents),
        "memo": line.memo,
    }
