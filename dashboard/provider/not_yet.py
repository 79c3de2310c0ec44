"""What a company sees where leads would be, as long as its account is not open (SPEC 1.3)."""

import streamlit as st

from dashboard import navigation
from dashboard.components import page
from dashboard.current import CurrentUser


def not_yet(user: CurrentUser, what: str) -> bool:
    """True, and told with the way on, when an administrator has yet to open the account; ``what`` begins here then."""
    if user.company_status != "pending":
        return False
    how = f"{what} as soon as an administrator has opened your account. Complete your profile; we e-mail you when it is open."
    page.empty("Your account is not open yet", how, icon="hourglass_top", action=_profile)
    return True


def _profile() -> None:
    st.page_link(navigation.target("settings"), label="Complete the profile", icon=":material/arrow_forward:")
