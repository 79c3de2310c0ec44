"""Up to four listings side by side: what differs is read in one line (SPEC 9.1)."""

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from core import marketplace
from core.kit.lengths import distance
from core.marketplace import ListingCard
from dashboard.components import clocks, figures, page
from dashboard.current import look
from dashboard.provider.market_card import hold_button, open_listing, places
from dashboard.provider.market_chosen import MOST, chosen, toggle

LINES: dict[str, Callable[[ListingCard], str]] = {
    "Price": lambda each: figures.money(each.price_cents),
    "Quality": lambda each: "Unknown" if each.quality is None else f"{each.quality:.0f} of 100",
    "Where": lambda each: f"{each.market}, {each.zip}",
    "Asked": lambda each: figures.ago(each.submitted_at),
    "Places": places,
    "On sale until": lambda each: figures.exact(each.closes_at, each.timezone),
    "Placed within": lambda each: distance(each.accuracy_m),
}


def side_by_side() -> None:
    """The comparison of the address, or how to begin one."""
    among = chosen()
    found = look(marketplace.compare, lead_ids=among) if among else []
    if not found:
        gone = "They are no longer on sale. " if among else ""
        page.empty("Nothing to compare yet", f"{gone}Press Compare on up to {MOST} leads of the list.", icon="compare_arrows")
        return
    if len(found) < len(among):
        st.info(f"{figures.count(len(among) - len(found), 'lead')} of them left the market meanwhile.", icon=":material/info:")
    st.html(f'<div class="hl-wide"><table class="hl-compare">{_head(found)}{_body(found)}</table></div>')
    for column, each in zip(st.columns(len(found)), found, strict=True):
        with column.container(key=f"listing-{each.lead_id}", gap="small"):
            st.caption(f"{each.niche}, {figures.money(each.price_cents)}")
            hold_button(each, chosen=False)
            st.button("Look closer", type="tertiary", key=f"closer-{each.lead_id}", on_click=open_listing, args=(each.lead_id,))
            st.button("Take out", type="tertiary", key=f"out-{each.lead_id}", on_click=toggle, args=(each.lead_id,))


def _head(found: Sequence[ListingCard]) -> str:
    cells = "".join(f'<th scope="col">{escape(each.niche)}{_clock(each)}</th>' for each in found)
    return f"<thead><tr><td></td>{cells}</tr></thead>"


def _clock(each: ListingCard) -> str:
    return f"<br>In your cart {clocks.clock(each.held_until, zone=each.timezone)}" if each.held_until else ""


def _body(found: Sequence[ListingCard]) -> str:
    """Lines of every listing, then each answer that at least one of them has; the cheapest and the best stand out."""
    lines = [_line(name, [say_it(each) for each in found], _best(name, found)) for name, say_it in LINES.items()]
    answers = [dict(each.facts) for each in found]
    for name in dict.fromkeys(label for facts in answers for label in facts):
        lines.append(_line(name, [figures.answer(facts.get(name, figures.DASH), name) for facts in answers], set()))
    return f"<tbody>{''.join(lines)}</tbody>"


def _best(name: str, found: Sequence[ListingCard]) -> set[int]:
    if name == "Price":
        least = min(each.price_cents for each in found)
        best = {at for at, each in enumerate(found) if each.price_cents == least}
    elif name == "Quality" and any(each.quality is not None for each in found):
        most = max(each.quality or 0 for each in found)
        best = {at for at, each in enumerate(found) if each.quality == most}
    else:
        return set()
    return best if len(best) < len(found) else set()


def _line(name: str, values: Sequence[str], best: set[int]) -> str:
    cells = "".join(f"<td{' class=hl-best' if at in best else ''}>{escape(value)}</td>" for at, value in enumerate(values))
    return f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'
