"""Account: a member of staff's own password, second factor and sessions."""

from dashboard.components import page
from dashboard.current import CurrentUser
from dashboard.shared.security import security


def show(user: CurrentUser) -> None:
    """Only the security of one's own account; the rest is other people's to change."""
    page.header("Account", f"{user.name or user.email}: your password, second factor and sessions.")
    security(user)
