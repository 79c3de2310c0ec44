"""How a niche's subscriptions filter: which questions matter to buyers, and filters that no longer fit (SPEC 4.7)."""

import streamlit as st

from core import niches, providers
from core.niches import NicheView
from dashboard.components import page, tables
from dashboard.components.tiles import Tile, tiles
from dashboard.current import read


def filters(niche: NicheView) -> None:
    """Figures, the fields by use, the broken ones."""
    told = read(providers.filter_statistics, niche_id=niche.id)
    tiles(
        [
            Tile("Subscriptions", f"{told.subscriptions:,}"),
            Tile("With a filter", f"{told.with_filter:,}"),
            Tile("No longer fitting", f"{told.invalid:,}"),
        ]
    )
    if not told.fields:
        page.empty("Nobody filters yet", "What providers filter by appears here.", icon="filter_alt")
        return
    labels = {key: field.label for key, field in providers.filter_fields(read(niches.current_schema, niche_id=niche.id)).items()}
    st.markdown("**What do buyers filter by?**")
    most = max(told.fields.values())
    tables.table(
        [{"field": labels.get(key, key), "used": number} for key, number in told.fields.items()],
        {"field": tables.text("Question"), "used": tables.share("Subscriptions", most=most, shown="%d", color="blue")},
        key="filter-fields",
    )
    stale = read(providers.invalid_filters, niche_id=niche.id)
    if stale:
        st.markdown("**Filters that no longer fit the form**")
        tables.table(
            [{"company": view.company_name, "level": view.level_name, "words": view.words} for view in stale],
            {"company": tables.text("Company"), "level": tables.text("Level"), "words": tables.text("Filter", width="large")},
            key="stale-filters",
        )
