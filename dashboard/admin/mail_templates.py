"""The templates behind the letters: edit with a live preview, save as a version, go back (SPEC 11.1)."""

import streamlit as st

from core import messaging
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.components import figures, page
from dashboard.components.confirm import confirm_button
from dashboard.components.rail import Row, rail
from dashboard.components.split import split
from dashboard.current import CurrentUser, act, attempt, read
from dashboard.live import fragment


@fragment
def templates(user: CurrentUser) -> None:
    """List left, editor and preview right."""
    found = read(messaging.list_templates)
    if not found:
        page.empty("No templates", "They are loaded when the database is set up.", icon="drafts")
        return
    key = st.query_params.get("letter") or found[0].key
    left, right = split("letter", key="letter", back="All templates", widths=(1, 3))
    with left:
        rail([Row(view.key, view.title, f"version {view.version}") for view in found], opened=key, param="letter", key="letter")
    with right:
        _editor(key, may_edit=user.role == "admin")


def _editor(key: str, *, may_edit: bool) -> None:
    versions = read(messaging.template_versions, key=key)
    active = next(view for view in versions if view.active)
    page.section(active.title, f"Written to: {active.audience}. Variables: {', '.join(active.variables) or 'none'}.")
    write, look = st.columns(2, gap="medium")
    with write:
        slot = f"{key}-{active.version}"
        subject = st.text_input("Subject", active.subject, key=f"subject-{slot}", disabled=not may_edit)
        html = st.text_area("HTML", active.html, height=260, key=f"html-{slot}", disabled=not may_edit)
        text = st.text_area("Plain text", active.text, height=180, key=f"text-{slot}", disabled=not may_edit)
    parts = messaging.Parts(subject or "", html or "", text or "")
    with look:
        sound = _preview(key, parts)
    if may_edit:
        _acts(active, parts, sound=sound)
    _history(versions, may_edit=may_edit)


def _preview(key: str, parts: messaging.Parts) -> bool:
    """Draw the letter with sample values; ``False`` when it can't be written."""
    drawn = attempt(messaging.preview_template, key=key, parts=parts)
    if isinstance(drawn, HotleadsError):
        wording.show(drawn)
        return False
    st.caption(f"With sample values: {drawn.subject}")
    st.iframe(drawn.html, height=520)
    return True


def _acts(active: messaging.TemplateView, parts: messaging.Parts, *, sound: bool) -> None:
    changed = parts != messaging.Parts(active.subject, active.html, active.text)
    with st.container(horizontal=True):
        st.button(
            f"Save as version {active.version + 1}",
            type="primary",
            disabled=not (changed and sound),
            on_click=_save,
            args=(active.key, parts),
        )
        st.button("Send me a test", icon=":material/send:", on_click=_test, args=(active.key,))


def _history(versions: list[messaging.TemplateView], *, may_edit: bool) -> None:
    if len(versions) < 2:
        return
    with st.expander(f"{len(versions)} versions"):
        for view in versions:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**Version {view.version}** :gray[{figures.ago(view.created_at)}] {view.subject}", width="stretch")
                if view.active:
                    st.markdown(":green-badge[:material/check: In use]")
                elif may_edit:
                    confirm_button(
                        "Use this",
                        will=f"Letters from now on are written with version {view.version}.",
                        verb=f"Use version {view.version}",
                        key=f"{view.key}-{view.version}",
                        on_confirm=_activate,
                        args=(view.key, view.version),
                    )


def _save(key: str, parts: messaging.Parts) -> None:
    act(messaging.save_template, key=key, parts=parts, said="Saved. New letters use it from now on.")


def _test(key: str) -> None:
    act(messaging.send_test, key=key, said="A test letter is on its way to you.")


def _activate(key: str, version: int) -> None:
    act(messaging.activate_version, key=key, version=version, said=f"Version {version} is in use.")
