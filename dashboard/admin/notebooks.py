"""Notebooks: pick one, set what can be set, have it run as a job, read what it says (SPEC 10.5)."""

from typing import Any

import streamlit as st

from core.kit.actor import STAFF
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.admin import notebook_run
from dashboard.admin.models_words import MAY_ACT
from dashboard.components import page
from dashboard.components.opened import param_id
from dashboard.current import CurrentUser, attempt
from dashboard.live import fragment, say
from ml.notebooks import Book, Parameter, ask, books

WIDEST = 4


def show(user: CurrentUser) -> None:
    """The notebooks and their runs, or one run."""
    user.actor.require(*STAFF)
    opened = param_id("run")
    page.header("Notebooks", "Run the studies behind the models with your own settings, and read them here.")
    if opened is not None:
        notebook_run.one(opened, user)
        return
    known = {book.name: book for book in books()}
    if not known:
        page.empty("No notebooks here", "Name their folder in the setting HOTLEADS_NOTEBOOKS.", icon="menu_book")
        return
    _choose(known, may_act=user.role in MAY_ACT)
    notebook_run.listed()


@fragment
def _choose(known: dict[str, Book], *, may_act: bool) -> None:
    titles = {name: book.title.partition(":")[0] for name, book in known.items()}
    chosen = st.segmented_control(
        "Notebook", list(known), format_func=titles.__getitem__, default=next(iter(known)), key="notebook", bind="query-params",
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    book = known[str(chosen)]
    page.section(book.title)
    st.markdown(book.about)
    if may_act:
        _form(book)
    else:
        st.caption("Admins and scientists run notebooks. What they ran stands below for you to read.")


def _form(book: Book) -> None:
    with st.form(f"notebook-{book.name}", border=True):
        values: dict[str, Any] = {}
        for start in range(0, len(book.parameters), WIDEST):
            row = book.parameters[start : start + WIDEST]
            for column, parameter in zip(st.columns(WIDEST), row, strict=False):
                with column:
                    values[parameter.name] = _field(book, parameter)
        pressed = st.form_submit_button("Run this notebook", type="primary", icon=":material/play_arrow:")
    if pressed:
        done = attempt(ask, notebook=book.name, parameters=values)
        if isinstance(done, HotleadsError):
            wording.show(done)
            return
        say("A worker runs it; it goes on when you leave this page.")
        st.rerun()


def _field(book: Book, parameter: Parameter) -> Any:
    key, help = f"set-{book.name}-{parameter.name}", parameter.help[:1].upper() + parameter.help[1:] or None
    if isinstance(parameter.default, bool):
        return st.toggle(parameter.label, parameter.default, key=key, help=help)
    if isinstance(parameter.default, int):
        return int(st.number_input(parameter.label, parameter.low, parameter.high, parameter.default, step=1, key=key, help=help))
    return st.selectbox(
        parameter.label, parameter.choices, index=parameter.choices.index(parameter.default), format_func=parameter.told,
        key=key, help=help,
    )  # fmt: skip
