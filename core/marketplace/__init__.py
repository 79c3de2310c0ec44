"""Leads picked by hand: carts of timed holds at locked prices, checkout, a company's own ceilings (SPEC 9).
A hold takes a slot under the same lock and the same constraints as a sale, so push and pull can't sell one slot twice."""

from core.marketplace.alerts import run_alerts
from core.marketplace.cart import Cart, CartItem, cart
from core.marketplace.ceilings import Ceilings, ceilings_of, set_ceilings
from core.marketplace.checkout import Checkout, checkout
from core.marketplace.errors import (
    BalanceTooLow,
    BoughtAlready,
    CartEmpty,
    CartFull,
    CeilingInvalid,
    CeilingReached,
    CheckoutRefused,
    EarlyAccess,
    ExtendedAlready,
    HeldAlready,
    HoldGone,
    Lapsed,
    NotOnSale,
    SlotTaken,
)
from core.marketplace.facets import Cell, Facets, cells, facets
from core.marketplace.holds import Hold, extend_hold, hold, release_hold, sweep_holds
from core.marketplace.listing import ListingDetail, compare, listing, recently_viewed
from core.marketplace.publish import fold_cells, publish, publish_missing
from core.marketplace.query import SORTS, SearchInvalid, SearchQuery, Sort
from core.marketplace.saved import (
    SavedSearch,
    SavedSearchInvalid,
    SavedSearchNameTaken,
    SavedSearchNotFound,
    TooManySaved,
    delete_saved_search,
    save_search,
    saved_searches,
)
from core.marketplace.search import END, MARK, ListingCard, SearchPage, search
from core.marketplace.spots import MOST_SPOTS, Box, Spot, Spots, spots

__all__ = [
    "END",
    "MARK",
    "MOST_SPOTS",
    "SORTS",
    "BalanceTooLow",
    "BoughtAlready",
    "Box",
    "Cart",
    "CartEmpty",
    "CartFull",
    "CartItem",
    "CeilingInvalid",
    "CeilingReached",
    "Ceilings",
    "Cell",
    "Checkout",
    "CheckoutRefused",
    "EarlyAccess",
    "ExtendedAlready",
    "Facets",
    "HeldAlready",
    "Hold",
    "HoldGone",
    "Lapsed",
    "ListingCard",
    "ListingDetail",
    "NotOnSale",
    "SavedSearch",
    "SavedSearchInvalid",
    "SavedSearchNameTaken",
    "SavedSearchNotFound",
    "SearchInvalid",
    "SearchPage",
    "SearchQuery",
    "SlotTaken",
    "Sort",
    "Spot",
    "Spots",
    "TooManySaved",
    "cart",
    "ceilings_of",
    "cells",
    "checkout",
    "compare",
    "delete_saved_search",
    "extend_hold",
    "facets",
    "fold_cells",
    "hold",
    "listing",
    "publish",
    "publish_missing",
    "recently_viewed",
    "release_hold",
    "run_alerts",
    "save_search",
    "saved_searches",
    "search",
    "set_ceilings",
    "spots",
    "sweep_holds",
]
