"""Guard rails of prices: the settings that bound them, and how hard they press on each niche (SPEC 10.1)."""

import streamlit as st

from core import accounts, marketplace, ops
from dashboard.admin import setting_row
from dashboard.components import figures, page, tables
from dashboard.components.tiles import Tile, tiles
from dashboard.current import read
from dashboard.live import fragment


@fragment
def rails(*, may_edit: bool) -> None:
    """How many listings stand at a bound, by niche, and the bounds themselves."""
    found = read(marketplace.niche_prices)
    listings = sum(each.listings for each in found)
    at_floor, at_ceiling = sum(each.at_floor for each in found), sum(each.at_ceiling for each in found)
    oldest = min((each.oldest_priced_at for each in found), default=None)
    tiles(
        [
            Tile("On sale with a price", f"{listings:,}"),
            Tile("At their floor", f"{at_floor:,}", beside=_share(at_floor, listings)),
            Tile("At their ceiling", f"{at_ceiling:,}", beside=_share(at_ceiling, listings)),
            Tile("Priced longest ago", figures.ago(oldest), help="Each is priced anew every four hours"),
        ]
    )
    page.section("What do listings cost, and what holds them?")
    if not found:
        page.empty("Nothing is on sale", "Prices by niche appear here with the first listing.", icon="sell")
    else:
        tables.table(
            [
                {"niche": each.niche, "listings": each.listings, "lowest": tables.dollars(each.lowest_cents),
                 "median": tables.dollars(each.median_cents), "highest": tables.dollars(each.highest_cents),
                 "floor": each.at_floor, "ceiling": each.at_ceiling}
                for each in found
            ],
            {"niche": tables.text("Niche"), "listings": tables.number("On sale"), "lowest": tables.money("Lowest"),
             "median": tables.money("Middle"), "highest": tables.money("Highest"), "floor": tables.number("At floor"),
             "ceiling": tables.number("At ceiling")},
            key="desk-rails",
        )  # fmt: skip
    page.section("The bounds", "In its first day a listing also never costs less than the lowest price distribution got for it.")
    views = [view for view in read(ops.thresholds) if view.chapter == "prices"]
    people = read(accounts.names_of, user_ids=[view.updated_by for view in views if view.updated_by])
    with st.container(key="bounds", gap="small"):
        for view in views:
            setting_row.row(view, by=people.get(view.updated_by) if view.updated_by else None, may_edit=may_edit)
    st.caption("A changed bound holds from the next pricing on; prices that are locked in carts stay.")


def _share(part: int, whole: int) -> str:
    return f"{figures.percent(part / whole)} of them" if whole else "None on sale"
