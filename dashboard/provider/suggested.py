"""Listings that suit this company, each with its reason, and buttons to say so or not (SPEC 9.5)."""

from uuid import UUID

import streamlit as st

from core import advice
from core.kit.errors import HotleadsError
from dashboard import navigation
from dashboard.components import figures, page
from dashboard.current import act, ask, look
from dashboard.live import fragment
from dashboard.provider.market_card import places
from ml.recommend import Shown, recommended

MOST = 3
SAYING = {
    "helpful": ("Helpful", "thumb_up", "Thank you. More like it will come."),
    "not_for_me": ("Not for me", "thumb_down", "It is not shown to you here again, and less like it."),
    "wrong_price": ("Wrong price", "sell", "Noted. Prices are learned from it."),
}


@fragment
def suggested(*, whole: bool = True) -> None:
    """The best three; ``whole`` says so where there are none yet, else nothing is drawn."""
    found = ask(recommended, most=MOST)
    if isinstance(found, HotleadsError) or not found:
        if whole:
            page.section("Recommended for you")
            how = "They appear here once leads of your niches are on sale that you do not have yet."
            page.empty("None right now", how, icon="lightbulb")
        return
    page.section("Recommended for you", "From what you bought, won and turned down, and from what you say here.")
    said = look(advice.feedback_of, lead_ids=[each.card.lead_id for each in found])
    for column, each in zip(st.columns(MOST), found, strict=False):
        with column:
            _card(each, said.get(each.card.lead_id, frozenset()))


def feedback(lead_id: UUID) -> None:
    """Whether a listing suits, and whether its price does: a press each."""
    said = look(advice.feedback_of, lead_ids=[lead_id]).get(lead_id, frozenset())
    with st.container(horizontal=True, vertical_alignment="center", key=f"feedback-{lead_id}"):
        _buttons(lead_id, said)


def _card(each: Shown, said: frozenset[str]) -> None:
    shown = each.card
    with st.container(border=True, key=f"suggested-{shown.lead_id}", gap="small"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
            where = f":gray[{shown.market}, {shown.zip} · {places(shown)}]"
            st.markdown(f"**{shown.niche}**  \n{where}", width="stretch")
            st.markdown(f"**{figures.money(shown.price_cents)}**", width="content")
        st.markdown(f":material/lightbulb: Recommended because: :gray[{_lower(each.because)}]")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link(
                navigation.target("marketplace"), label="Look closer", icon=":material/arrow_forward:",
                query_params={"lead": str(shown.lead_id)},
            )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _buttons(shown.lead_id, said)


def _buttons(lead_id: UUID, said: frozenset[str]) -> None:
    for verdict, (words, icon, _) in SAYING.items():
        mark = "check" if verdict in said else icon
        st.button(
            words,
            type="tertiary",
            icon=f":material/{mark}:",
            key=f"say-{verdict}-{lead_id}",
            on_click=_say,
            args=(lead_id, verdict),
        )


def _say(lead_id: UUID, verdict: str) -> None:
    act(advice.give_feedback, lead_id=lead_id, verdict=verdict, said=SAYING[verdict][2])


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
