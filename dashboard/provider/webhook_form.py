"""The form of one webhook: kind, address, events, and which of the receiver's fields is filled with what."""

from typing import Any

import pandas as pd
import streamlit as st

from core import delivery
from core.kit.errors import HotleadsError
from dashboard import wording

KINDS = {kind: receiver.title for kind, receiver in delivery.KINDS.items()}
SOURCES = "Choose from: " + ", ".join(f"`{source}` ({words})" for source, words in delivery.SOURCES.items())


def form(endpoint: delivery.EndpointView | None) -> dict[str, Any] | None:
    """Draw it; what was entered once it is sent, ``None`` before."""
    place = str(endpoint.id if endpoint else "new")
    kind = endpoint.kind if endpoint else _kind(place)
    receiver = delivery.KINDS[kind]  # type: ignore[index]
    st.caption(receiver.wants)
    name = st.text_input("Name", endpoint.name if endpoint else "", key=f"hook-name-{place}", max_chars=80)
    url = st.text_input("Address", endpoint.url if endpoint else receiver.url, key=f"hook-url-{place}-{kind}", type="url")
    events = st.multiselect(
        "Tell it when",
        list(delivery.EVENTS),
        list(endpoint.events) if endpoint else ["lead.assigned", "lead.refunded", "lead.revoked"],
        format_func=lambda event: delivery.EVENTS[event].words,
        key=f"hook-events-{place}",
    )
    mapping = fields_of(place, kind, dict(endpoint.mapping) if endpoint and endpoint.mapping else dict(receiver.fields))
    kept = endpoint is not None and endpoint.has_credentials
    label = "Authorization header" + (" (one is kept; enter another to replace it)" if kept else " (optional)")
    authorization = st.text_input(label, "", key=f"hook-auth-{place}", type="password", placeholder="Bearer …")
    if not st.button("Save the webhook" if endpoint else "Add the webhook", type="primary", key=f"hook-save-{place}"):
        return None
    wanted: dict[str, Any] = {"name": name or "", "url": url or "", "events": events, "mapping": mapping}
    if authorization:
        wanted["authorization"] = authorization
    return wanted if endpoint else wanted | {"kind": kind}


def _kind(place: str) -> str:
    key = f"hook-kind-{place}"
    chosen = st.segmented_control("Receiver", list(KINDS), format_func=KINDS.__getitem__, default="json", key=key)
    return str(chosen or "json")


def fields_of(place: str, kind: str, fields: dict[str, str]) -> dict[str, str]:
    """The table of the receiver's fields, and beside it what a sample would look like."""
    with st.expander("Fields and preview"):
        st.caption("`form.<key>` is the answer to one question, `=text` is that text. " + SOURCES)
        rows = pd.DataFrame({"field": list(fields), "filled with": list(fields.values())}, dtype="string")
        edited = st.data_editor(rows, num_rows="dynamic", hide_index=True, key=f"hook-fields-{place}-{kind}", width="stretch")
        pairs = [(str(row["field"]), str(row["filled with"])) for row in edited.fillna("").to_dict("records")]
        mapping = {field: source for field, source in pairs if field}
        try:
            st.code(delivery.preview(kind, mapping, delivery.SAMPLE), language="json" if kind in ("json", "hubspot") else None)
        except HotleadsError as error:
            wording.show(error)
    return mapping
