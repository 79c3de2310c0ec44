"""Duplicates: two requests side by side that may be one person's; merge them or keep them apart, and take it back (SPEC 8.4)."""

from datetime import timedelta
from uuid import UUID

import streamlit as st

from core.kit.clock import utc_now
from core.sourcing import dedupe
from dashboard.admin import duplicates_arrival, duplicates_pair
from dashboard.components import figures, page, pills
from dashboard.components.opened import param_id
from dashboard.components.rail import Row, rail
from dashboard.components.split import split
from dashboard.current import CurrentUser, act, read
from dashboard.live import fragment

QUEUE = 50
DECIDED = 20


def show(user: CurrentUser) -> None:
    """Figures, the queue, one pair; what was decided stands in a second view."""
    action = page.header("Duplicates", "Decide whether two requests are one person's. Every decision can be taken back.")
    with action:
        told = read(dedupe.pair_figures, since=utc_now() - timedelta(days=7))
        st.markdown(
            f"**{told.waiting:,}** waiting :gray[·] **{told.merged:,}** merged, **{told.kept_apart:,}** kept apart this week",
            width="content",
        )
    _desk(may_act=user.role == "admin")


@fragment
def _desk(*, may_act: bool) -> None:
    way = st.segmented_control(
        "Which", ["Waiting", "Decided", "Merged on arrival"], default="Waiting", key="which", bind="query-params", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    if way == "Decided":
        _decided()
        return
    if way == "Merged on arrival":
        duplicates_arrival.show(may_act=may_act)
        return
    rows = read(dedupe.waiting_pairs, most=QUEUE)
    chosen = param_id("pair") or (rows[0].id if rows else None)
    if chosen is None:
        page.empty(
            "No pair waits", "Likely twins among new requests appear here within a minute, those of the nightly audit at two.",
            icon="task_alt",
        )  # fmt: skip
        return
    queue, desk = split("pair", key="pairs", back="The queue", widths=(1, 3))
    with queue:
        rail([_row(row) for row in rows], opened=str(chosen), param="pair", key="pairs")
        if len(rows) == QUEUE:
            st.caption(f"The first {QUEUE}; more follow.")
    with desk:
        pair = read(dedupe.get_pair, pair_id=chosen)
        duplicates_pair.show(pair, following=_after(chosen, [row.id for row in rows]))


def _row(pair: dedupe.PairView) -> Row:
    same = sum(degree == "same" for degree in pair.degrees.values())
    detail = f"{figures.count(same, 'field')} the same · {figures.ago(pair.found_at)}"
    return Row(
        str(pair.id), pair.niche, detail, pills.tag(f"{figures.likely(pair.probability)}", icon="join_inner", tone="waiting")
    )


def _after(pair_id: UUID, queue: list[UUID]) -> UUID | None:
    """The pair below this one, or the first when this one is the last."""
    others = [other for other in queue if other != pair_id]
    below = queue[queue.index(pair_id) + 1 :] if pair_id in queue else []
    return (below or others or [None])[0]


def _decided() -> None:
    rows = read(dedupe.decided_pairs, most=DECIDED)
    if not rows:
        page.empty("Nothing decided yet", "Merged pairs and pairs kept apart are listed here, with the way back.", icon="history")
    for pair in rows:
        with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"decided-{pair.id}"):
            word = "Merged" if pair.state == "merged" else "Kept apart"
            st.markdown(
                f"**{word}** {pair.niche}, {figures.likely(pair.probability)} :gray[{figures.ago(pair.decided_at)}]",
                width="stretch",
            )
            label = "Split again" if pair.state == "merged" else "Ask again"
            st.button(label, key=f"undo-{pair.id}", icon=":material/undo:", on_click=undo, args=(pair,))


def undo(pair: dedupe.PairView) -> None:
    """Take a decision back."""
    if pair.state != "merged":
        act(dedupe.ask_again, pair_id=pair.id, said="The pair waits for a decision again.")
        return
    merged = pair.second if pair.second.status == "duplicate" else pair.first
    act(dedupe.split, lead_id=merged.lead_id, said="Split. The request goes on where it was.")
