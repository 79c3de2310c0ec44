"""The versions of a template: which is in use, what changed, and the way back (SPEC 11.1)."""

import streamlit as st

from core import messaging
from core.messaging import TemplateView
from dashboard.components import figures, pills
from dashboard.components.confirm import confirm_button
from dashboard.current import act, read

SIGNS = {"same": " ", "out": "-", "in": "+"}


def versions(stored: list[TemplateView], *, may_edit: bool) -> None:
    """Newest first; each can be compared with the one in use."""
    if len(stored) < 2:
        return
    active = next(view for view in stored if view.active)
    compared = st.query_params.get("compare")
    with st.expander(figures.count(len(stored), "version"), expanded=compared is not None):
        for view in stored:
            _line(view, active, may_edit=may_edit)
        other = next((view for view in stored if str(view.version) == compared and not view.active), None)
        if other:
            _difference(other, active)


def _line(view: TemplateView, active: TemplateView, *, may_edit: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        by = "came with the product" if view.shipped else "your words"
        st.markdown(f"**Version {view.version}** {_pill(view)} :gray[{figures.ago(view.created_at)}, {by}]", width="stretch")
        slot = f"{view.key}-{view.version}"
        if not view.active:
            st.button("Compare", key=f"compare-{slot}", type="tertiary", on_click=_compare, args=(view.version,))
        if may_edit and not view.active and not view.retired:
            confirm_button(
                "Use this",
                will=f"Letters from now on are written with version {view.version} instead of version {active.version}.",
                verb=f"Use version {view.version}",
                key=slot,
                on_confirm=_activate,
                args=(view.key, view.version),
            )
        if may_edit and not view.shipped and not view.retired:
            confirm_button(
                "Retire",
                will=_will(view),
                verb=f"Retire version {view.version}",
                key=f"retire-{slot}",
                on_confirm=_retire,
                args=(view.key, view.version),
            )


def _pill(view: TemplateView) -> str:
    if view.active:
        return pills.tag("In use", icon="check", tone="live")
    return pills.tag("Retired", icon="block") if view.retired else ""


def _will(view: TemplateView) -> str:
    then = " The words that came with the product are used again." if view.active else ""
    return f"Version {view.version} stays readable and can't be used any more.{then}"


def _difference(other: TemplateView, active: TemplateView) -> None:
    older, newer = sorted((other.version, active.version))
    lines = read(messaging.compare_versions, key=active.key, older=older, newer=newer)
    st.caption(f"From version {older} to version {newer}: lines with − went out, lines with + came in.")
    if not lines:
        st.write("The words are the same.")
    for part in dict.fromkeys(line.part for line in lines):
        st.markdown(f"**{part}**")
        st.code(
            "\n".join(f"{SIGNS[line.change]} {line.text}" for line in lines if line.part == part),
            language="diff",
            wrap_lines=True,
        )


def _compare(version: int) -> None:
    if st.query_params.get("compare") == str(version):
        st.query_params.pop("compare")
    else:
        st.query_params["compare"] = str(version)


def _activate(key: str, version: int) -> None:
    act(messaging.activate_version, key=key, version=version, said=f"Version {version} is in use.")


def _retire(key: str, version: int) -> None:
    act(messaging.retire_version, key=key, version=version, said=f"Version {version} is retired.")
