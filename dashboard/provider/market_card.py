"""One listing as a card: what is asked, where, how good, what it costs and why, and whether it can still be had (SPEC 9.1)."""

from html import escape
from uuid import UUID

import streamlit as st

from core import marketplace, pricing
from core.kit.clock import utc_now
from core.kit.errors import HotleadsError
from core.kit.lengths import MILE_M
from core.marketplace import END, MARK, ListingCard
from dashboard import navigation
from dashboard.components import clocks, figures, pills
from dashboard.components.receipt import receipt
from dashboard.current import act, glance
from dashboard.provider import market_chosen
from dashboard.theme import Tone

FEW = 4  # facts on a card of the list
OPENINGS = "market-openings"  # how often somebody looked closer


def card(shown: ListingCard, *, provider_id: UUID, chosen: bool = False) -> None:
    """Draw one; ``chosen`` is the one that is open, whose button carries the accent."""
    with st.container(border=True, key=f"listing-{shown.lead_id}", gap="small"):
        st.html(face(shown, whole=chosen))
        with st.container(horizontal=True, vertical_alignment="center"):
            hold_button(shown, chosen=chosen)
            if not chosen:
                why(shown, provider_id)
                st.button(
                    "Look closer", type="tertiary", key=f"open-{shown.lead_id}", on_click=open_listing, args=(shown.lead_id,)
                )
            compare_button(shown.lead_id)


def face(shown: ListingCard, *, whole: bool) -> str:
    """What is asked, where, for how much, and how it stands, in one piece: a page of these is drawn at each press."""
    head = f"<strong>{escape(shown.niche)}</strong><span>{escape(_where(shown))}</span>"
    price = f"<strong>{figures.money(shown.price_cents)}</strong>"
    stands = f"{pills.badges(tags(shown))}{_details(shown, whole)}"
    return f'<div class="hl-listing"><header><div>{head}</div>{price}</header>{stands}</div>'


def _details(shown: ListingCard, whole: bool) -> str:
    """The facts by their labels, the first few of them in a list, and after a search for words where they stand."""
    some = shown.facts if whole else shown.facts[:FEW]
    facts = "".join(f"<span>{escape(label)} <b>{escape(figures.answer(value, label))}</b></span>" for label, value in some)
    if len(some) < len(shown.facts):
        facts += f"<span>and {len(shown.facts) - len(some)} more</span>"
    found = f"<p>{emphasised(shown.excerpt)}</p>" if shown.excerpt else ""
    return f"{f'<div>{facts}</div>' if facts else ''}{found}"


def emphasised(excerpt: str) -> str:
    """The excerpt as HTML: everything escaped, then the found words made strong."""
    return escape(excerpt).replace(MARK, "<mark>").replace(END, "</mark>")


def tags(shown: ListingCard) -> list[pills.Badge]:
    """Quality, age, places left, time left of early access: each a word with an icon."""
    quality = "Quality unknown" if shown.quality is None else f"Quality {shown.quality:.0f}"
    found = [
        pills.Badge(quality, "star", "live" if (shown.quality or 0) >= 70 else "neutral"),
        pills.Badge(f"Asked {figures.ago(shown.submitted_at)}", "schedule"),
        pills.Badge(places(shown), "group", "waiting" if shown.free_slots == 1 else "neutral"),
    ]
    if shown.early_until:
        left = figures.duration((shown.early_until - utc_now()).total_seconds())
        found.append(pills.Badge(f"Early access for {left} more", "bolt", "sea"))
    return found


def places(shown: ListingCard) -> str:
    """``2 of 5 places left``."""
    return f"{shown.free_slots} of {figures.count(shown.slots_total, 'place')} left"


def tone(shown: ListingCard, chosen: UUID | None = None) -> Tone:
    """The colour of its point on the map."""
    if shown.lead_id == chosen:
        return "accent"
    if shown.held_until:
        return "waiting"
    return "live" if shown.bought else "sea"


def hold_button(shown: ListingCard, *, chosen: bool) -> None:
    """The button, or why there is none: it is yours, it waits in your cart, it is gone."""
    if shown.bought:
        st.markdown(pills.tag("You bought it", icon="check_circle", tone="live"), width="content")
        st.page_link(navigation.target("inbox"), label="Open your inbox", icon=":material/inbox:")
    elif shown.held_until:
        st.html(
            f'<span class="hl-held">In your cart {clocks.clock(shown.held_until, zone=shown.timezone)}</span>', width="content"
        )
        st.page_link(navigation.target("cart"), label="Open the cart", icon=":material/shopping_cart:")
    elif not shown.free_slots:
        st.markdown(pills.tag("Taken", icon="block", tone="neutral"), width="content")
    else:
        st.button(
            f"Hold for {figures.money(shown.price_cents)}",
            type="primary" if chosen else "secondary",
            icon=":material/shopping_cart:",
            key=f"hold-{shown.lead_id}",
            on_click=_hold,
            args=(shown.lead_id,),
        )


def compare_button(lead_id: UUID) -> None:
    """Puts a listing beside others, or takes it away from there."""
    among = market_chosen.chosen()
    words = "Compared" if lead_id in among else "Compare"
    icon = ":material/check:" if lead_id in among else ":material/compare_arrows:"
    st.button(words, type="tertiary", icon=icon, key=f"compare-{lead_id}", on_click=market_chosen.toggle, args=(lead_id,))


def why(shown: ListingCard, provider_id: UUID) -> None:
    """The receipt, asked for only when somebody opens it."""
    panel = st.popover("Why this price", type="tertiary", key=f"why-{shown.lead_id}", on_change="rerun")
    if not panel.open:
        return
    with panel:
        quote = glance(pricing.quote, lead_id=shown.lead_id, provider_id=provider_id)
        if isinstance(quote, HotleadsError):
            st.write(quote.message)
        else:
            quoted(quote)


def quoted(quote: pricing.Quote) -> None:
    """A quote's lines and bounds."""
    lines = [(line.label, line.cents) for line in quote.lines]
    receipt(lines, total_cents=quote.price_cents, floor_cents=quote.floor_cents, ceiling_cents=quote.ceiling_cents)
    if quote.arm:
        by = "the price model" if quote.arm == "model" else "the written rule"
        st.caption(f"Part of a trial of prices: {by} priced this lead, the same for every company.")


def open_listing(lead_id: UUID) -> None:
    """Put a listing into the address."""
    st.query_params["lead"] = str(lead_id)
    st.session_state[OPENINGS] = st.session_state.get(OPENINGS, 0) + 1


def _hold(lead_id: UUID) -> None:
    act(marketplace.hold, lead_id=lead_id, said="Held for you. Buy it in your cart before the clock runs out.")


def _where(shown: ListingCard) -> str:
    far = f" · {shown.metres / MILE_M:.1f} miles away" if shown.metres is not None else ""
    return f"{shown.market}, {shown.zip}{far}"
