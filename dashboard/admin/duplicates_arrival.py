"""Records that were taken for somebody known when they came: what each says beside the lead it repeats, and the way back."""

from uuid import UUID

import streamlit as st

from core import sourcing
from core.sourcing import RepeatRow, RepeatView
from dashboard import navigation
from dashboard.admin.duplicates_pair import FIELDS, cell, values
from dashboard.components import figures, page, pager, pills
from dashboard.components.opened import opened, param_id
from dashboard.components.rail import Row, rail
from dashboard.components.split import split
from dashboard.current import act, read

PARAM = "repeat"
BEFORE = "repeats-before"
FOLLOWS = (
    "The record gets a request of its own, which waits in Review and can be sold beside the other one. Neither what its source "
    "says next nor the nightly audit makes them one again. Under Decided you can ask about the two once more, and merge them."
)


def show(*, may_act: bool) -> None:
    """The list, newest first, and one of it opened."""
    rows = read(sourcing.merged_on_arrival, before_id=pager.cursor(BEFORE), limit=pager.PAGE)
    if not rows:
        page.empty(
            "Nothing was merged on arrival", "Records of sources that repeat somebody known are listed here, with the way back.",
            icon="call_merge",
        )  # fmt: skip
        return
    chosen = param_id(PARAM)
    row = next((one for one in rows if one.id == chosen), rows[0])  # on another page of the list, the first of it
    listed, desk = split(PARAM, key="repeats", back="The list", widths=(1, 3))
    with listed:
        rail([_row(one) for one in rows], opened=str(row.id), param=PARAM, key="repeats")
        pager.pager(rows[-1].id, full=len(rows) == pager.PAGE, name=BEFORE)
    with desk:
        _one(row, may_act=may_act)


def _row(row: RepeatRow) -> Row:
    return Row(str(row.id), row.niche, f"{row.source} · {figures.ago(row.at)}", pills.pill(row.lead_status))


def _one(row: RepeatRow, *, may_act: bool) -> None:
    told = opened("repeat", row.id, lambda: read(sourcing.compare_repeat, raw_id=row.id))
    why = "the same by its keys" if told.exact else "taken for one person by likeness"
    st.markdown(f"### {why[0].upper()}{why[1:]}\n:gray[{row.niche}, {row.source}, {figures.ago(row.at)}]", anchors=False)
    st.html(_table(told))
    if told.record.masked:
        st.caption("Contact data is masked for your role.")
    st.page_link(navigation.target("leads"), label="Open the request", query_params={"lead": str(row.lead_id)})
    if told.refusal:
        st.info(told.refusal, icon=":material/info:")
    elif not may_act:
        st.caption("Administrators can say that they are two people.")
    else:
        st.caption(FOLLOWS)
        st.button("They are two people", key="set-apart", icon=":material/call_split:", on_click=_set_apart, args=(row.id,))


def _table(told: RepeatView) -> str:
    rows = "".join(
        f'<tr><th scope="row">{line}</th>{cell(a)}{cell(b)}</tr>'
        for line, a, b in zip(FIELDS, values(told.record), values(told.lead), strict=True)
        if a or b
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Field", "The record", "The request it repeats"))
    return f'<div class="hl-twins"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _set_apart(raw_id: UUID) -> None:
    if act(sourcing.set_apart, raw_id=raw_id, said="Set apart. The new request waits in Review.") is not None:
        st.query_params.pop(PARAM, None)
