"""Whether leads are still like those a model learned from, and what its versions said (SPEC 10.6)."""

import streamlit as st

from core import advice
from core.advice import InForce, Said
from core.kit.errors import HotleadsError
from dashboard import navigation, wording
from dashboard.admin.models_words import MODELS, ROLES, VERDICTS, fact
from dashboard.components import figures, page, pager, tables
from dashboard.current import ask, read

DRIFT = {
    "name": tables.text("Fact", width="medium"),
    "verdict": tables.text("In a word"),
    "psi": tables.number("Stability index (PSI)", shown="%.3f"),
}
SAID = {
    "at": tables.text("When"),
    "version": tables.text("Version"),
    "role": tables.text("Role then"),
    "value": tables.number("It said", shown="%.3f"),
    "lead": tables.text("Lead", width="medium"),
}


def drift(model: str) -> None:
    """Each fact and the score, before the cut-off against after it, the most moved first."""
    st.caption(
        "What came since the version's cut-off against what came before it, the latest 20,000, measured anew each hour. "
        "Below 0.1 steady, to 0.25 moving, from there drifted."
    )
    if not MODELS[model].drifts:
        page.empty("Not measured for this model", "Drift is measured for fraud, quality and price.", icon="trending_flat")
    elif read(advice.in_force).get(model, InForce()).champion is None:
        page.empty(
            "Nothing to measure", "Written rules learn from nothing. Promote a version to see drift.", icon="trending_flat"
        )
    else:
        _measured(model)


def _measured(model: str) -> None:
    from ml import drift as measuring

    with st.spinner("Measuring"):
        found = ask(measuring.drift, model=model)
    if isinstance(found, HotleadsError):
        wording.show(found)
        return
    if not found:
        what = "days at a price lie" if model == "price" else "leads were scored"
        how = f"It is measured once {measuring.LEAST} {what} before the version's cut-off and as many after it."
        page.empty("Too few yet", how, icon="hourglass_top")
        return
    tables.table([{"name": fact(d.name), "verdict": VERDICTS[d.verdict], "psi": d.psi} for d in found], DRIFT, key="drift")


def predictions(model: str) -> None:
    """What versions said of which lead, newest first."""
    found = read(advice.log, model=model, before=pager.cursor("said-before"), most=pager.PAGE)
    if not found:
        page.empty(
            "No prediction yet",
            "Each lead that is scored while a version is in use, or is a challenger, adds a row.",
            icon="forum",
        )
        return
    picked = tables.table([_said(row) for row in found], SAID, key="said", opens=True, ids=[row.id for row in found])
    pager.pager(found[-1].id, full=len(found) == pager.PAGE, name="said-before")
    if picked:
        lead = str(found[picked[0]].lead_id)
        st.page_link(navigation.target("leads"), label="Open this lead", query_params={"lead": lead})


def _said(row: Said) -> tables.Row:
    return {
        "at": figures.ago(row.at),
        "version": f"{row.model}-{row.number}",
        "role": ROLES[row.role],
        "value": row.value,
        "lead": str(row.lead_id),
    }
