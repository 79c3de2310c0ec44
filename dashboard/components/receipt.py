"""Why a price is what it is: the lines that sum to it, and the bounds it was held to (SPEC 10.1)."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from dashboard.components.figures import money


def receipt(
    lines: Sequence[tuple[str, int]],
    *,
    total_cents: int,
    floor_cents: int | None,
    ceiling_cents: int | None,
    total: str = "You pay",
    before: str = " before your plan's discount",
) -> None:
    """Label and cents per line, then the sum under the name of ``total``; ``before`` what the bounds do not know of yet."""
    rows = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{'+' if cents > 0 and at else ''}{money(cents)}</dd></div>"
        for at, (label, cents) in enumerate(lines)
    )
    summed = f'<div class="hl-sum"><dt>{escape(total)}</dt><dd>{money(total_cents)}</dd></div>'
    st.html(f'<dl class="hl-facts hl-receipt">{rows}{summed}</dl>')
    if floor_cents is not None and ceiling_cents is not None:
        st.caption(f"Never below {money(floor_cents)} or above {money(ceiling_cents)}{before}.")
