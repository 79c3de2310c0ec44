"""Support: what companies ask, waiting ones first in line, and the answer by mail (SPEC 7.8)."""

from uuid import UUID

import streamlit as st

from core import audit, providers
from core.kit.errors import HotleadsError
from dashboard import navigation, wording
from dashboard.components import fresh, page, pager, tables, threads
from dashboard.components.opened import param_id
from dashboard.components.rail import Row, rail
from dashboard.components.split import split
from dashboard.current import CurrentUser, attempt, read
from dashboard.live import again, fragment, say

STATUSES = {"open": "Waiting", "answered": "Answered", "": "All"}


def show(user: CurrentUser) -> None:
    """The requests at the left, one of them at the right."""
    page.header("Support", "What companies ask us, and what we answered. An answer goes out by mail.")
    _desk()


@fragment
def _desk() -> None:
    status = st.segmented_control(
        "Status",
        list(STATUSES),
        default="open",
        format_func=STATUSES.__getitem__,
        key="status",
        bind="query-params",
        label_visibility="collapsed",
        required=True,
    )
    found = read(providers.support_requests, status=status or None, before_id=pager.cursor(of=status), limit=pager.PAGE)
    opened = param_id("request")
    left, right = split("request", key="request", back="All requests", widths=(2, 3))
    with left:
        if found:
            rows = [Row(str(line.id), line.subject, _detail(line), threads.standing(line)) for line in found]
            rail(rows, opened=str(opened) if opened else None, param="request", key="support")
            pager.pager(found[-1].id, full=len(found) == pager.PAGE)
        else:
            page.empty("Nobody waits", "Companies ask under Settings; what they ask appears here.", icon="task_alt")
    with right:
        if opened:
            _thread(opened)
        elif found:
            page.empty("Choose a request", "Open one at the left to read and answer it.", icon="support_agent")


def _detail(line: providers.SupportLine) -> str:
    return f"{line.company_name}, {threads.written(line)}"


def _thread(request_id: UUID) -> None:
    found = read(providers.support_thread, request_id=request_id)
    threads.thread(found)
    with st.container(horizontal=True):
        company = str(found.request.provider_id)
        st.page_link(
            navigation.target("providers"), label="The company", icon=":material/storefront:", query_params={"provider": company}
        )
    _traces(found.request.correlation_id)
    form = f"answer-{request_id}"
    with st.form(fresh.key(form), border=False):
        message = st.text_area(
            "Answer", key=f"words-{fresh.key(form)}", max_chars=5000, height=140, placeholder="They get these words by mail"
        )
        if st.form_submit_button("Send the answer", type="primary", icon=":material/send:"):
            sent = attempt(providers.answer_support, request_id=request_id, message=message or "")
            if isinstance(sent, HotleadsError):
                wording.show(sent)
                return
            fresh.done(form)
            say("Answered by mail.")
            again()


def _traces(code: str) -> None:
    """What the trail holds under the request's code."""
    entries = read(audit.search, correlation_id=code, limit=20)
    if not entries:
        return
    with st.expander(f"What the trail holds under the code {code}"):
        tables.table(
            [{"at": entry.at, "what": wording.deed(entry.action), "by": wording.doer(entry.actor_role)} for entry in entries],
            {
                "at": tables.time("When", relative=False),
                "what": tables.text("What"),
                "by": tables.text("By"),
            },
            key="support-traces",
        )
