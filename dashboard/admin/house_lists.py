"""Do-not-contact lists that hold for everybody: what is in force, an upload, an end (SPEC 2.5)."""

import streamlit as st

from core import leads
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.components import page, tables
from dashboard.components.confirm import confirm_button
from dashboard.current import act, attempt, read
from dashboard.live import fragment, say
from dashboard.shared import contact_lists


@fragment
def house_lists(*, may_change: bool) -> None:
    """The lists with their dates; admins put one in force or drop it."""
    found = read(leads.house_lists)
    for one in found:
        if not one.fresh:
            words = f"{one.name} is too old: leads that ask for a younger list are not sold until it is renewed or dropped."
            st.error(words, icon=":material/event_busy:")
    if found:
        _table(found)
    else:
        page.empty(
            "No list uploaded yet", "Our own list of people who asked not to be contacted always holds.", icon="do_not_disturb_on"
        )
    if may_change:
        _one()
        _upload()
        for one in found:
            confirm_button(
                f"Drop {one.name}",
                will="It is no longer looked at: people on it may be sold again, unless another list holds them.",
                verb="Drop the list",
                key=f"house-{one.name}",
                on_confirm=_drop,
                args=(one.name,),
            )


def _table(found: list[leads.HouseList]) -> None:
    rows = [
        {"name": one.name, "made": one.list_date, "entries": one.entries, "standing": "In force" if one.fresh else "Too old"}
        for one in found
    ]
    columns = {
        "name": tables.text("List"), "made": st.column_config.DateColumn("Made on"), "entries": tables.number("People"),
        "standing": tables.text("Standing"),
    }  # fmt: skip
    tables.table(rows, columns, key="house-lists")


def _one() -> None:
    """Somebody who calls and wants to hear from nobody, or who takes that back."""
    page.section("Our own list", "Who asked not to be contacted is taken in and sold by nobody, from this moment on.")
    with st.form("house-one", border=False, width=480):
        email = st.text_input("E-mail", placeholder="pat@example.com", key="block-email")
        phone = st.text_input("Phone", placeholder="(702) 555-0142", key="block-phone")
        reason = st.text_input("How they told us", max_chars=1000, key="block-reason")
        with st.container(horizontal=True):
            block = st.form_submit_button("Put on the list", type="primary")
            unblock = st.form_submit_button("Take off the list")
    if block or unblock:
        verb = leads.block_contact if block else leads.unblock_contact
        done = attempt(verb, email=email or None, phone=phone or None, reason=reason or "")
        if isinstance(done, HotleadsError):
            wording.show(done)
        else:
            say("On our own list." if block else "Off our own list.")


def _upload() -> None:
    contact_lists.upload(
        "house",
        placeholder="National registry",
        note="A list of the same name is replaced. When a list gets too old, nothing is sold to anybody until you renew it.",
        verb=leads.replace_list_from,
    )


def _drop(name: str) -> None:
    act(leads.drop_list, name=name, said="The list is dropped.")
