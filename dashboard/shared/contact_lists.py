"""What every do-not-contact list has on a page, whoever brought it: how a file becomes one (SPEC 2.5)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import streamlit as st

from core.kit.clock import utc_now
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.components import figures, page
from dashboard.current import attempt
from dashboard.live import say


def upload(key: str, *, placeholder: str, note: str, verb: Callable[..., Any], **more: Any) -> None:
    """A form for name, date and file; ``verb`` puts the list in force and says how many lines held no contact."""
    page.section("Upload a list", "CSV or text, an e-mail address or a phone number in each line. We keep hashes, not the file.")
    with st.form(f"{key}-list", border=False, width=480):
        name = st.text_input("Name", placeholder=placeholder, max_chars=100, key=f"{key}-name")
        made = st.date_input("Made on", value=utc_now().date(), format="MM/DD/YYYY", key=f"{key}-made")
        given = st.file_uploader("File", type=["csv", "txt"], max_upload_size=20, key=f"{key}-file")
        asked = st.form_submit_button("Upload the list", type="primary")
    st.caption(note)
    if not asked:
        return
    if given is None:
        st.warning("Choose the file first.", icon=":material/upload_file:")
        return
    _take(verb, name=(name or "").strip(), made=made, content=given.getvalue(), more=more)


def _take(verb: Callable[..., Any], *, name: str, made: date, content: bytes, more: dict[str, Any]) -> None:
    done = attempt(verb, name=name, list_date=made, content=content, **more)
    if isinstance(done, HotleadsError):
        wording.show(done)
        return
    skipped = f" {figures.count(done.unreadable, 'line')} held no contact." if done.unreadable else ""
    say(f"The list is in force with {done.entries:,} entries.{skipped}")
    st.rerun()
