"""Where companies look, hold and buy, beside what is on sale there, and the words that found nothing (SPEC 9.1, 12.1)."""

from collections.abc import Sequence

import streamlit as st

from core import marketplace, niches
from core.marketplace import Demand, DemandPlace
from dashboard.components import charts, page, periods, tables
from dashboard.components.regions import regions
from dashboard.components.tiles import Tile, tiles
from dashboard.current import read
from dashboard.live import fragment

SPANS = {"7": "7 days", "30": "30 days", "90": "90 days"}


@fragment
def demand() -> None:
    """Totals, the map with its table, the words."""
    period, niche_id = _filters()
    found: Demand = read(marketplace.demand, since=period.since, until=period.until, niche_id=niche_id)
    tiles(
        [
            Tile("Searches", f"{found.searches:,}", beside=f"{found.without:,} found nothing"),
            Tile("Leads looked at", f"{found.views:,}"),
            Tile("Holds", f"{found.holds:,}"),
            Tile("Purchases", f"{found.purchases:,}"),
            Tile("Companies looking", f"{found.companies:,}"),
        ]
    )
    _map(found.places, period.words)
    _words(found, period.words)


def _filters() -> tuple[periods.Period, object]:
    named = {niche.slug: niche for niche in read(niches.list_niches)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        span = st.segmented_control(
            "Over",
            list(SPANS),
            default="30",
            format_func=SPANS.__getitem__,
            key="demand-span",
            bind="query-params",
            required=True,
        )
        slug = st.selectbox(
            "Niche", list(named), index=None, placeholder="All niches", format_func=lambda key: named[key].name, width=240,
            key="demand-niche", bind="query-params",
        )  # fmt: skip
    return periods.named(span or "30"), named[slug].id if slug else None


def _map(places: Sequence[DemandPlace], words: str) -> None:
    asked = [place for place in places if place.views or place.holds or place.purchases]
    rows = [
        {"zip": place.zip, "city": place.city, "market": place.market, "views": place.views, "holds": place.holds,
         "purchases": place.purchases, "companies": place.companies, "listings": place.listings}
        for place in asked
    ]  # fmt: skip
    columns = {
        "zip": tables.text("ZIP"), "city": tables.text("City"), "market": tables.text("Market"), "views": tables.number("Views"),
        "holds": tables.number("Holds"), "purchases": tables.number("Purchases"), "companies": tables.number("Companies"),
        "listings": tables.number("On sale now"),
    }  # fmt: skip
    charts.with_table("Where do companies look, and is there enough?", words, rows, columns, name="demand")
    if not asked:
        page.empty(
            "Nobody has looked yet", "Views, holds and purchases on the marketplace draw this map by themselves.", icon="map"
        )
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        mapped = _market(places, asked)
        shapes = read(marketplace.demand_shapes, places=mapped)
        seen = "{zip} {city}\n{views} views, {holds} holds, {purchases} purchases\n{listings} on sale now"
        regions(shapes, of="wanted", words=seen, key=f"demand-{mapped[0].market_id}")
        st.caption("A purchase weighs ten views, a hold three.")
    with right:
        st.markdown("**Where is more wanted than there is?**")
        short = sorted(asked, key=lambda place: (place.listings, -place.purchases, -place.holds, -place.views))[:12]
        told = [{"zip": p.zip, "city": p.city, "holds": p.holds, "purchases": p.purchases, "listings": p.listings} for p in short]
        some = ("zip", "city", "holds", "purchases", "listings")
        tables.table(told, {name: columns[name] for name in some}, key="short-supply")


def _market(places: Sequence[DemandPlace], asked: Sequence[DemandPlace]) -> tuple[DemandPlace, ...]:
    """The ZIPs of the market to draw: one at a time, since they lie far apart."""
    names = list(dict.fromkeys(place.market for place in asked))
    name = st.selectbox("Map of", names, key="demand-of", bind="query-params", width=240) if len(names) > 1 else names[0]
    return tuple(place for place in places if place.market == (name or names[0]))


def _words(found: Demand, words: str) -> None:
    rows = [
        {
            "words": each.words,
            "searches": each.searches,
            "companies": each.companies,
            "without": each.without,
            "latest": each.latest,
        }
        for each in found.words
    ]
    columns = {
        "words": tables.text("Words", width="large"), "searches": tables.number("Searches"),
        "companies": tables.number("Companies"), "without": tables.number("Found nothing"), "latest": tables.time("Last"),
    }  # fmt: skip
    page.section("What was looked for and not found?", f"Words that companies searched for, {words}.")
    if rows:
        tables.table(rows, columns, key="demand-words")
    else:
        st.caption("Nobody has searched for words in this time.")
