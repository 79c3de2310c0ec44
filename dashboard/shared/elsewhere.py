"""What stands at the address of a page that other roles have (SPEC 1.6)."""

from dashboard.components import page
from dashboard.current import CurrentUser


def show(user: CurrentUser) -> None:
    """Say so, and nothing of what the page would show."""
    page.header("Not one of your pages", "The address is right, but the page is for others.")
    page.empty(
        "Nothing to see here for you",
        "Your pages are in the menu. If you need this one, ask whoever sent you here, or an administrator, for another role.",
        icon="lock",
    )
