"""Add a source and change its settings: the fields of its kind, each with what it means (SPEC 8.1)."""

import json
from typing import Any
from uuid import UUID

import streamlit as st

from core import niches, sourcing
from core.kit.errors import HotleadsError, Invalid
from core.sourcing import SourceView
from dashboard import wording
from dashboard.admin.sources_settings import settings
from dashboard.admin.sources_words import setting
from dashboard.components import page
from dashboard.current import attempt, read
from dashboard.live import again, fragment, say

SENTENCE = "Choose how leads come in and fill in what it needs. Nothing runs before its permission is recorded."
RHYTHM = "How often we look, in minutes. Empty or 0: only when somebody presses Run now."
READING = (
    'How records become answers of the form, as JSON: {"answers": {"their name": "our question"}, "defaults": {}, '
    '"needed": [], "quiet_hours": 24}.'
)


def add() -> None:
    """The form of a new source."""
    page.back("sources", "All sources")
    page.header("Add a source", SENTENCE)
    _new()


@fragment
def _new() -> None:
    kinds = list(sourcing.KINDS)
    kind = st.selectbox(
        "Kind", kinds, format_func=lambda key: sourcing.KINDS[key].title, key="kind", bind="query-params", width=400
    )
    if kind is None:
        return
    st.caption(_ways(kind))
    with st.form(f"source-new-{kind}"):
        given = _fields(kind, None)
        if st.form_submit_button("Add the source", type="primary"):
            _save(sourcing.add_source, kind, given, {"kind": kind})


@fragment
def edit(source_id: UUID, *, may_act: bool) -> None:
    """The settings of a source as they are; a form for those who may change them."""
    source = read(sourcing.get_source, source_id=source_id)
    if not may_act:
        page.facts([(setting(name)[0], _shown(value)) for name, value in source.settings.items()], columns=2)
        st.caption("Administrators change settings.")
        return
    with st.form(f"source-{source_id}"):
        given = _fields(source.kind, source)
        if st.form_submit_button("Save", type="primary"):
            _save(sourcing.change_source, source.kind, given, {"source_id": source_id})


def _ways(kind: str) -> str:
    ways = sourcing.KINDS[kind].ways
    told = {"pull": "we fetch from it on a schedule", "push": "it calls us as leads come", "upload": "people bring files"}
    return "How it works: " + ", and ".join(words for way, words in told.items() if way in ways) + "."


def _fields(kind: str, source: SourceView | None) -> dict[str, Any]:
    """Every field, with what it means, and what was entered."""
    of = sourcing.KINDS[kind]
    given: dict[str, Any] = {"name": st.text_input("Name", source.name if source else "", max_chars=100)}
    known = {row.id: row.name for row in read(niches.list_niches)}
    current = list(known).index(source.niche_id) if source and source.niche_id in known else None
    given["niche_id"] = st.selectbox(
        "Niche", list(known), index=current, format_func=lambda key: known[key], placeholder="What its records say",
        width=400,
    )  # fmt: skip
    st.caption("What its records ask for, unless they say so themselves.")
    if of.pulls:
        given["every_minutes"] = st.number_input(
            "Every so many minutes", 0, 43_200, (source.every_minutes or 0) if source else 60, width=200
        )
        st.caption(RHYTHM)
    given["settings"] = settings(of.settings, source.settings if source else {})
    given["secrets"] = {name: _secret(name, source) for name in of.secrets.model_fields}
    reading = json.dumps(source.reading, indent=1) if source and source.reading else ""
    with st.expander("How records become answers"):
        given["reading"] = st.text_area("Reading", reading, label_visibility="collapsed")
        st.caption(READING)
    return given


def _secret(name: str, source: SourceView | None) -> str:
    label, sentence = setting(name)
    kept = source is not None and name in source.secret_names
    with st.container(gap="xxsmall"):
        given = st.text_input(label, type="password", placeholder="Kept as it is" if kept else "", autocomplete="off")
        st.caption(sentence)
    return given or ""


def _save(verb: Any, kind: str, given: dict[str, Any], about: dict[str, Any]) -> None:
    new = "source_id" not in about
    try:
        reading = json.loads(given["reading"]) if given["reading"].strip() else {}
    except ValueError:
        wording.show(Invalid("source.reading", "How records become answers is not JSON. Correct it, or leave it empty."))
        return
    secrets = _as_entered(kind, given["secrets"])
    more = {"every_minutes": given["every_minutes"] or (None if new else 0)} if "every_minutes" in given else {}
    shared = {
        "name": given["name"] or "",
        "niche_id": given["niche_id"],
        "settings": given["settings"],
        "secrets": secrets,
        "reading": reading,
    }
    saved = attempt(verb, **about, **shared, **more)
    if isinstance(saved, HotleadsError):
        wording.show(saved)
        return
    say("The source is saved.")
    if new:
        st.query_params.pop("new", None)
        st.query_params["source"] = str(saved.id)
        st.rerun()
    again()


def _as_entered(kind: str, secrets: dict[str, str]) -> dict[str, str]:
    """Those that were entered. A form's key is entered as it is; core keeps its hash alone."""
    given = {name: value for name, value in secrets.items() if value}
    if "key_hash" in given:
        given["google_key" if kind == "google" else "key"] = given.pop("key_hash")
    return given


def _shown(value: Any) -> str:
    return json.dumps(value) if isinstance(value, list | dict) else str(value)
