"""What is looked for on the marketplace: every filter in the address, turned into one search (SPEC 9.1)."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from core import markets, niches
from core.kit.errors import HotleadsError
from core.kit.lengths import MILE_M
from core.kit.money import parse_usd
from core.marketplace import SearchInvalid, SearchQuery, Sort
from dashboard import wording
from dashboard.components import pager
from dashboard.current import look
from dashboard.provider import market_shape

SHOWN = 12
PLACE = "from"  # where in the list the address is
SORT_WORDS: dict[Sort, str] = {
    "newest": "Newest",
    "recommended": "Recommended",
    "price": "Lowest price",
    "quality": "Best quality",
    "distance": "Nearest",
}
AGES = {"24": "One day", "72": "Three days", "168": "One week", "720": "One month"}
KEYS = ("niche", "market", "q", "zip", "miles", "low", "high", "quality", "age", "places", "sort")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search and the names of what can be chosen; ``query`` is ``None`` when an entry makes no sense."""

    query: SearchQuery | None
    niches: dict[str, niches.NicheView]
    markets: dict[str, markets.MarketView]

    @property
    def narrowed(self) -> bool:
        """True when something restricts what is found."""
        return bool(self.query and set(self.query.document()) - {"sort", "lon", "lat"})


def filters() -> Wanted:
    """Draw the form and say what it asks for; a refusal stands right below it, in words."""
    named_niches = {niche.slug: niche for niche in look(niches.list_niches)}
    named_markets = {market.slug: market for market in look(markets.all_markets, open_only=True)}
    with st.container(horizontal=True, vertical_alignment="bottom", key="market-filters"):
        niche = _one_of("Niche", {slug: view.name for slug, view in named_niches.items()}, key="niche")
        market = _one_of("Market", {slug: view.name for slug, view in named_markets.items()}, key="market")
        text = _text("Words", key="q", placeholder="Tile roof, hail", width=220)
        sort = _one_of("Sort", dict(SORT_WORDS), key="sort", placeholder="Newest")
        with st.popover("More filters", icon=":material/tune:"):
            more = _more()
    arguments: dict[str, Any] = {"text": text or None, "sort": sort or "newest", "limit": SHOWN} | {
        "niche_ids": (named_niches[niche].id,) if niche else (),
        "market_ids": (named_markets[market].id,) if market else (),
    }
    try:
        query = SearchQuery(**arguments, **_asked(more, named_markets[market] if market else None, sort == "distance"))
    except HotleadsError as error:
        wording.show(error)
        query = None
    return Wanted(query, named_niches, named_markets)


def clear() -> None:
    """Take every filter away."""
    for key in KEYS:
        st.session_state[key] = "" if key in ("q", "zip", "low", "high") else None
    for name in (market_shape.PARAM, "saved"):
        st.query_params.pop(name, None)
    pager.first_page(PLACE)


def _more() -> dict[str, Any]:
    left, right = st.columns(2)
    with left:
        zip_code = _text("Around ZIP", key="zip", placeholder="89109")
        low = _text("Price from", key="low", placeholder="$10")
        quality = _one_of("Quality at least", {"40": "40", "60": "60", "80": "80"}, key="quality")
        places = _one_of("Free places at least", {"2": "2", "3": "3", "5": "5"}, key="places")
    with right:
        miles = _one_of("Within", {"5": "5 miles", "10": "10 miles", "25": "25 miles", "50": "50 miles"}, key="miles")
        high = _text("Price to", key="high", placeholder="$60")
        age = _one_of("Asked within", AGES, key="age")
    st.button("Clear all filters", type="tertiary", icon=":material/filter_alt_off:", key="clear-filters", on_click=clear)
    return {"zip": zip_code, "miles": miles, "low": low, "high": high, "quality": quality, "age": age, "places": places}


def _asked(more: dict[str, Any], market: markets.MarketView | None, needs_point: bool) -> dict[str, Any]:
    """The entries as a search says them; raises the refusal of the one that can't be read."""
    found: dict[str, Any] = {
        "price_min_cents": _price("Price from", more["low"]),
        "price_max_cents": _price("Price to", more["high"]),
        "quality_min": float(more["quality"]) if more["quality"] else None,
        "max_age_hours": float(more["age"]) if more["age"] else None,
        "free_slots_min": int(more["places"]) if more["places"] else None,
    }
    drawn = _drawn()
    if "radius_m" in drawn:
        return found | drawn
    if more["zip"] or more["miles"] or (needs_point and not drawn):
        found |= _around(more["zip"], more["miles"], market)
    elif needs_point:
        found |= market_shape.middle_of(st.query_params[market_shape.PARAM])
    return found | drawn


def _price(label: str, entered: str) -> int | None:
    """An amount in cents; a refusal names the field, which stands behind "More filters"."""
    try:
        return parse_usd(entered) if entered else None
    except HotleadsError as error:
        raise SearchInvalid(label, f'"{label}" is no price. {error.message}') from error


def _drawn() -> dict[str, Any]:
    """What the shape in the address asks for: a drawn circle stands in the place of "around ZIP"."""
    address = st.query_params.get(market_shape.PARAM)
    return market_shape.asked_by(address) if address else {}


def _around(zip_code: str, miles: str | None, market: markets.MarketView | None) -> dict[str, Any]:
    """The middle of the search: the ZIP's, else the market's."""
    centre: markets.ZipPlace | markets.MarketView | None = market
    if zip_code:
        centre = look(markets.place_of_zip, zip=zip_code)
        if centre is None:
            raise SearchInvalid("Around ZIP", "This ZIP is in none of our markets. Enter one of a market that is open.")
    if centre is None:
        raise SearchInvalid("Around ZIP", "Enter a ZIP or choose a market to search around.")
    # A ZIP alone means its neighbourhood; nobody types one to look at the whole country.
    reach = float(miles) if miles else (10.0 if zip_code else None)
    return {"lon": centre.lon, "lat": centre.lat, "radius_m": reach * MILE_M if reach else None}


def _text(label: str, *, key: str, placeholder: str, **more: Any) -> str:
    entered = st.text_input(label, key=key, placeholder=placeholder, bind="query-params", on_change=_anew, **more)
    return (entered or "").strip()


def _one_of(label: str, names: dict[Any, str], *, key: str, placeholder: str = "All") -> Any:
    return st.selectbox(
        label,
        list(names),
        index=None,
        placeholder=placeholder,
        format_func=names.__getitem__,
        key=key,
        bind="query-params",
        on_change=_anew,
        width=190 if key in ("niche", "market", "sort") else "stretch",
    )


def _anew() -> None:
    pager.first_page(PLACE)
