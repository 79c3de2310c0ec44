"""One setting: its sentence, bounds and history in a line, and the field that changes it."""

import streamlit as st

from core import ops
from core.kit.money import format_usd
from dashboard.components import figures
from dashboard.components.confirm import confirm_button
from dashboard.current import act

ONE = {"people": "person"}


def row(view: ops.ThresholdView, *, by: str | None, may_edit: bool) -> None:
    """Draw it; a setting that moves money asks before it is changed."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"threshold-{view.key}"):
        st.markdown(f"{view.sentence}  \n:gray[{_about(view, by)}]", width="stretch")
        value = _field(view, may_edit=may_edit)
        _save_button(view, value, may_edit=may_edit)
        st.button(
            "Default",
            key=f"default-{view.key}",
            help=f"Back to {shown(view.default, view.unit)}",
            icon=":material/undo:",
            type="tertiary",
            disabled=not may_edit or view.value == view.default,
            on_click=_save,
            args=(view, view.default),
        )


def shown(value: int, unit: str) -> str:
    """A value with its unit: ``$50.00``, ``14 days``, ``1 day``."""
    if unit == "cents":
        return format_usd(value)
    return f"{value:,} {ONE.get(unit, unit.removesuffix('s')) if value == 1 else unit}"


def _about(view: ops.ThresholdView, by: str | None) -> str:
    least = format_usd(view.least) if view.unit == "cents" else f"{view.least:,}"
    words = f"{least} to {shown(view.most, view.unit)}, shipped with {shown(view.default, view.unit)}."
    if view.updated_at is None:
        return words
    return f"{words} Changed {figures.ago(view.updated_at)} by {by or 'somebody'}."


def _field(view: ops.ThresholdView, *, may_edit: bool) -> int:
    """The field in the unit people think in; its key holds the stored value, so a change elsewhere shows."""
    cents = view.unit == "cents"
    size = 100 if cents else 1
    given = st.number_input(
        view.sentence,
        view.least / size if cents else view.least,
        view.most / size if cents else view.most,
        view.value / size if cents else view.value,
        key=f"value-{view.key}-{view.value}",
        format="%.2f" if cents else "%d",
        label_visibility="collapsed",
        width=150,
        disabled=not may_edit,
    )
    return round(given * size)


def _save_button(view: ops.ThresholdView, value: int, *, may_edit: bool) -> None:
    still = not may_edit or value == view.value
    if not view.money:
        st.button("Save", key=f"save-{view.key}", disabled=still, on_click=_save, args=(view, value))
        return
    confirm_button(
        "Save",
        will=f"This moves money. {view.sentence} From {shown(view.value, view.unit)} to {shown(value, view.unit)}.",
        verb=f"Change to {shown(value, view.unit)}",
        key=f"save-{view.key}",
        on_confirm=_save,
        args=(view, value),
        disabled=still,
    )


def _save(view: ops.ThresholdView, value: int) -> None:
    act(ops.set_threshold, key=view.key, value=value, said=f"Saved: {shown(value, view.unit)}.")
