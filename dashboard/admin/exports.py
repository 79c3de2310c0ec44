"""Exports: files of leads, sales, money and figures, written by jobs (SPEC 12.3)."""

from dashboard.components import page
from dashboard.current import CurrentUser
from dashboard.shared.exports import exports


def show(user: CurrentUser) -> None:
    """Ask for a file, fetch it."""
    action = page.header("Exports", "Files of what is on the exchange: asked for here, written by a job, kept for a day.")
    exports(user, action)
