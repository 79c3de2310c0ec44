"""The check of everything that must hold, as a job: its progress while it runs, its findings when it is over."""

import streamlit as st

from core import audit
from dashboard.components import figures, tables
from dashboard.current import read
from dashboard.live import fragment


@fragment(run_every=5)
def latest() -> None:
    """The newest run: under way, all good, or what is wrong; the earlier ones folded away."""
    runs = read(audit.latest_verifications)
    if not runs:
        st.caption("Nothing was verified yet. The check looks at every sealed row, the seals, the ledger and the slots.")
        return
    newest = runs[0]
    if newest.ok is None:
        _under_way(newest)
    else:
        _told(newest)
    finished = [run for run in runs if run.ok is not None]
    if finished:
        with st.expander("What was checked, and earlier checks"):
            _checks(finished[0])
            for run in finished[1:]:
                st.caption(f"{figures.exact(run.finished_at)}: {_verdict(run)}")


def _under_way(run: audit.VerificationView) -> None:
    share = run.done / run.total if run.total else 0.0
    words = f"{run.step}: {run.done:,} of {run.total:,} rows" if run.step else "Waiting for a worker"
    st.progress(min(share, 1.0), text=f"{words}. Asked for {figures.ago(run.asked_at)}.")


def _told(run: audit.VerificationView) -> None:
    if run.ok:
        st.success(f"Everything is as it should be, checked {figures.ago(run.finished_at)}.", icon=":material/verified_user:")
        return
    wrong = [check for check in run.checks if not check.ok]
    lines = "\n".join(f"- **{check.name.capitalize()}**: {check.detail}" for check in wrong)
    st.error(f"{_verdict(run)}, checked {figures.ago(run.finished_at)}.\n\n{lines}", icon=":material/gpp_bad:")
    st.caption("What each sentence means, and what to do first: docs/runbooks/broken-seal.md.")


def _checks(run: audit.VerificationView) -> None:
    tables.table(
        [{"ok": "Holds" if c.ok else "Broken", "name": c.name.capitalize(), "detail": c.detail} for c in run.checks],
        {"ok": tables.text("Result"), "name": tables.text("Check"), "detail": tables.text("Detail", width="large")},
        key="verification-checks",
    )


def _verdict(run: audit.VerificationView) -> str:
    wrong = sum(not check.ok for check in run.checks)
    return "All good" if run.ok else f"{wrong} of {figures.count(len(run.checks), 'check')} failed"
