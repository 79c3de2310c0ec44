"""The templates behind the letters: write with the letter beside, save as a version, compare, go back (SPEC 11.1)."""

import streamlit as st

from core import messaging
from core.kit.errors import HotleadsError
from core.messaging import Parts, TemplateView
from dashboard import wording
from dashboard.admin.template_versions import versions
from dashboard.components import page
from dashboard.components.rail import Row, rail
from dashboard.components.split import split
from dashboard.current import CurrentUser, act, ask, read
from dashboard.live import fragment

READERS = {
    "lead": "the consumer",
    "provider": "a company's people",
    "user": "one person with an account",
    "admin": "administrators",
}
DESK, PHONE = "Desk", "Phone"


@fragment
def templates(user: CurrentUser) -> None:
    """List left, editor and letter right."""
    found = read(messaging.list_templates)
    if not found:
        page.empty("No templates", "They are loaded when the database is set up.", icon="drafts")
        return
    key = st.query_params.get("letter") or found[0].key
    left, right = split("letter", key="letter", back="All templates", widths=(1, 4))
    with left:
        reader = st.selectbox(
            "Written to", list(READERS.values()), index=None, placeholder="Everybody", key="to", bind="query-params"
        )
        shown = [view for view in found if reader in (None, READERS[view.audience])]
        rail([_row(view) for view in shown], opened=key, param="letter", key="letter")
    with right:
        _editor(key, may_edit=user.role == "admin")


def _row(view: TemplateView) -> Row:
    return Row(view.key, view.title, f"version {view.version}" + ("" if view.shipped else ", your words"))


def _editor(key: str, *, may_edit: bool) -> None:
    stored = read(messaging.template_versions, key=key)
    active = next(view for view in stored if view.active)
    waits = " It waits while it is night for its reader." if active.waits else ""
    page.section(active.title, f"Written to {READERS[active.audience]}.{waits}")
    write, look = st.columns(2, gap="medium")
    with write:
        parts = _fields(active, may_edit=may_edit)
        samples = _samples(active)
    with look:
        sound = _letter(active, parts, samples)
    if may_edit:
        _acts(active, parts, stored, sound=sound)
    versions(stored, may_edit=may_edit)


def _fields(active: TemplateView, *, may_edit: bool) -> Parts:
    slot = f"{active.key}-{active.version}"
    st.caption(f"Variables: {', '.join((*active.variables, 'name', 'base_url'))}")
    subject = st.text_input("Subject", active.subject, key=f"subject-{slot}", disabled=not may_edit)
    html = st.text_area("HTML", active.html, height=300, key=f"html-{slot}", disabled=not may_edit, help="Ctrl+Enter shows it.")
    text = st.text_area("Plain text", active.text, height=220, key=f"text-{slot}", disabled=not may_edit)
    return Parts(subject or "", html or "", text or "")


def _samples(active: TemplateView) -> dict[str, str]:
    """The values it is shown with; an empty one shows what is left out then."""
    with st.expander("Sample values"):
        return {
            name: st.text_input(name, value, key=f"sample-{active.key}-{name}") or "" for name, value in active.samples.items()
        }


def _letter(active: TemplateView, parts: Parts, samples: dict[str, str]) -> bool:
    """Draw the letter; ``False`` when it can't be written."""
    width = st.segmented_control(
        "Width", [DESK, PHONE], default=DESK, key="width", bind="query-params", required=True, label_visibility="collapsed"
    )
    drawn = ask(messaging.preview_template, key=active.key, parts=parts, samples=samples)
    if isinstance(drawn, HotleadsError):
        _refused(drawn)
        return False
    st.markdown(f"**{drawn.subject}**")
    st.iframe(drawn.html, height=560, width=390 if width == PHONE else "stretch")
    with st.expander("As plain text"):
        st.code(drawn.text, language=None, wrap_lines=True)
    return True


def _refused(error: HotleadsError) -> None:
    """Each part's own sentence, which names the line."""
    if not error.fields:
        wording.show(error)
        return
    said = [f"**{messaging.PARTS.get(part, part)}** {sentence}" for part, sentence in error.fields.items()]
    st.warning("\n\n".join(["This can't be saved yet.", *said]), icon=":material/edit_note:")


def _acts(active: TemplateView, parts: Parts, stored: list[TemplateView], *, sound: bool) -> None:
    with st.container(horizontal=True):
        st.button(
            f"Save as version {max(view.version for view in stored) + 1}",
            type="primary",
            disabled=parts == active.parts or not sound,
            key="save-template",
            on_click=_save,
            args=(active.key, parts),
        )
        st.button(
            "Send me a test",
            icon=":material/send:",
            help="The version in use, with the sample values it came with",
            key="test-template",
            on_click=_test,
            args=(active.key,),
        )


def _save(key: str, parts: Parts) -> None:
    act(messaging.save_template, key=key, parts=parts, said="Saved. New letters use it from now on.")


def _test(key: str) -> None:
    act(messaging.send_test, key=key, said="A test letter is on its way to you.")
