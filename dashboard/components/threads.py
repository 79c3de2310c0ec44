"""A support request as both sides read it: what was asked, what was answered, and the code that finds its traces."""

import streamlit as st

from core import providers
from dashboard.components import figures, page, pills
from dashboard.components.verbatim import verbatim


def thread(found: providers.SupportThread) -> None:
    """The head and every message, oldest first."""
    line = found.request
    page.section(line.subject)
    where = f", on {line.page}" if line.page else ""
    st.markdown(
        f"{standing(line)} :gray[{verbatim(line.asker)}, {verbatim(line.company_name)}, {figures.ago(line.created_at)}{where}. "
        f"Code] `{line.correlation_id}`"
    )
    for message in found.messages:
        with st.container(border=True):
            side = "support_agent" if message.from_house else "person"
            st.markdown(f":material/{side}: **{verbatim(message.author)}** :gray[{figures.ago(message.at)}]")
            st.text(message.text)


def standing(line: providers.SupportLine) -> str:
    """Whether an answer is still to come, as a pill."""
    if line.status == "open":
        return pills.tag("Waits for an answer", icon="hourglass_top", tone="waiting")
    return pills.tag("Answered", icon="mark_chat_read", tone="live")


def written(line: providers.SupportLine) -> str:
    """When something was written last, and how much."""
    return f"{figures.ago(line.updated_at)}, {figures.count(line.messages, 'message')}"
