"""Ask the house: a form, the company's own requests, and what was answered (SPEC 7.8)."""

from uuid import UUID

import streamlit as st

from core import providers
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.components import page, pager, threads
from dashboard.components.opened import param_id
from dashboard.components.rail import Row, rail
from dashboard.components.split import split
from dashboard.current import attempt, read
from dashboard.live import again, fragment, say

NEW = "new"


@fragment
def support() -> None:
    """The requests at the left; one of them, or a new question, at the right."""
    found = read(providers.support_requests, before_id=pager.cursor("asked"), limit=pager.PAGE)
    opened = param_id("request")
    left, right = split("request", key="request", back="All requests", widths=(2, 3))
    with left:
        st.button("Ask a question", icon=":material/add:", key="ask-new", on_click=_new)
        if found:
            rows = [Row(str(line.id), line.subject, threads.written(line), threads.standing(line)) for line in found]
            rail(rows, opened=str(opened) if opened else None, param="request", key="request")
            pager.pager(found[-1].id, full=len(found) == pager.PAGE, name="asked")
        else:
            page.empty("Nothing asked yet", "Your questions and our answers stay here.", icon="support_agent")
    with right:
        if opened:
            _thread(opened)
        else:
            ask()


def ask(*, page_name: str | None = None) -> None:
    """The form of a new question."""
    page.section("Ask support", "An administrator answers by mail; the answer is kept here too.")
    with st.form("ask-support", clear_on_submit=False, width=640):
        subject = st.text_input("Subject", max_chars=150, placeholder="A deposit is missing")
        message = st.text_area("What happened, and what did you expect?", max_chars=5000, height=150)
        code = st.text_input(
            "Code of an error, if there was one",
            max_chars=64,
            help="The code that an error message showed, if there was one: it finds what went wrong",
        )
        if st.form_submit_button("Send to support", type="primary"):
            given = {"subject": subject or "", "message": message or "", "code": code, "page": page_name}
            made = attempt(providers.ask_support, **given)
            if isinstance(made, HotleadsError):
                wording.show(made)
                return
            say(f"Sent. Its code is {made.correlation_id}.")
            st.query_params["request"] = str(made.id)
            again()


def _thread(request_id: UUID) -> None:
    found = read(providers.support_thread, request_id=request_id)
    threads.thread(found)
    with st.form(f"more-{request_id}", border=False, clear_on_submit=True):
        message = st.text_area("Write again", max_chars=5000, height=90)
        if st.form_submit_button("Send"):
            sent = attempt(providers.add_to_support, request_id=request_id, message=message or "")
            if isinstance(sent, HotleadsError):
                wording.show(sent)
                return
            say("Sent.")
            again()


def _new() -> None:
    """Open the form; on a phone it takes the place of the list."""
    st.query_params["request"] = NEW
