"""Which listings are to be compared: up to four, named by the address, so that a comparison can be shared (SPEC 9.1)."""

from collections.abc import Sequence
from uuid import UUID

import streamlit as st

from dashboard.live import say

PARAM = "compare"
MOST = 4


def chosen() -> list[UUID]:
    """The listings of the address, the first four that are ids."""
    found = []
    for part in st.query_params.get(PARAM, "").split(","):
        try:
            found.append(UUID(part))
        except ValueError:
            continue
    return list(dict.fromkeys(found))[:MOST]


def toggle(lead_id: UUID) -> None:
    """Put a listing into the comparison or take it out; a fifth is refused in words."""
    among = chosen()
    if lead_id in among:
        among.remove(lead_id)
    elif len(among) == MOST:
        say(f"Up to {MOST} leads are compared. Take one out first.", bad=True)
        return
    else:
        among.append(lead_id)
    set_chosen(among)


def set_chosen(among: Sequence[UUID]) -> None:
    """Have the address name these listings."""
    if among:
        st.query_params[PARAM] = ",".join(str(each) for each in among[:MOST])
    else:
        st.query_params.pop(PARAM, None)
