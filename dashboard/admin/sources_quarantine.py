"""Quarantine: records that could not become leads, why, and what a person does about them (SPEC 8.3)."""

from collections import Counter
from typing import Any
from uuid import UUID

import streamlit as st

from core import sourcing
from core.kit.errors import HotleadsError
from core.sourcing import QuarantineRow, QuarantineView
from core.sourcing.quarantine import FIELDS
from dashboard import wording
from dashboard.admin.sources_records import content
from dashboard.admin.sources_words import record_word
from dashboard.components import figures, page, pager, tables
from dashboard.components.opened import opened
from dashboard.components.reason import reason_button
from dashboard.current import attempt, read
from dashboard.live import again, fragment, say
from dashboard.wording import whole

COLUMNS = {
    "source": tables.text("Source", width="medium"),
    "at": tables.text("Waits since"),
    "why": tables.text("Why", width="large"),
    "record": tables.text("Record"),
    "fixed": tables.text("Corrected"),
}
LABELS = {"zip": "ZIP", "email": "E-mail", "text": "Text in own words"}


@fragment
def quarantine(source_id: UUID | None, *, may_act: bool) -> None:
    """The list by reason; what is chosen can be replayed or discarded, one alone also corrected."""
    code = _reason(source_id)
    found = read(
        sourcing.list_quarantine, source_id=source_id, code=code, before_id=pager.cursor("quarantine-before"), limit=pager.PAGE
    )
    if not found:
        how = "A record that can't become a lead waits here with the reason. Nothing is dropped."
        page.empty("Nothing waits" + (" for this reason" if code else ""), how, icon="task_alt")
        return
    columns = {key: column for key, column in COLUMNS.items() if source_id is None or key != "source"}
    acts = st.container()  # above the table: a panel that opens has room below it
    picked = tables.table([_row(row) for row in found], columns, key="quarantine", many=True, ids=[row.id for row in found])
    chosen = [found[at] for at in picked]
    pager.pager(found[-1].id, full=len(found) == pager.PAGE, name="quarantine-before")
    if not may_act:
        acts.caption("Administrators correct, replay and discard records.")
        return
    with acts:
        _acts(chosen)
    if len(chosen) == 1:
        _one(chosen[0])


def _reason(source_id: UUID | None) -> str | None:
    counted: Counter[str] = Counter()
    words: dict[str, str] = {}
    for row in read(sourcing.quarantine_reasons, source_id=source_id):
        counted[row.code] += row.records
        words.setdefault(row.code, row.message)
    return st.selectbox(
        "Reason",
        list(counted),
        index=None,
        format_func=lambda code: f"{words[code]} ({counted[code]:,})",
        placeholder="All reasons",
        key="quarantine-reason",
        bind="query-params",
        width=480,
        on_change=pager.first_page,
        args=("quarantine-before",),
    )


def _row(row: QuarantineRow) -> tables.Row:
    return {
        "source": row.source,
        "at": figures.ago(row.entered_at),
        "why": " ".join(reason.message for reason in row.reasons),
        "record": record_word(row.record_id),
        "fixed": "Erased" if row.erased else "Yes" if row.fixed else "",
    }


def _acts(chosen: list[QuarantineRow]) -> None:
    if not chosen:
        st.caption("Tick records to send them through every step again, or to discard them. One alone opens to be corrected.")
        return
    ids, told = [row.id for row in chosen], figures.count(len(chosen), "record")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            f"Replay {told}",
            type="primary",
            icon=":material/replay:",
            key="replay-quarantine",
            help="Each goes through every step again, with what was corrected and with the source's settings as they are now.",
            on_click=_replay,
            args=(ids,),
        )
        reason_button(
            "Discard", will=f"{told} will become no lead. What came stays as it came; the trail keeps who decided and why.",
            verb=f"Discard {told}", key="discard", on_reason=_discard, args=(ids,), icon="delete_sweep", asks="Why", most=300,
        )  # fmt: skip


def _replay(ids: list[UUID]) -> None:
    """Each in a transaction of its own: one that fails keeps no other from going on."""
    outcomes: Counter[tuple[str, bool]] = Counter()
    for entry_id in ids:
        done = attempt(sourcing.replay_quarantined, entry_id=entry_id)
        if isinstance(done, HotleadsError):
            outcomes[whole(done), True] += 1
        elif done.outcome == "quarantined":
            why = " ".join(dict.fromkeys(reason.message for reason in done.reasons))
            outcomes[f"waits again. {why}", True] += 1
        else:
            outcomes["went on as a lead." if done.lead_id else "went on; it makes no lead.", False] += 1
    for (told, bad), number in outcomes.items():
        say(f"{figures.count(number, 'record')}: {told}", bad=bad)


def _discard(ids: list[UUID], note: str) -> None:
    if not note.strip():
        say("Write why. Nothing was discarded.", bad=True)
        return
    done: Counter[str | None] = Counter()
    for entry_id in ids:
        failed = attempt(sourcing.discard_quarantined, entry_id=entry_id, note=note)
        done[whole(failed) if isinstance(failed, HotleadsError) else None] += 1
    for why, number in done.items():
        say(
            f"{figures.count(number, 'record')}: {why}" if why else f"{figures.count(number, 'record')} discarded.", bad=bool(why)
        )


def _one(row: QuarantineRow) -> None:
    entry: QuarantineView = opened("quarantine", row.id, lambda: read(sourcing.get_quarantined, entry_id=row.id))
    left, right = st.columns(2, gap="medium")
    with left:
        page.section("As it came", "Reading it is noted in the trail.")
        content(entry.content)
    with right:
        page.section("What is wrong", "Correct it here; the record itself stays as it came.")
        for reason in entry.reasons:
            st.markdown(f":material/error: **{_label(reason.field)}** {reason.message}", anchors=False)
        _fix(entry)


def _fix(entry: QuarantineView) -> None:
    wrong = list(dict.fromkeys(reason.field for reason in entry.reasons if reason.field))
    named = [field for field in wrong if field in FIELDS or field.startswith("form_data.")]
    offered = named + [field for field in FIELDS if field not in named]
    fields = st.multiselect("Fields to correct", offered, default=named, format_func=_label, key=f"fix-fields-{entry.id}")
    with st.form(f"fix-{entry.id}", border=False):
        given = {field: st.text_input(_label(field), str(entry.fix.get(field) or ""), max_chars=2000) for field in fields}
        saved = st.form_submit_button("Save and replay", type="primary", disabled=not fields)
    if saved:
        _corrected(entry.id, given)


def _corrected(entry_id: UUID, given: dict[str, Any]) -> None:
    failed = attempt(sourcing.fix_quarantined, entry_id=entry_id, fields={key: value or None for key, value in given.items()})
    if isinstance(failed, HotleadsError):
        wording.show(failed)
        return
    _replay([entry_id])
    again()


def _label(field: str) -> str:
    plain = field.removeprefix("form_data.")
    return LABELS.get(plain) or plain.replace("_", " ").capitalize() or "The record"
