"""Cart: what is held, for how long, what it costs together, and one button that buys all of it (SPEC 9.2, 9.3)."""

from uuid import NAMESPACE_OID, UUID, uuid5

import streamlit as st

from core import marketplace
from core.kit.errors import HotleadsError
from core.marketplace import Cart, CartItem, CheckoutRefused
from dashboard import navigation, wording
from dashboard.components import clocks, figures, page, pills
from dashboard.components.receipt import receipt
from dashboard.components.tiles import Tile, tiles
from dashboard.current import CurrentUser, act, attempt, read
from dashboard.live import fragment, say
from dashboard.provider import market_live
from dashboard.provider.ceilings import ceilings_form
from dashboard.provider.not_yet import not_yet

REFUSED, BOUGHT = "cart-refused", "cart-bought"


def show(user: CurrentUser) -> None:
    """Holds with their clocks, the sum against balance and ceilings, one checkout."""
    page.header("Cart", "Leads held for you at a locked price. Buy them before their clocks run out.")
    if not_yet(user, "Leads that you hold wait here"):
        return
    topics = (market_live.cart_topic(user.actor.require_provider()),)
    market_live.drawn("cart", topics)
    _desk()
    clocks.run()
    market_live.watch("cart", topics)


@fragment
def _desk() -> None:
    held = read(marketplace.cart)
    market_live.until("cart", min((item.hold.expires_at for item in held.items), default=None))
    _bought()
    if not held.items:
        page.empty(
            "Your cart is empty", "Hold a lead on the marketplace: it waits here for you, at its price.",
            icon="shopping_cart", action=_to_market,
        )  # fmt: skip
    else:
        left, right = st.columns([3, 2], gap="large")
        refused: HotleadsError | None = st.session_state.get(REFUSED)
        with left:
            for item in held.items:
                _item(item, refused, minutes=held.hold_minutes)
        with right:
            _sum(held, refused)
    ceilings_form(held.ceilings)


def _item(item: CartItem, refused: HotleadsError | None, *, minutes: int) -> None:
    """One hold: its clock, its price with the receipt, extend once, release."""
    hold = item.hold
    with st.container(border=True, key=f"held-{hold.lead_id}", gap="small"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
            quality = "" if item.quality is None else f" · quality {item.quality:.0f}"
            where = f"{item.market}, {item.zip}{quality} · asked {figures.ago(item.submitted_at)}"
            st.markdown(f"**{item.niche}**  \n:gray[{where}]", width="stretch")
            st.html(f'<span class="hl-held">{clocks.clock(hold.expires_at, zone=item.timezone)}</span>', width="content")
        st.markdown(f"**{figures.money(hold.price_cents)}** :gray[locked until the clock runs out]")
        why = refused.fields.get(str(hold.lead_id)) if refused else None
        if why:
            st.warning(why, icon=":material/info:")
        with st.container(horizontal=True, vertical_alignment="center"):
            more = figures.duration(60 * minutes)
            told = {"key": f"extend-{hold.lead_id}", "on_click": _extend, "args": (hold.lead_id, more), "disabled": hold.extended}
            once = "A hold is extended once." if hold.extended else "Once, counted from where its clock ends. The price stays."
            st.button("Extended" if hold.extended else f"Extend by {more}", icon=":material/more_time:", help=once, **told)
            st.button("Release", icon=":material/undo:", key=f"release-{hold.lead_id}", on_click=_release, args=(hold.lead_id,))
            with st.popover("Why this price", type="tertiary"):
                quote = hold.quote
                lines = [(line["label"], line["cents"]) for line in quote["lines"]]
                bounds = {"floor_cents": quote["floor_cents"], "ceiling_cents": quote["ceiling_cents"]}
                receipt(lines, total_cents=hold.price_cents, **bounds)
            st.page_link(navigation.target("marketplace"), label="Look again", query_params={"lead": str(hold.lead_id)})


def _sum(held: Cart, refused: HotleadsError | None) -> None:
    """The total against what can pay for it, and the button."""
    after = held.balance_cents - held.total_cents
    tiles(
        [
            Tile("Together", figures.money(held.total_cents), beside=f"{len(held.items)} of {held.size} held"),
            Tile("Balance", figures.money(held.balance_cents), beside=f"{figures.money(max(after, 0))} after"),
        ]
    )
    _room(held)
    if after < 0:
        st.warning(f"Your wallet lacks {figures.money(-after)}. Add money or release a lead.", icon=":material/info:")
        st.page_link(navigation.target("wallet"), label="Add money", icon=":material/add_card:")
    if refused:
        st.warning(wording.sentence(refused), icon=":material/info:")
    count = figures.count(len(held.items), "lead")
    st.button(
        f"Buy {count} for {figures.money(held.total_cents)}",
        type="primary",
        icon=":material/check:",
        key="buy",
        width="stretch",
        disabled=after < 0,
        on_click=_buy,
        args=(press_of(held), held.lead_ids),
    )
    st.caption("All of it or nothing: if one can't be bought any more, nothing is charged.")


def _room(held: Cart) -> None:
    """What the company's own ceilings leave."""
    limits = held.ceilings
    for period, most, spent in (
        ("today", limits.day_cents, limits.spent_day_cents), ("this month", limits.month_cents, limits.spent_month_cents),
    ):  # fmt: skip
        if most is not None:
            st.caption(f"{figures.money(max(most - spent, 0))} left {period} under your ceiling of {figures.money(most)}.")


def press_of(held: Cart) -> str:
    """One key per content of the cart: pressing twice, here or on another device, buys once (SPEC 9.3)."""
    content = sorted(f"{item.hold.lead_id}@{item.hold.held_at.isoformat()}" for item in held.items)
    return f"cart:{uuid5(NAMESPACE_OID, ' '.join(content))}"


def _buy(press: str, lead_ids: tuple[UUID, ...]) -> None:
    st.session_state.pop(REFUSED, None)
    done = attempt(marketplace.checkout, idempotency_key=press, lead_ids=lead_ids)
    if isinstance(done, HotleadsError):
        st.session_state[REFUSED] = done
        gone = " ".join(dict.fromkeys(done.fields.values())) if isinstance(done, CheckoutRefused) else ""
        say(f"{wording.sentence(done)} {gone}".strip(), bad=True)
        return
    st.session_state[BOUGHT] = done
    say(f"{figures.count(len(done.assignment_ids), 'lead')} bought.")


def _bought() -> None:
    """What the last press bought, with the way to whom to call."""
    done: marketplace.Checkout | None = st.session_state.get(BOUGHT)
    if done is None:
        return
    with st.container(border=True, key="cart-bought"):
        state = pills.pill("done", "Bought")
        many = len(done.assignment_ids) > 1
        st.markdown(f"{state} **{figures.count(len(done.assignment_ids), 'lead')} for {figures.money(done.total_cents)}**")
        st.caption(f"{'Their' if many else 'Its'} contact details are in your inbox. Call soon: the first to call mostly wins.")
        with st.container(horizontal=True, vertical_alignment="center"):
            first = {"lead": str(done.assignment_ids[0])}
            st.page_link(navigation.target("inbox"), label="Call the first", icon=":material/call:", query_params=first)
            st.page_link(navigation.target("wallet"), label="See it in your wallet", icon=":material/account_balance_wallet:")
            st.button("Done", type="tertiary", key="bought-done", on_click=_forget)


def _forget() -> None:
    st.session_state.pop(BOUGHT, None)


def _to_market() -> None:
    st.page_link(navigation.target("marketplace"), label="Open the marketplace", icon=":material/storefront:")


def _extend(lead_id: UUID, more: str) -> None:
    act(marketplace.extend_hold, lead_id=lead_id, said=f"Extended by {more}. The price stays locked.")


def _release(lead_id: UUID) -> None:
    st.session_state.pop(REFUSED, None)
    act(marketplace.release_hold, lead_id=lead_id, said="Released. Somebody else can hold it now.")
