"""Exports: a company's own leads as a file, five a day (SPEC 7.6)."""

from dashboard.components import page
from dashboard.current import CurrentUser
from dashboard.shared.exports import exports


def show(user: CurrentUser) -> None:
    """Ask for a file, fetch it."""
    action = page.header("Exports", "Your leads as a file for your own books: up to five a day, each kept for a day.")
    exports(user, action)
