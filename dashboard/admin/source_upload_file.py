"""The file itself: chosen, looked at, its columns understood, its bad rows handed back, then taken in (SPEC 8.1)."""

from html import escape
from uuid import UUID

import streamlit as st

from core import sourcing
from core.kit.clock import utc_now
from core.kit.errors import HotleadsError
from core.sourcing import LARGEST_FILE, UPLOAD_FIELDS, Preview, RowProblem
from dashboard import wording
from dashboard.components import figures, page, tables
from dashboard.components.tiles import Tile, tiles
from dashboard.current import act, ask
from dashboard.live import fragment

TYPES = ["csv", "tsv", "txt", "xlsx", "vcf"]
FORMATS = {"csv": "CSV", "xlsx": "XLSX", "vcard": "vCard"}
LEFT_OUT = "ignore"
FIELDS = {
    "record_id": "Its own number",
    "email": "E-mail",
    "zip": "ZIP",
    "lat": "Latitude",
    "lon": "Longitude",
    "text": "What they write",
    "at": "When they wrote",
    "living_area_sqft": "Living area (sq ft)",
    "lot_sqft": "Lot (sq ft)",
    LEFT_OUT: "Left out",
}
PROBLEMS = {"row": tables.number("Row"), "why": tables.text("Why", width="large"), "cells": tables.text("Cells", width="large")}


@fragment
def file(source_id: UUID) -> None:
    """Everything about one file; nothing of it is stored before its button is pressed."""
    given = st.file_uploader(
        "File", type=TYPES, max_upload_size=LARGEST_FILE >> 20, key=f"file-{source_id}",
        help="50 MB and 200,000 rows at most; of a workbook the first sheet that holds something.",
    )  # fmt: skip
    if given is None:
        st.caption("The first row names the columns. You see what was understood before anything is taken in.")
        return
    content = given.getvalue()
    automatic = _look(source_id, given.file_id, content, {})
    if isinstance(automatic, HotleadsError):
        wording.show(automatic)
        return
    _found(automatic)
    chosen = _columns(automatic, given.file_id)
    looked = _look(source_id, given.file_id, content, chosen) if chosen else automatic
    if isinstance(looked, HotleadsError):
        wording.show(looked)
        return
    _first_rows(looked)
    _problems(looked, content, given.name)
    _take_in(source_id, content, looked, given.name)


def _look(source_id: UUID, file_id: str, content: bytes, chosen: dict[str, str]) -> Preview | HotleadsError:
    """Read once for each choice of columns, however often the page is drawn."""
    slot, wanted = "file-looked", (source_id, file_id, tuple(sorted(chosen.items())))
    held: dict[object, Preview | HotleadsError] = st.session_state.get(slot, {})
    if wanted not in held:
        first = {key: look for key, look in held.items() if key == (source_id, file_id, ())}
        held = first | {wanted: ask(sourcing.look_at_file, source_id=source_id, content=content, chosen=chosen)}
        st.session_state[slot] = held
    return held[wanted]


def _found(looked: Preview) -> None:
    what = "Cards" if looked.format == "vcard" else "Rows"
    tiles(
        [
            Tile("Format", FORMATS[looked.format]),
            Tile(f"{what} to take in", f"{looked.rows:,}"),
            Tile(f"{what} that can't be read", f"{looked.bad_rows:,}"),
        ]
    )
    for note in looked.notes:
        st.info(note, icon=":material/info:")


def _columns(looked: Preview, file_id: str) -> dict[str, str]:
    """What each column is taken for, to be changed; what was changed, if anything."""
    if not looked.columns:
        return {}
    page.section("What the columns mean", "Taken from their names. Change what is wrong; what has no field is kept as a detail.")
    chosen: dict[str, str] = {}
    with st.container(border=True, gap="xsmall", key="file-columns"):
        for at, column in enumerate(looked.columns):
            named, means = st.columns([3, 2], vertical_alignment="center")
            shown = escape(" · ".join(column.samples) or "Empty")
            named.html(f"<strong>{escape(column.header)}</strong><br><small>{shown}</small>")
            fields = [*UPLOAD_FIELDS, *([column.field] if column.field not in (*UPLOAD_FIELDS, LEFT_OUT) else []), LEFT_OUT]
            chosen[column.header] = means.selectbox(
                f"{column.header} means", fields, index=fields.index(column.field), format_func=field_word,
                key=f"means-{file_id}-{at}", label_visibility="collapsed",
            )  # fmt: skip
    return chosen if any(chosen[column.header] != column.field for column in looked.columns) else {}


def field_word(field: str) -> str:
    """A field's name for people."""
    return FIELDS.get(field) or ("Kept as a detail" if field.startswith("fact:") else field.replace("_", " ").capitalize())


def _first_rows(looked: Preview) -> None:
    if not looked.first:
        return
    page.section("The first rows", "As they will be read.")
    shown = [at for at, column in enumerate(looked.columns) if column.field != LEFT_OUT]
    columns = {str(at): tables.text(_heading(looked, at)) for at in shown}
    tables.table([{str(at): row[at] for at in shown} for row in looked.first], columns, key="file-first")


def _heading(looked: Preview, at: int) -> str:
    column = looked.columns[at]
    return column.header if column.field.startswith("fact:") else field_word(column.field)


def _problems(looked: Preview, content: bytes, name: str) -> None:
    if not looked.bad_rows:
        return
    shown = len(looked.problems)
    more = f" The first {shown} are shown." if shown < looked.bad_rows else ""
    page.section(
        f"{figures.count(looked.bad_rows, 'row')} can't be read",
        f"The others are taken in without them.{more} Download them now, correct them, and bring them as a file of their own.",
    )
    tables.table(
        [{"row": one.row, "why": one.why, "cells": " · ".join(one.cells)} for one in looked.problems],
        PROBLEMS,
        key="file-problems",
    )
    st.download_button(
        "Download the rows that can't be read",
        data=lambda: error_rows(content),
        file_name=f"{name.rsplit('.', 1)[0]}-problems.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="file-errors",
    )


def error_rows(content: bytes) -> bytes:
    """All of them, as CSV; made when it is asked for."""
    return sourcing.error_file(one for one in sourcing.read_file(content, now=utc_now()) if isinstance(one, RowProblem))


def _take_in(source_id: UUID, content: bytes, looked: Preview, name: str) -> None:
    st.button(
        f"Take in {figures.count(looked.rows, 'card' if looked.format == 'vcard' else 'row')}",
        type="primary",
        icon=":material/upload:",
        key="take-in-file",
        disabled=not looked.rows,
        on_click=act,
        args=(sourcing.request_file,),
        kwargs={
            "source_id": source_id,
            "content": content,
            "looked": looked,
            "name": name,
            "said": "A worker takes it in; see above.",
        },
    )
    st.caption(
        "None of its rows can be read, so there is nothing to take in."
        if not looked.rows
        else "A row that is read but makes no lead, such as one without a phone or e-mail, waits in quarantine with its reason."
    )
