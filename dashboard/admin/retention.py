"""What is removed when its time is up: per rule what the next run takes and what one took last (SPEC 13.6)."""

import streamlit as st

from core import privacy
from dashboard.components import page, tables
from dashboard.current import read

COLUMNS = {
    "title": tables.text("Data"),
    "days": tables.number("Days"),
    "due": tables.number("Next run removes"),
    "last": tables.number("Last removed"),
}


def removals(*, above: str | None = None) -> None:
    """The section, with a sentence of its own ``above`` the table where there is one."""
    page.section("What is removed", above or "Every night at 01:00 UTC, in small portions. Money, consent and the trail stay.")
    rules = read(privacy.retention_rules)
    tables.table([_row(rule) for rule in rules], COLUMNS | {"at": tables.time("When")}, key="retention")
    if more := [rule for rule in rules if rule.capped]:
        st.caption(f"Counting stops at {more[0].due:,}. There is more of: {', '.join(rule.title for rule in more)}.")


def _row(rule: privacy.RuleView) -> tables.Row:
    return {"title": rule.title, "days": rule.days, "due": rule.due, "last": rule.last_removed, "at": rule.last_at}
