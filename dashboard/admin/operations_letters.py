"""Dead letters: what a job was asked to do, why it gave up, and what becomes of it (SPEC 13.2)."""

from collections import Counter
from uuid import UUID

import streamlit as st

from core import ops
from dashboard.admin.operations_words import kind_words
from dashboard.components import figures, page, pager, tables
from dashboard.components.confirm import confirm_button
from dashboard.components.opened import param_id
from dashboard.components.reason import reason_button
from dashboard.current import act, ask, read
from dashboard.live import fragment, say
from dashboard.wording import whole

COLUMNS = {
    "kind": tables.text("Job"),
    "died": tables.text("Gave up"),
    "tries": tables.number("Tries"),
    "why": tables.text("Why", width="large"),
    "key": tables.text("Of"),
}


@fragment
def dead_letters(*, may_act: bool) -> None:
    """The list with what can be done about the chosen ones; one letter opens below, its id in the address."""
    kind = _filter()
    letters = read(ops.dead_letters, kind=kind, before_id=pager.cursor(), limit=pager.PAGE)
    if not letters:
        _nothing(kind)
        _opened()
        return
    acts = st.container()  # above the table: a panel that opens has room below it
    ids = [letter.id for letter in letters]
    picked = tables.table([_row(letter) for letter in letters], COLUMNS, key="dead-letters", many=True, ids=ids)
    chosen = [letters[at] for at in picked]
    with acts:
        if may_act:
            _actions([letter.id for letter in chosen])
        else:
            st.caption("Administrators retry and resolve dead letters.")
    pager.pager(letters[-1].id, full=len(letters) == pager.PAGE)
    if len(chosen) == 1:
        st.query_params["letter"] = str(chosen[0].id)
    _opened()


def _filter() -> str | None:
    kinds = [depth.kind for depth in read(ops.queue_depths) if depth.dead]
    return st.selectbox(
        "Job",
        kinds,
        index=None,
        format_func=kind_words,
        placeholder="All jobs",
        key="dead-kind",
        bind="query-params",
        width=280,
        on_change=pager.first_page,
    )


def _nothing(kind: str | None) -> None:
    how = "A job that uses up its tries is kept here, with what it was asked and why it failed."
    page.empty("No dead letters" + (" of this kind" if kind else ""), how, icon="task_alt")


def _row(letter: ops.DeadLetter) -> tables.Row:
    return {
        "kind": kind_words(letter.kind),
        "died": figures.ago(letter.died_at),
        "tries": letter.attempts,
        "why": ops.last_line(letter.error),
        "key": letter.key,
    }


def _actions(ids: list[UUID]) -> None:
    """Both ask once; neither can be taken back, and the words say so."""
    told = figures.count(len(ids), "job")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        confirm_button(
            "Retry",
            will=f"{told} will run again at once, with all tries. What a job does can't be taken back.",
            verb=f"Retry {told}",
            key="retry",
            icon="replay",
            disabled=not ids,
            on_confirm=_retry,
            args=(ids,),
        )
        never = f"{told} will never run and leave this list. That can't be taken back; the audit trail keeps who and why."
        reason_button(
            "Resolve", will=never, verb=f"Resolve {told}", key="resolve", on_reason=_resolve, args=(ids,), icon="done_all",
            disabled=not ids, asks="Why it need not run", most=300,
        )  # fmt: skip


def _opened() -> None:
    """The letter of the address: payload without contact data, trace, and the request that caused it."""
    job_id = param_id("letter")
    if job_id is None:
        return
    letter = ask(ops.dead_letter, job_id=job_id)
    if not isinstance(letter, ops.DeadLetter):
        st.info(whole(letter), icon=":material/info:")
        return
    page.section(f"{kind_words(letter.kind)} {letter.key}")
    page.facts(
        [
            ("Gave up", figures.time_tag(letter.died_at)),
            ("Asked for", figures.time_tag(letter.created_at)),
            ("Tries", f"{letter.attempts} of {letter.max_attempts}"),
            ("Correlation id", letter.correlation_id or "None: no request stands behind it"),
            ("Job", str(letter.id)),
        ],
        columns=2,
    )
    st.markdown("**What it was asked**")
    st.json(letter.payload)
    st.markdown("**Trace of the last try**")
    st.code(letter.error or "It left no trace.", language=None, wrap_lines=True)


def _retry(ids: list[UUID]) -> None:
    _tell(act(ops.bulk_dead_letters, verb="retry", job_ids=ids))


def _resolve(ids: list[UUID], memo: str) -> None:
    _tell(act(ops.bulk_dead_letters, verb="resolve", job_ids=ids, memo=memo))


def _tell(results: list[ops.BulkResult] | None) -> None:
    for (ok, message), number in Counter((r.ok, r.message) for r in results or []).items():
        say(f"{figures.count(number, 'job')}: {message}", bad=not ok)
    if {str(r.job_id) for r in results or [] if r.ok} & {st.query_params.get("letter", "")}:
        st.query_params.pop("letter", None)
