"""Do-not-contact lists that hold for everybody: what is in force, an upload, an end (SPEC 2.5)."""

import streamlit as st

from core import leads
from dashboard.components import page, tables
from dashboard.components.confirm import confirm_button
from dashboard.current import act, read
from dashboard.live import fragment
from dashboard.shared import contact_lists


@fragment
def house_lists(*, may_change: bool) -> None:
    """The lists with their dates; admins put one in force or drop it."""
    found = read(leads.house_lists)
    for one in found:
        if not one.fresh:
            st.error(f"{one.name} is too old: nothing is sold until it is renewed or dropped.", icon=":material/event_busy:")
    if found:
        _table(found)
    else:
        page.empty(
            "No list uploaded yet", "Our own list of people who asked not to be contacted always holds.", icon="do_not_disturb_on"
        )
    if may_change:
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


def _upload() -> None:
    contact_lists.upload(
        "house",
        placeholder="National registry",
        note="A list of the same name is replaced. When a list gets too old, nothing is sold to anybody until you renew it.",
        verb=leads.replace_list_from,
    )


def _drop(name: str) -> None:
    act(leads.drop_list, name=name, said="The list is dropped.")
