"""A table of sentences: whole words that wrap, where a grid would cut them off at the column's edge."""

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

SHORT = 14  # signs that are not worth a second line


def wrapped(rows: Sequence[Mapping[str, object]], columns: Mapping[str, str], *, label: str, wide: Sequence[str] = ()) -> None:
    """Draw rows under the names of ``columns``; ``label`` says what the table is, ``wide`` columns hold sentences.

    Higher than the screen it scrolls in itself; on a phone each row is a card of labels and values. Numbers stand right.
    """
    kinds = {name: _kind(name, rows, wide) for name in columns}
    head = "".join(f'<th scope="col"{kinds[name]}>{escape(title)}</th>' for name, title in columns.items())
    starts = {name: f'<td{kinds[name]} data-label="{escape(title, quote=True)}">' for name, title in columns.items()}
    lines = ("".join(f"{start}{_cell(row.get(name))}</td>" for name, start in starts.items()) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    st.html(f'<div class="hl-wrapped" role="region" tabindex="0" aria-label="{escape(label, quote=True)}">{table}</div>')


def _kind(name: str, rows: Sequence[Mapping[str, object]], wide: Sequence[str]) -> str:
    if name in wide:
        return ' class="hl-sentence"'
    if rows and all(isinstance(row.get(name), int | float) for row in rows):
        return ' class="hl-number"'
    return ' class="hl-short"' if all(len(_cell(row.get(name))) <= SHORT for row in rows) else ""


def _cell(value: object) -> str:
    return "–" if value is None or value == "" else escape(str(value))
