"""One entry of the trail: what changed, side by side, in words people read."""

from typing import Any
from uuid import UUID

import streamlit as st

from core.audit import EntryView
from dashboard import navigation, wording
from dashboard.components import figures, page, pills, tables

# Where the thing an entry is about can be looked at: page and the parameter that opens it.
PLACES = {
    "lead": ("leads", "lead"),
    "provider": ("providers", "provider"),
    "user": ("users", "user"),
    "claim": ("bad-leads", "claim"),
}


def show(entry: EntryView, people: dict[UUID, str]) -> None:
    """The whole entry."""
    with st.container(border=True):
        page.section(wording.deed(entry.action))
        page.facts(
            [
                ("When", figures.exact(entry.at)),
                ("By", by(entry, people)),
                ("From", entry.ip),
                ("On", f"{words(entry.entity_type)} {entry.entity_id or ''}"),
                ("Request", entry.correlation_id),
                ("Entry", str(entry.id)),
                ("In API and files", entry.action),
            ],
            columns=2,
        )
        if entry.memo:
            st.markdown("**Memo**")
            st.text(entry.memo)
        rows = difference(entry)
        if rows:
            columns = {"field": tables.text("Field"), "before": tables.text("Before"), "after": tables.text("After")}
            tables.table(rows, columns, key=f"difference-{entry.id}")
        else:
            st.caption("This entry changed no fields; it tells that something happened.")
        place = PLACES.get(entry.entity_type)
        if place and entry.entity_id:
            target, param = place
            label = f"Open the {words(entry.entity_type)}"
            st.page_link(
                navigation.target(target),
                label=label,
                icon=":material/arrow_forward:",
                query_params={param: str(entry.entity_id)},
            )


def difference(entry: EntryView) -> list[dict[str, Any]]:
    """Each field that the entry names, before and after; fields that stayed the same are left out."""
    before, after = entry.before or {}, entry.after or {}
    fields = [*before, *(field for field in after if field not in before)]
    return [
        {"field": words(field), "before": value(field, before), "after": value(field, after)}
        for field in fields
        if field not in before or field not in after or before[field] != after[field]
    ]


def in_short(entry: EntryView) -> str:
    """The change in half a line, for the list."""
    parts = [_arrow(row) for row in difference(entry)]
    return ", ".join(parts)[:160]


def _arrow(row: dict[str, Any]) -> str:
    if row["before"] and row["after"]:
        return f"{row['field']}: {row['before']} → {row['after']}"
    return f"{row['field']}: {row['after'] or row['before']}"


def value(field: str, fields: dict[str, Any]) -> str:
    """A value as people read it: money as money, lists with commas, nothing as nothing."""
    found = fields.get(field)
    if found is None or found == "":
        return ""
    if field.endswith("_cents") and isinstance(found, int):
        return figures.money(found)
    if field == "status":
        return pills.word(str(found))
    if isinstance(found, bool):
        return "Yes" if found else "No"
    if isinstance(found, list):
        return ", ".join(str(item) for item in found)
    return str(found)


def by(entry: EntryView, people: dict[UUID, str]) -> str:
    """Who did it, and as what."""
    name = people.get(entry.actor_id)
    if entry.actor_role == "public":
        return "A visitor"
    return f"{name}, {entry.actor_role}" if name and entry.actor_role != "system" else name or entry.actor_role.capitalize()


def entity(entry: EntryView) -> str:
    """What it is about, with the end of its id (the beginning is a time)."""
    return words(entry.entity_type) + (f" …{str(entry.entity_id)[-6:]}" if entry.entity_id else "")


def words(name: str) -> str:
    """``competition_level`` -> ``competition level``."""
    return name.removesuffix("_cents").replace("_", " ")
