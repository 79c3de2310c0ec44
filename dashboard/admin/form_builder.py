"""The form builder: questions as rows, the form beside them as the consumer will see it (SPEC 2.1)."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID, uuid4

import streamlit as st

from core import niches, providers
from core.kit.db import Json
from core.niches import NicheView
from dashboard.admin.form_field import PARTS, TYPES, field_editor
from dashboard.components import figures, form_preview
from dashboard.current import act, read


def builder(niche: NicheView, *, may_edit: bool) -> None:
    """The draft as rows, its preview, its problems, and the button that publishes it."""
    draft = _draft(niche)
    rows, preview = st.columns([3, 2], gap="large")
    with rows:
        for at, field in enumerate(draft):
            _row(draft, at, field, may_edit=may_edit)
        if may_edit:
            st.button("Add a question", icon=":material/add:", on_click=_add, args=(draft,))
    schema: Json = {"fields": [{key: value for key, value in field.items() if key != "uid"} for field in draft]}
    with preview:
        st.markdown(f"**As the consumer sees it** :gray[version {niche.schema_version}]")
        form_preview.preview(schema, key=f"preview-{niche.id}")
    if may_edit:
        _publish_bar(niche, schema)
    _versions(niche, may_edit=may_edit)


def _row(draft: list[dict[str, Any]], at: int, field: dict[str, Any], *, may_edit: bool) -> None:
    with st.container(border=True, gap="xsmall", key=f"question-{field['uid']}"):
        head = st.container(horizontal=True, vertical_alignment="center", gap="small")
        if may_edit:
            with st.expander("Edit", expanded=not field.get("key"), type="compact", key=f"edit-{field['uid']}"):
                field_editor(field)
        # Drawn after the editor, so that the head shows what was typed just now.
        with head:
            _head(draft, at, field, may_edit=may_edit)


def _head(draft: list[dict[str, Any]], at: int, field: dict[str, Any], *, may_edit: bool) -> None:
    uid = field["uid"]
    must = " :red[*]" if field.get("required") else ""
    told = TYPES[field["type"]].lower()
    st.markdown(f"**{field.get('label') or 'New question'}**{must}  \n:gray[{told}]", width="stretch")
    acts: tuple[tuple[str, str, bool, Callable[..., None], tuple[Any, ...]], ...] = (
        ("arrow_upward", "Up", at > 0, _move, (draft, at, -1)),
        ("arrow_downward", "Down", at + 1 < len(draft), _move, (draft, at, 1)),
        ("delete", "Remove", True, _remove, (draft, at)),
    )
    with st.container(horizontal=True, gap=None, width="content", wrap=False):
        for icon, words, possible, verb, given in acts:
            st.button(
                "",
                icon=f":material/{icon}:",
                help=words,
                key=f"{icon}-{uid}",
                type="tertiary",
                disabled=not (may_edit and possible),
                on_click=verb,
                args=given,
            )


def _publish_bar(niche: NicheView, schema: Json) -> None:
    problems = niches.check_schema(schema)
    for problem in problems[:8]:
        st.markdown(f":red[:material/error:] {_where(problem.path, schema)}{problem.message}")
    changed = schema != read(niches.current_schema, niche_id=niche.id)
    with st.container(horizontal=True):
        st.button(
            f"Publish version {niche.schema_version + 1}",
            type="primary",
            disabled=bool(problems) or not changed,
            on_click=_publish,
            args=(niche.id, schema, niche.schema_version),
        )
        if changed:
            st.button("Undo all", on_click=_forget, args=(niche.id,))
    if changed:
        st.caption("New requests answer the new form at once; filters of providers are checked against it.")


def _where(path: str, schema: Json) -> str:
    """``fields[2].label`` as “Roof age”, so that a person finds it."""
    if not path.startswith("fields["):
        return ""
    at = int(path[7 : path.index("]")])
    label = schema["fields"][at].get("label") or f"Question {at + 1}"
    part = path.split("].", 1)[1] if "]." in path else ""
    named = PARTS.get(part.removeprefix("validation.").partition("[")[0], "")
    return f"**{label}**{f', {named}' if named else ''}: "


def _publish(niche_id: UUID, schema: Json, based_on: int) -> None:
    done = act(providers.publish_form, niche_id=niche_id, schema=schema, based_on=based_on, said="Published.")
    if done is not None:
        _forget(niche_id)


def _draft(niche: NicheView) -> list[dict[str, Any]]:
    """The questions being edited, kept for reruns; begun anew with each published version."""
    slot = f"form-{niche.id}"
    held = st.session_state.get(slot)
    if held is None or held[0] != niche.schema_version:
        held = (niche.schema_version, _rows(read(niches.current_schema, niche_id=niche.id)))
        st.session_state[slot] = held
    return cast("list[dict[str, Any]]", held[1])


def _rows(schema: Json) -> list[dict[str, Any]]:
    return [{"uid": uuid4().hex[:8]} | field for field in schema["fields"]]


def _add(draft: list[dict[str, Any]]) -> None:
    draft.append({"uid": uuid4().hex[:8], "key": "", "label": "", "type": "text", "required": False})


def _move(draft: list[dict[str, Any]], at: int, step: int) -> None:
    draft[at], draft[at + step] = draft[at + step], draft[at]


def _remove(draft: list[dict[str, Any]], at: int) -> None:
    del draft[at]


def _forget(niche_id: UUID) -> None:
    st.session_state.pop(f"form-{niche_id}", None)


def _versions(niche: NicheView, *, may_edit: bool) -> None:
    with st.expander("Earlier versions"):
        for version in read(niches.schema_versions, niche_id=niche.id):
            with st.container(horizontal=True, vertical_alignment="center"):
                asked = figures.count(len(version.schema["fields"]), "question")
                st.markdown(f"**Version {version.version}** :gray[{asked}, {figures.ago(version.created_at)}]", width="stretch")
                if may_edit and version.version != niche.schema_version:
                    st.button(
                        "Start from this", key=f"from-{version.version}", on_click=_start_from, args=(niche, version.schema)
                    )


def _start_from(niche: NicheView, schema: Json) -> None:
    st.session_state[f"form-{niche.id}"] = (niche.schema_version, _rows(schema))
