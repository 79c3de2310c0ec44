"""Claims: reported leads by the clock, each with its evidence, a suggestion, and a verdict by one key (SPEC 7.4)."""

from typing import Any
from uuid import UUID

import streamlit as st

from core import niches, returns
from dashboard.admin import claims_many
from dashboard.admin.claim_evidence import evidence
from dashboard.admin.claim_verdict import verdicts
from dashboard.components import figures, page, pager
from dashboard.components.opened import param_id
from dashboard.components.rail import Row, rail
from dashboard.components.split import split
from dashboard.components.verbatim import verbatim
from dashboard.current import CurrentUser, read
from dashboard.live import fragment
from dashboard.shared import claim as told

STATUSES = {"open": "Waiting", "approved": "Credited", "rejected": "Rejected", "withdrawn": "Withdrawn"}
WAYS = ("One by one", "Many at once")


def show(user: CurrentUser) -> None:
    """Figures, filters, then one report or many."""
    page.header("Claims", "Leads that companies reported as bad. Answer before the clock runs out; the next one opens by itself.")
    _figures()
    _desk(user)


@fragment(run_every=20)
def _figures() -> None:
    seen = read(returns.metrics)
    if seen.overdue:
        clock = f"**{seen.overdue:,}** overdue"
    else:
        clock = f"the first is due {figures.ago(seen.next_due_at)}" if seen.next_due_at else "none of them late"
    parts = [f"**{seen.open:,}** waiting, {clock}"]
    if seen.approval_rate is not None:
        parts.append(f"in 30 days **{figures.percent(seen.approval_rate)}** of {seen.approved + seen.rejected:,} upheld")
        parts.append(f"answered after **{figures.duration(seen.mean_answer_s)}**")
    if seen.refunds:
        parts.append(f"**{figures.money(seen.refunded_cents)}** paid back")
    st.markdown(" :gray[·] ".join(parts), width="content")


@fragment
def _desk(user: CurrentUser) -> None:
    way = st.segmented_control(
        "How", WAYS, default=WAYS[0], key="how", bind="query-params", required=True, label_visibility="collapsed"
    )
    where = _filters()
    if way == "Many at once":
        claims_many.many(where, may_decide=user.role == "admin")
        return
    rows = read(returns.list_claims, **where, after_id=pager.cursor(of=where), limit=pager.PAGE)
    chosen = param_id("claim") or (rows[0].id if rows else None)
    if chosen is None:
        _nothing(where)
        return
    queue, desk = split("claim", key="claims", back="The queue", widths=(1, 3))
    with queue:
        rail([_row(row) for row in rows], opened=str(chosen), param="claim", key="claims")
        pager.pager(rows[-1].id if rows else None, full=len(rows) == pager.PAGE)
    with desk:
        _claim(chosen, [row.id for row in rows], may_decide=user.role == "admin")


def _nothing(where: dict[str, Any]) -> None:
    if where["status"] == "open" and not any(value for name, value in where.items() if name != "status"):
        page.empty(
            "Nothing waits", "A report appears here as soon as a company makes it, the most urgent first.", icon="task_alt"
        )
    else:
        page.empty("No report fits", "Take a filter away to see more.", icon="filter_alt_off")


def _row(row: returns.ClaimRow) -> Row:
    shown = told.clock(row.due_at, row.status) or told.state(row.status, row.resolution)
    again = " · appeal" if row.status == "appealed" else ""
    return Row(
        str(row.id), row.company, f"{told.reason(row.reason)} · {row.niche}, {figures.place(row.city, row.zip)}{again}", shown
    )


def _claim(claim_id: UUID, queue: list[UUID], *, may_decide: bool) -> None:
    file = read(returns.evidence, claim_id=claim_id)
    state = told.clock(file.due_at, file.status) or told.state(file.status, file.resolution)
    about = f"{file.company} · {file.niche}, {figures.place(file.city, file.zip)} · {figures.money(file.price_cents)}"
    st.markdown(f"### {told.reason(file.reason)}\n{state} :gray[{verbatim(about)}]", anchors=False)
    with st.container(horizontal=True, key="verdict"):
        verdicts(file, queue, may_decide=may_decide)
    evidence(file)


def _filters() -> dict[str, Any]:
    named = {niche.slug: niche for niche in read(niches.list_niches)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        status = st.segmented_control(
            "Status",
            list(STATUSES),
            default="open",
            format_func=STATUSES.__getitem__,
            key="status",
            bind="query-params",
            label_visibility="collapsed",
            wrap=True,
        )
        with st.popover("Filters", icon=":material/tune:"):
            reason = _one_of("Reason", told.REASONS)
            niche = _one_of("Niche", {slug: niche.name for slug, niche in named.items()})
            overdue = st.toggle("Overdue only", key="overdue", bind="query-params")
    return {
        "status": status or "open",
        "reason": reason,
        "niche_id": named[niche].id if niche else None,
        "provider_id": param_id("provider"),
        "overdue": overdue,
    }


def _one_of(label: str, names: dict[str, str]) -> str | None:
    return st.selectbox(
        label,
        list(names),
        index=None,
        placeholder="All",
        format_func=names.__getitem__,
        key=label.lower(),
        bind="query-params",
    )
