"""Searches that a person keeps: saved with a rhythm of mail, opened again by their address, forgotten (SPEC 9.1)."""

from dataclasses import replace
from uuid import UUID

import streamlit as st

from core import marketplace
from core.marketplace import SearchQuery
from dashboard.components.opened import param_id
from dashboard.components.pager import first_page
from dashboard.components.verbatim import verbatim
from dashboard.current import act, look
from dashboard.provider.market_filters import PLACE, SHOWN, Wanted

PARAM = "saved"
RHYTHMS: dict[str, int | None] = {"No mail": None, "At most one an hour": 1, "At most one a day": 24, "At most one a week": 168}


def opened(wanted: Wanted) -> Wanted:
    """The kept search that the address names, in place of what the form asks; its name stands above what it finds."""
    chosen = param_id(PARAM)
    if chosen is None:
        return wanted
    kept = next((each for each in look(marketplace.saved_searches) if each.id == chosen), None)
    name = verbatim(kept.name) if kept else ""
    with st.container(horizontal=True, vertical_alignment="center", border=True, key="market-saved"):
        if kept is None:
            st.markdown("This saved search is not there any more.", width="stretch")
        elif kept.query is None:
            st.markdown(f"**{name}** can't be read any more. Save it anew.", width="stretch")
        else:
            st.markdown(f":material/bookmark: Saved search **{name}**. The filters above are not used.", width="stretch")
        st.button("Back to the filters", icon=":material/close:", key="leave-saved", on_click=_leave)
    if kept is None or kept.query is None:
        return wanted
    return replace(wanted, query=replace(kept.query, limit=SHOWN))


def menu(query: SearchQuery) -> None:
    """What is kept, each with its way back, and a form that keeps this search."""
    kept = look(marketplace.saved_searches)
    with st.popover("Saved searches", icon=":material/bookmark:"):
        for each in kept:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(each.name, key=f"open-{each.id}", type="tertiary", width="stretch", on_click=_open, args=(each.id,))
                st.caption(next((words for words, hours in RHYTHMS.items() if hours == each.alert_hours), "By mail"))
                st.button("Delete", key=f"forget-{each.id}", type="tertiary", on_click=_forget, args=(each.id, each.name))
        if not kept:
            st.caption("Nothing is saved yet. Set the filters, then give the search a name.")
        with st.form("save-search", border=False, clear_on_submit=True):
            st.text_input("Name", key="save-name", max_chars=80, placeholder="Roofs near the office")
            st.selectbox("Mail about new leads", list(RHYTHMS), key="save-rhythm")
            st.form_submit_button("Save this search", icon=":material/bookmark_add:", on_click=_save, args=(query,))


def _save(query: SearchQuery) -> None:
    name, rhythm = st.session_state["save-name"], st.session_state["save-rhythm"]
    act(marketplace.save_search, name=name, query=query, alert_hours=RHYTHMS[rhythm], said=f"Saved: {name}.")


def _forget(search_id: UUID, name: str) -> None:
    act(marketplace.delete_saved_search, search_id=search_id, said=f"Deleted: {name}.")
    if param_id(PARAM) == search_id:
        _leave()


def _open(search_id: UUID) -> None:
    st.query_params[PARAM] = str(search_id)
    first_page(PLACE)


def _leave() -> None:
    st.query_params.pop(PARAM, None)
    first_page(PLACE)
