"""The distribution part of a lead's page: live standing, runs, simulation, and why or why not (SPEC 4.5, 5.6)."""

from uuid import UUID

import streamlit as st

from core import distribution, leads, providers
from core.kit.errors import HotleadsError
from dashboard import wording
from dashboard.components import figures, page, pills
from dashboard.components.verbatim import verbatim
from dashboard.current import act, attempt, read
from dashboard.live import fragment
from dashboard.shared import runs


@fragment(run_every=5)
def standing(lead: leads.LeadDetail, *, may_act: bool) -> None:
    """Slots, the job that waits, the runs so far; fresh every few seconds."""
    told = read(distribution.status, lead_id=lead.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        slots = f"{told.slots.sold} sold, {told.slots.free} free"
        job = f" {pills.pill(told.job.state, _job(told.job))}" if told.job else ""
        st.markdown(f"{pills.pill(told.lead_status)} :gray[{slots}]{job}", width="stretch")
        if may_act and told.lead_status == "approved":
            st.button("Run now", icon=":material/play_arrow:", type="primary", on_click=_run, args=(lead.id,))
    if not told.runs:
        runs.nothing_yet()
    for detail in told.runs:
        runs.run_card(detail, zone=lead.timezone)


def _job(job: distribution.QueuedRun) -> str:
    words = {"ready": "A run waits", "taken": "A run is under way", "dead": "Given up"}
    return words.get(job.state, job.state)


def _run(lead_id: UUID) -> None:
    act(distribution.run_now, lead_id=lead_id, said="A run is queued ahead of the others.")


@fragment
def what_if(lead: leads.LeadDetail, *, may_act: bool) -> None:
    """Simulate a run, and explain one subscription."""
    if may_act and lead.status == "approved":
        page.section("What would happen now", "The real engine, undone: nobody is charged and no turn is used.")
        if st.button("Simulate a run", icon=":material/science:"):
            result = attempt(distribution.simulate, lead_id=lead.id)
            if isinstance(result, HotleadsError):
                wording.show(result)
            else:
                runs.run_card(result, simulated=True)
    page.section("Why, or why not", "Each rule's verdict on one subscription, as the engine would see it now.")
    found = read(providers.list_subscriptions, niche_id=lead.niche_id, limit=200)
    live = [view for view in found if view.ended_at is None]
    chosen = st.selectbox(
        "Subscription",
        live,
        index=None,
        format_func=lambda view: f"{view.company_name}, {view.level_name} ({pills.word(view.status).lower()})",
        placeholder="Choose a company and level",
        key=f"why-{lead.id}",
    )
    if chosen:
        _verdicts(lead.id, chosen)


def _verdicts(lead_id: UUID, view: providers.SubscriptionView) -> None:
    verdicts = read(distribution.explain, lead_id=lead_id, subscription_id=view.id)
    refused = [verdict for verdict in verdicts if not verdict.passed]
    if refused:
        who = f"**{verbatim(view.company_name)} would be passed over:**"
        st.markdown(f":red[:material/block: {who}] {figures.count(len(refused), 'rule')} refuse.")
    else:
        st.markdown(f":green[:material/check_circle: **{verbatim(view.company_name)} could receive it.**]")
    for verdict in (*refused, *(verdict for verdict in verdicts if verdict.passed)):
        colour, icon = ("green", "check") if verdict.passed else ("red", "close")
        st.markdown(f":{colour}[:material/{icon}:] {verbatim(verdict.sentence)}")
        for part in verdict.parts:
            colour, icon = ("green", "check") if part.passed else ("red", "close")
            st.markdown(f"&emsp;:{colour}[:material/{icon}:] :gray[{verbatim(part.sentence)}]")
