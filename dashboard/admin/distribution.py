"""Distribution: the engine's runs as they happen, and how fairly each level shares (SPEC 5.5-5.7)."""

from uuid import UUID

import streamlit as st

from core import distribution, niches
from dashboard import navigation
from dashboard.admin import fair_share, replay
from dashboard.components import figures, page, pager, pills, tables
from dashboard.components.tiles import Tile, tiles
from dashboard.current import CurrentUser, read
from dashboard.live import fragment
from dashboard.shared import runs

PERIODS = {7: "7 days", 30: "30 days", 90: "90 days"}


def show(user: CurrentUser) -> None:
    """Runs live, fairness by level."""
    page.header("Distribution", "Who gets which lead: every run with its reasons, and how fairly each level shares.")
    live, fair, past = st.tabs(["Runs", "Fairness", "Replay"], key="dist", bind="query-params", on_change="rerun")
    if live.open:
        with live:
            _runs()
    if fair.open:
        with fair:
            _fairness()
    if past.open:
        with past:
            _replay()


def _niche(*, all_allowed: bool) -> niches.NicheView | None:
    named = {niche.slug: niche for niche in read(niches.list_niches)}
    if named and not all_allowed and st.session_state.get("niche") not in named:
        st.session_state["niche"] = next(iter(named))  # the other tab's "all" is no answer here
    slug = st.selectbox(
        "Niche",
        list(named),
        index=None,
        placeholder="All niches",
        format_func=lambda key: named[key].name,
        key="niche",
        bind="query-params",
        width=260,
    )
    return named.get(slug) if slug else None


@fragment(run_every=5)
def _runs() -> None:
    niche = _niche(all_allowed=True)
    niche_id = niche.id if niche else None
    found = read(distribution.recent_runs, niche_id=niche_id, before_id=pager.cursor(of=niche_id), limit=pager.PAGE)
    if not found:
        runs.nothing_yet()
        return
    chosen = tables.opened(
        [_line(detail) for detail in found],
        {
            "at": tables.time("When"),
            "niche": tables.text("Niche"),
            "start": tables.text("Started at"),
            "outcome": tables.text("Outcome"),
            "earned": tables.money("Earned"),
            "seen": tables.number("Looked at"),
            "skips": tables.text("Passed over", width="large"),
            "ms": tables.number("Took", shown="%.1f ms"),
        },
        key="runs",
        param="run",
        ids=[detail.run.id for detail in found],
    )
    if chosen is not None:
        detail = found[chosen]
        runs.run_card(detail)
        st.page_link(
            navigation.target("leads"),
            label="Open the lead",
            icon=":material/arrow_forward:",
            query_params={"lead": str(detail.run.lead_id), "part": "Distribution"},
        )
    pager.pager(found[-1].run.id, full=len(found) == pager.PAGE)


def _line(detail: distribution.RunDetail) -> dict[str, object]:
    return {
        "at": detail.run.started_at,
        "niche": detail.niche,
        "start": detail.levels[0] if detail.levels else None,
        "outcome": runs.outcome(detail.run),
        "earned": tables.dollars(sum(sale.price_cents for sale in detail.sales)),
        "seen": detail.run.candidates,
        "skips": runs.skips(detail.run),
        "ms": detail.run.duration_ms,
    }


def _replay() -> None:
    niche = _niche(all_allowed=False)
    if niche is None:
        page.empty("No niches yet", "A replay is of one niche.", icon="history")
        return
    replay.replays(niche)


@fragment
def _fairness() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        niche = _niche(all_allowed=False)
        days = st.segmented_control(
            "Over",
            list(PERIODS),
            default=30,
            format_func=PERIODS.__getitem__,
            key="over",
            bind="query-params",
            required=True,
        )
    if niche is None:
        page.empty("No niches yet", "Fairness is measured per level of a niche.", icon="balance")
        return
    levels = read(distribution.fairness, niche_id=niche.id, days=days or 30)
    starving = sum(len(level.starving) for level in levels)
    tiles(
        [
            Tile("Leads shared", f"{sum(level.received for level in levels):,}"),
            Tile("Subscriptions running", f"{sum(len(level.shares) for level in levels):,}"),
            Tile("Starving", f"{starving:,}", help="Running, and nothing received for the time set in Operations"),
        ]
    )
    st.caption(
        "Jain's index is 1 when everybody got the same, and 1 divided by their number when one got everything. Filters, areas "
        "and limits of their own keep leads away too: how much, and what is really owed, stands under Due and received."
    )
    for level in levels:
        _level(level, niche.id)
    page.section("Due and received", "Every lead's shares, posted as it is sold.")
    fair_share.book(niche.id, days or 30)


def _level(level: distribution.LevelFairness, niche_id: UUID) -> None:
    index = f"{level.jain:.2f}" if level.jain is not None else figures.DASH
    hungry = pills.tag(f"{len(level.starving)} starving", icon="warning", tone="stopped") if level.starving else ""
    st.markdown(f"**{level.level}** :gray[{figures.count(level.received, 'lead')}, Jain's index {index}] {hungry}")
    if not level.shares:
        st.caption("Nobody subscribes to it at the moment.")
        return
    most = max(1e-9, *(max(share.share, share.fair_share) for share in level.shares))
    tables.table(
        [
            {
                "company": share.company,
                "received": share.received,
                "share": share.share,
                "fair": share.fair_share,
                "last": share.last_received_at,
                "state": "Starving" if share.starving else "",
            }
            for share in level.shares
        ],
        {
            "company": tables.text("Company"),
            "received": tables.number("Leads"),
            "share": tables.share("Share", most=most, color="blue"),
            "fair": tables.share("Fair share", most=most, color="gray"),
            "last": tables.time("Last lead"),
            "state": tables.text("State"),
        },
        key=f"fair-{niche_id}-{level.level_id}",
    )
