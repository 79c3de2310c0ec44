"""Marketplace desk: what is on sale at which price and why, its guard rails, and where companies look (SPEC 9.1, 10.1)."""

import streamlit as st

from dashboard.admin import desk_demand, desk_listings, desk_rails
from dashboard.components import page
from dashboard.current import CurrentUser

NAMES = ("Listings", "Guard rails", "Demand")


def show(user: CurrentUser) -> None:
    """Listings, guard rails, demand."""
    page.header("Marketplace desk", "What is on sale, what made each price, what holds prices, and what companies look for.")
    listings, rails, demand = st.tabs(list(NAMES), key="desk", bind="query-params", on_change="rerun")
    may_edit = user.role == "admin"
    if listings.open:
        with listings:
            desk_listings.listings(may_edit=may_edit)
    if rails.open:
        with rails:
            desk_rails.rails(may_edit=may_edit)
    if demand.open:
        with demand:
            desk_demand.demand()
