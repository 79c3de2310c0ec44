"""Where leads are sold: markets with their boundary, their ZIPs, and the lookups from a ZIP or a point to a market.
Markets are data: the four launch ones are seeded, more come from counties, ZIPs or an uploaded outline (SPEC 0).
Boundaries are drawn from ZIP centroids; two markets never share land or a ZIP."""

from core.markets.add import add_from_counties, add_from_geojson, add_from_zips
from core.markets.doors import close_market, open_market
from core.markets.errors import MarketInvalid, MarketNotFound, MarketTaken, MarketUnchanged
from core.markets.given import add_market
from core.markets.launch import seed_launch_markets
from core.markets.models import Market, MarketZip
from core.markets.queries import (
    CountyView,
    MarketView,
    ZipPlace,
    all_markets,
    area_of_county,
    area_of_zips,
    counties_of,
    get_market,
    market_at,
    outline,
    outlines,
    place_of_zip,
    places_of_zips,
    zip_at,
    zips_of,
)

__all__ = [
    "CountyView",
    "Market",
    "MarketInvalid",
    "MarketNotFound",
    "MarketTaken",
    "MarketUnchanged",
    "MarketView",
    "MarketZip",
    "ZipPlace",
    "add_from_counties",
    "add_from_geojson",
    "add_from_zips",
    "add_market",
    "all_markets",
    "area_of_county",
    "area_of_zips",
    "close_market",
    "counties_of",
    "get_market",
    "market_at",
    "open_market",
    "outline",
    "outlines",
    "place_of_zip",
    "places_of_zips",
    "seed_launch_markets",
    "zip_at",
    "zips_of",
]
