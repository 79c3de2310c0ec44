"""Do-not-contact lists that companies bring: what is in force, an upload, a look at one contact (SPEC 2.5)."""

from uuid import UUID

import streamlit as st

from core import leads
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.components import page, tables
from dashboard.current import act, attempt, read
from dashboard.live import fragment
from dashboard.shared import contact_lists


@fragment
def own_lists(*, may_change: bool, company: UUID | None = None) -> None:
    """For a company's people their own; for staff everybody's (``company`` is whose list an admin uploads)."""
    found = [one for one in read(leads.own_lists) if company is None or one.provider_id == company]
    for one in found:
        if not one.fresh:
            words = (
                f"{one.name} of {one.company} is too old: leads that ask for a younger one don't go to them until it is renewed."
            )
            st.error(words, icon=":material/event_busy:")
    if found:
        _table(found)
    else:
        page.empty("No list yet", "A list keeps people you must not contact out of what you are sold.", icon="do_not_disturb_on")
    if not may_change:
        _check()
        return
    left, right = st.columns(2, gap="large")
    with left:
        _upload(company)
        _drop(found, company)
    with right:
        _check()


def _table(found: list[leads.OwnList]) -> None:
    rows = [
        {"name": one.name, "company": one.company, "made": one.list_date, "until": one.until, "entries": one.entries,
         "uploaded": one.uploaded_at, "by": one.uploaded_by or "Somebody"}
        for one in found
    ]  # fmt: skip
    columns = {
        "name": tables.text("List"), "company": tables.text("Company"), "made": st.column_config.DateColumn("Made on"),
        "until": st.column_config.DateColumn("Good until"), "entries": tables.number("People"),
        "uploaded": tables.time("Uploaded"), "by": tables.text("By"),
    }  # fmt: skip
    tables.table(rows, columns, key="own-lists")


def _upload(company: UUID | None) -> None:
    contact_lists.upload(
        "own",
        placeholder="Our customers",
        note="A list works for 31 days from the day it was made. Then no lead is sold to you until you renew or drop it.",
        verb=leads.upload_own_list,
        **({"provider_id": company} if company else {}),
    )


def _drop(found: list[leads.OwnList], company: UUID | None) -> None:
    for one in found:
        with st.popover(f"Drop {one.name}", icon=":material/delete:"):
            st.write("It is no longer looked at: people on it may be sold to the company again.")
            more = {"provider_id": one.provider_id} if company else {}
            st.button("Drop the list", key=f"drop-{one.id}", on_click=_dropped, args=(one.name, more))


def _dropped(name: str, more: dict[str, UUID]) -> None:
    act(leads.drop_own_list, name=name, **more, said="The list is dropped.")


def _check() -> None:
    page.section("Check a contact", "What each list says today, with its date. One that is too old counts against the contact.")
    with st.form("own-check", border=False, width=480):
        email = st.text_input("E-mail", placeholder="pat@example.com", key="check-email")
        phone = st.text_input("Phone", placeholder="(702) 555-0142", key="check-phone")
        asked = st.form_submit_button("Check")
    if not asked:
        return
    done = attempt(leads.check_contact, email=email or None, phone=phone or None)
    if isinstance(done, HotleadsError):
        wording.show(done)
        return
    (st.success if done.clear else st.error)("On no list." if done.clear else "Do not contact.", icon=":material/fact_check:")
    rows = [
        {"list": one.name + (f", {one.company}" if one.company else ""), "made": one.list_date,
         "says": "Listed" if one.listed else "Not listed" if one.fresh else "Too old to say"}
        for one in done.answers
    ]  # fmt: skip
    columns = {"list": tables.text("List"), "made": st.column_config.DateColumn("Made on"), "says": tables.text("Says")}
    if rows:
        tables.table(rows, columns, key="own-answers")
