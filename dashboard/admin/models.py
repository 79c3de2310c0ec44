"""Models: which version is in use, how good it is, and whether it should be another one (SPEC 10.4 to 10.6)."""

from datetime import datetime
from uuid import UUID

import streamlit as st

from core import advice
from core.advice import InForce, Version
from dashboard.admin import models_drift, models_training, models_trial, models_versions
from dashboard.admin.models_words import MAY_ACT, MODELS
from dashboard.components import figures, page, pills, tables
from dashboard.components.confirm import confirm_button
from dashboard.components.wrapped import wrapped
from dashboard.current import CurrentUser, act, read
from dashboard.live import fragment, say

COLUMNS = {
    "model": "Model",
    "now": "In use",
    "since": "Since",
    "challenger": "Challenger",
    "purpose": "What it is for",
}
VIEWS = ["Versions", "Drift", "Predictions", "Changes"]
TRIAL = "Trial"  # of the price model alone
CHANGES = {
    "at": tables.text("When"),
    "to": tables.text("Put in use"),
    "was": tables.text("Before"),
    "figures": tables.text("On the same hold-out", width="large"),
    "why": tables.text("Why", width="large"),
}


def show(user: CurrentUser) -> None:
    """All models at a glance, then one of them."""
    page.header("Models", "See what scores and prices leads, compare it with what could, and go back when it disappoints.")
    _desk(may_act=user.role in MAY_ACT)


@fragment
def _desk(*, may_act: bool) -> None:
    force = read(advice.in_force)
    rows = [_row(name, force.get(name, InForce())) for name in MODELS]
    wrapped(rows, COLUMNS, label="Which version is in use", wide=("purpose",))
    titles = {told.title: name for name, told in MODELS.items()}
    chosen = st.segmented_control(
        "Model", list(titles), default="Fraud", key="model", bind="query-params", required=True, label_visibility="collapsed"
    )
    name = titles[chosen or "Fraud"]
    told = MODELS[name]
    page.section(told.title, told.purpose)
    if not told.versioned:
        page.empty("Nothing to promote", told.without, icon="autorenew")
        return
    _state(name, force.get(name, InForce()), may_act=may_act)
    _view(name, may_act=may_act)


def _view(name: str, *, may_act: bool) -> None:
    view = st.segmented_control(
        "Show",
        [*VIEWS, TRIAL] if name == "price" else VIEWS,
        default="Versions",
        key="models-view",
        bind="query-params",
        required=True,
        label_visibility="collapsed",
    )
    if view == "Drift":
        models_drift.drift(name)
    elif view == "Predictions":
        models_drift.predictions(name)
    elif view == "Changes":
        _changes(name)
    elif view == TRIAL:
        models_trial.show(may_act=may_act)
    else:
        models_versions.show(name, may_act=may_act)


def _row(name: str, force: InForce) -> tables.Row:
    told = MODELS[name]
    return {
        "model": told.title,
        "now": force.champion.name if force.champion else told.untrained,
        "since": figures.ago(_since(name)) if force.champion else "",
        "challenger": force.challenger.name if force.challenger else "",
        "purpose": told.purpose,
    }


def _since(name: str) -> datetime | None:
    latest = read(advice.changes, model=name, most=1)
    return latest[0].at if latest else None


def _state(name: str, force: InForce, *, may_act: bool) -> None:
    if force.champion:
        said = (
            f"{pills.tag(f'{force.champion.name} in use', icon='check_circle', tone='live')} since {figures.ago(_since(name))}."
        )
        if force.challenger:
            said += f" {force.challenger.name} is asked beside it and decides nothing."
    else:
        said = f"{pills.tag(f'{MODELS[name].untrained} in use', icon='rule', tone='sea')} {MODELS[name].without}"
    st.markdown(said)
    if may_act:
        with st.container(horizontal=True):
            st.button("Train now", icon=":material/model_training:", key="train", on_click=models_training.ask, args=(name,))
            if force.champion:
                _way_back(name, force.champion)
    models_training.progress(name)


def _way_back(name: str, standing: Version) -> None:
    confirm_button(
        "Roll back", icon="undo", key="roll-back", verb="Roll back now", on_confirm=roll_back, args=(name, standing.id),
        will=f"{standing.name} is no longer asked, and what was in use before it is again, within a minute. "
        f"Scores and prices that stand are not changed. To return, promote {standing.name} again.",
    )  # fmt: skip


def roll_back(name: str, standing: UUID) -> None:
    """Put in use again what was before, and say what that is."""
    from ml import registry  # costs a second, which no page without it should pay

    before = _since(name)
    earlier = act(registry.roll_back, model=name, memo="", standing=standing)
    if _since(name) != before:
        say(f"{earlier.name} is in use again." if earlier else f"{MODELS[name].untrained} in use again.")


def _changes(name: str) -> None:
    found = read(advice.changes, model=name)
    if not found:
        page.empty("Nothing changed yet", "Each promotion and each way back is listed here with its figures.", icon="history")
        return
    tables.table([_change(change) for change in found], CHANGES, key="changes")


def _change(change: advice.Change) -> tables.Row:
    told = change.comparison
    both = f"{told['figure']}: {told['candidate']:.4f}, {told['standing_name']} {told['standing']:.4f}" if told else "Way back"
    return {
        "at": figures.ago(change.at),
        "to": f"{change.model}-{change.number}" if change.number else MODELS[change.model].untrained,
        "was": f"{change.model}-{change.previous}" if change.previous else MODELS[change.model].untrained,
        "figures": both,
        "why": change.override or change.memo,
    }
