"""What people of a suspended company see instead of every page: that it is so, why, and the way to ask (SPEC 1.3)."""

import streamlit as st

from core import providers
from dashboard.components import page
from dashboard.current import CurrentUser, read
from dashboard.provider.support import support


def show(user: CurrentUser) -> None:
    """The standing, its reason, what goes on meanwhile, and support."""
    view = read(providers.get_provider)
    page.header("Your account is suspended", f"{view.company_name} receives and buys no leads until an administrator lifts it.")
    if view.status_reason:
        st.warning(f"**Reason:** {view.status_reason}", icon=":material/pause_circle:")
    st.markdown(
        "Leads that you bought stay yours, and so does your balance; you see both again as soon as the suspension ends. "
        "Nobody is charged meanwhile. If you think that this is a mistake, or that the matter is settled, write to us below."
    )
    support()
