"""Addresses that get no more mail, and why; one may be written to again on its owner's word (SPEC 11.3)."""

import streamlit as st

from core import messaging
from dashboard import navigation
from dashboard.components import figures, page
from dashboard.components.confirm import confirm_button
from dashboard.components.tiles import Tile, tiles
from dashboard.current import act, read
from dashboard.live import fragment

PAGE = 25
WHY = {
    "hard bounce": "The address does not exist or refuses us for good.",
    "soft bounces": "It turned mail away too often in a short time.",
    "complaint": "Its owner called our mail spam.",
}


@fragment
def suppressed() -> None:
    """What the sending services told lately, a look-up, and the list."""
    _told()
    asked = st.text_input(
        "Address", placeholder="pat@example.com", key="spared-address", width=360, help="Not kept in the address bar."
    )
    after = st.session_state.get("spared-after")
    found = read(messaging.list_suppressed, address=asked or None, after=None if asked else after, limit=PAGE)
    if not found:
        _nothing(asked or "", paged=after is not None)
        return
    for view in found:
        _line(view)
    _more(found, paged=after is not None)


def _told() -> None:
    told = read(messaging.event_tally)
    if not told:
        return
    count = {
        outcome: sum(t.events for t in told if t.outcome == outcome) for outcome in ("taken", "repeated", "unknown", "unreadable")
    }
    st.caption("What the sending services told of our mail in the last 30 days")
    tiles(
        [
            Tile("Events taken in", f"{count['taken']:,}", "Deliveries, openings, bounces, complaints: written at each letter"),
            Tile("Told again", f"{count['repeated']:,}", "Services repeat themselves; each event counts once"),
            Tile("Of unknown mail", f"{count['unknown']:,}", "Many of them: the service also tells of mail that is not ours"),
            Tile("Not understood", f"{count['unreadable']:,}", "Kinds of events that mean nothing here"),
        ]
    )


def _nothing(asked: str, *, paged: bool) -> None:
    if asked:
        page.empty("Not on the list", "Mail to this address is sent.", icon="mark_email_read")
    else:
        page.empty(
            "No address is suppressed", "One appears after a hard bounce, a complaint or repeated soft bounces.", icon="mail"
        )
    if paged:
        st.button("Back to the newest", on_click=_page, args=(None,))


def _line(view: messaging.SuppressionView) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        why = WHY.get(view.reason, view.reason).rstrip(".")
        st.markdown(
            f"**{view.address or 'An address we no longer know'}**  \n:gray[{why} · {figures.ago(view.at)}]", width="stretch"
        )
        if view.message_id:
            letter = {"mail": str(view.message_id)}
            st.page_link(navigation.target("messages"), label="The letter", icon=":material/drafts:", query_params=letter)
        confirm_button(
            "Write again",
            will="Do this only when its owner asked for mail. Your sending service may keep a list of its own.",
            verb="Take it off the list",
            key=view.address_key[:16],
            on_confirm=_lift,
            args=(view.address_key,),
        )


def _more(found: list[messaging.SuppressionView], *, paged: bool) -> None:
    with st.container(horizontal=True, horizontal_alignment="center"):
        if paged:
            st.button("Newest", icon=":material/chevron_left:", on_click=_page, args=(None,))
        if len(found) == PAGE:
            last = found[-1].address_key
            st.button("Older", icon=":material/chevron_right:", icon_position="right", on_click=_page, args=(last,))


def _page(after: str | None) -> None:
    st.session_state["spared-after"] = after


def _lift(key: str) -> None:
    act(messaging.lift_suppression, key=key, said="Mail to this address is sent again.")
