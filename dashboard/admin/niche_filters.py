"""How a niche's subscriptions filter: which questions matter to buyers, and filters that no longer fit (SPEC 4.7)."""

import streamlit as st

from core import niches, providers
from core.niches import NicheView
from dashboard import navigation
from dashboard.components import figures, page, tables
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
    st.markdown("**How many rules do they set?**")
    sizes = max(told.rule_counts.values())
    tables.table(
        [{"rules": figures.count(rules, "rule"), "used": number} for rules, number in told.rule_counts.items()],
        {"rules": tables.text("Rules"), "used": tables.share("Subscriptions", most=sizes, shown="%d", color="blue")},
        key="filter-sizes",
    )
    _stale(niche)


def _stale(niche: NicheView) -> None:
    """Filters that a new form broke: their companies were mailed, and get nothing until they correct them."""
    stale = read(providers.invalid_filters, niche_id=niche.id)
    if not stale:
        return
    st.markdown("**Which filters no longer fit the form?** :gray[Their companies were told by mail.]")
    chosen = tables.table(
        [{"company": view.company_name, "level": view.level_name, "words": view.words} for view in stale],
        {"company": tables.text("Company"), "level": tables.text("Level"), "words": tables.text("Filter", width="large")},
        key="stale-filters",
        opens=True,
    )
    if chosen:
        st.switch_page(navigation.target("filters"), query_params={"sub": str(stale[chosen[0]].subscription_id)})
