"""Versions of a model beside the rule and the oracle; a candidate beside what is in use; promotion (SPEC 10.5)."""

import streamlit as st

from core import advice
from core.advice import Comparison, Version
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.admin.models_words import FIGURES, ROLES, WHO
from dashboard.components import figures, page, tables
from dashboard.current import act, attempt, read
from dashboard.live import say

COLUMNS = {
    "version": tables.text("Version"),
    "role": tables.text("Role"),
    "who": tables.text("Whose figures"),
    "auc": tables.number("AUC", shown="%.4f", help="How often a good one is put above a bad one. More is better."),
    "average_precision": tables.number("Average precision", shown="%.4f", help="More is better."),
    "brier": tables.number("Brier", shown="%.4f", help="Distance of what was said from what happened. Less is better."),
    "log_loss": tables.number("Log loss", shown="%.4f", help="Less is better."),
    "calibration_error": tables.number("Calibration error", shown="%.4f", help="Said against seen. Less is better."),
    "reciprocal_rank": tables.number(
        "Reciprocal rank", shown="%.4f", help="How near the top the other half of a listing's words is found. More is better."
    ),
    "rows": tables.number("Rows"),
    "trained": tables.text("Trained"),
    "cut_off": tables.text("Learned until"),
}


def show(model: str, *, may_act: bool) -> None:
    """Every version with its figures; for those who may, a candidate to compare and promote."""
    found = read(advice.versions, model=model)
    if not found:
        how = "Train now makes the first one as soon as enough leads have an end that is known; each Saturday makes another."
        page.empty("No version yet", how, icon="model_training")
        return
    st.caption(
        "Figures are of leads that came after everything a version learned from, beside the written rule on the same leads. "
        "The oracle, where one is kept, knows how a made-up world was made: nobody can do better."
    )
    tables.table([row for version in found for row in _rows(version)], COLUMNS, key="versions")
    candidates = [version for version in found if version.role != "champion"]
    if may_act and candidates:
        _candidate(candidates)


def _rows(version: Version) -> list[tables.Row]:
    kept = [who for who in WHO if isinstance(version.figures.get(who), dict)]
    return [
        {
            "version": version.name,
            "role": ROLES[version.role],
            "who": WHO[who],
            "trained": figures.ago(version.created_at),
            "cut_off": figures.exact(version.cut_off),
        }
        | {name: version.figures[who].get(name) for name in FIGURES}
        for who in kept
    ]


def _candidate(candidates: list[Version]) -> None:
    asked = "later ones than the candidate learned from, or the latest quarter while few of those have ended"
    page.section("Should another one be in use?", f"Both are asked about the same leads: {asked}.")
    names = {version.name: version for version in candidates}
    first = next((version.name for version in candidates if version.role == "challenger"), candidates[0].name)
    chosen = names[st.selectbox("Candidate", list(names), index=list(names).index(first), key=f"candidate-{candidates[0].model}")]
    st.button("Compare", icon=":material/compare_arrows:", key="compare", on_click=_compare, args=(chosen,))
    told = st.session_state.get(_key(chosen))
    if isinstance(told, HotleadsError):
        wording.show(told)
    elif told is not None:
        _promotion(chosen, told)


def _key(version: Version) -> str:
    return f"compared-{version.id}"


def _compare(version: Version) -> None:
    from ml import registry

    st.session_state[_key(version)] = attempt(registry.compare, version_id=version.id)


def _promotion(version: Version, told: Comparison) -> None:
    better = told.candidate > told.standing
    verdict = "is better" if better else "is not better"
    st.markdown(
        f"**{version.name} {verdict}.** By {told.figure} it scores {told.candidate:.4f}, "
        f"{told.standing_name} {told.standing:.4f} (more is better)."
    )
    if not better:
        st.text_area(
            "Why should it be promoted all the same?", key=f"why-{version.id}", max_chars=500,
            help="At least 20 characters. It is kept in the audit log with your name.",
        )  # fmt: skip
    label = f"Promote {version.name}" if better else f"Promote {version.name} all the same"
    st.button(label, type="primary" if better else "secondary", key="promote", on_click=_promote, args=(version,))
    st.caption("Every worker asks it within a minute. Roll back returns to what is in use now.")


def _promote(version: Version) -> None:
    from ml import registry

    why = str(st.session_state.get(f"why-{version.id}") or "").strip() or None
    done = act(registry.promote, version_id=version.id, override=why)
    if done is not None:
        st.session_state.pop(_key(version), None)
        say(f"{done.name} is in use. Roll back returns to what was.")
