"""Mail: every letter the exchange wrote, readable as its reader saw it, and the templates behind them (SPEC 11)."""

import streamlit as st

from core import messaging
from dashboard.admin import mail_templates
from dashboard.components import figures, page, pager, pills
from dashboard.components.opened import opened, param_id
from dashboard.components.rail import Row, rail
from dashboard.components.split import split
from dashboard.current import CurrentUser, read
from dashboard.live import again, fragment

STATUSES = ("queued", "sent", "delivered", "opened", "bounced", "complained", "failed", "suppressed")


def show(user: CurrentUser) -> None:
    """Two tabs: letters and templates."""
    page.header("Mail", "Every letter the exchange wrote, as its reader saw it, and the templates behind them.")
    letters, templates = st.tabs(["Letters", "Templates"], key="mail-tab", bind="query-params", on_change="rerun")
    if letters.open:
        with letters:
            _letters()
    if templates.open:
        with templates:
            mail_templates.templates(user)


@fragment
def _letters() -> None:
    template, status = _filters()
    found = read(messaging.recent_messages, template=template, status=status, before_id=pager.cursor(), limit=pager.PAGE)
    if not found:
        page.empty("No letters here", _why_empty(bool(template or status)), icon="mail")
        return
    chosen = param_id("mail")
    left, right = split("mail", key="mail", back="All letters")
    with left:
        rail([_row(view) for view in found], opened=str(chosen), param="mail", key="mail")
        pager.pager(found[-1].id, full=len(found) == pager.PAGE)
    with right:
        if chosen:
            _letter(opened("mail", chosen, lambda: read(messaging.read_message, message_id=chosen)))
        else:
            page.empty("Choose a letter", "It opens here as its reader saw it. Reading is logged.", icon="drafts")


def _filters() -> tuple[str | None, str | None]:
    titles = {view.key: view.title for view in read(messaging.list_templates)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        template = st.selectbox(
            "Template",
            list(titles),
            index=None,
            format_func=lambda key: titles.get(key, key),
            placeholder="All templates",
            key="template",
            bind="query-params",
            width=280,
        )
        status = st.selectbox(
            "What became of it",
            STATUSES,
            index=None,
            format_func=pills.word,
            placeholder="Everything",
            key="status",
            bind="query-params",
            width=200,
        )
        if st.button("Look again", icon=":material/refresh:", help="Load letters written since"):
            again()
    return template, status


def _why_empty(filtered: bool) -> str:
    if filtered:
        return "No letter fits these filters. Take one away to see more."
    return "A letter appears as soon as somebody submits a request, registers or is sold a lead."


def _row(view: messaging.MessageView) -> Row:
    title = view.subject or view.title
    return Row(str(view.id), title, f"{view.address or 'erased'} · {figures.ago(view.queued_at)}", pills.pill(view.status))


def _letter(text: messaging.MessageText) -> None:
    view = text.message
    page.section(view.subject or view.title)
    page.facts(
        [
            ("To", view.address),
            ("Template", view.title),
            ("Queued", figures.time_tag(view.queued_at)),
            ("Sent", figures.time_tag(view.sent_at)),
        ]
    )
    if text.html is None:
        page.empty("The text is gone", "It was erased together with the person's data.", icon="delete")
        return
    if text.links_hidden:
        st.caption("Links that act are taken out: only the reader may use them.")
    # A frame of its own, so the letter's style stays inside; links open beside the page.
    st.iframe(text.html.replace("<head>", '<head><base target="_blank">', 1), height=560)
    with st.expander("Plain text and events"):
        st.code(text.text or "", language=None, wrap_lines=True)
        for event in read(messaging.events_of, message_id=view.id):
            detail = f" · {event.detail}" if event.detail else ""
            st.markdown(f"{pills.pill(event.event)} :gray[{figures.ago(event.at)}{detail}]")
