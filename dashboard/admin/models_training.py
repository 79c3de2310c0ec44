"""Training as a job: asked for with a press, followed until it is over."""

import streamlit as st

from core import advice
from dashboard.components import figures
from dashboard.current import act, read
from dashboard.live import fragment, say


def ask(model: str) -> None:
    """Have a worker train a model."""
    asked = act(advice.ask_training, model=model)
    if asked is not None:
        say("A worker trains it; it goes on when you leave this page." if asked else "It is being trained already.")


def progress(model: str) -> None:
    """How the latest training stands; looks again by itself only while one is under way."""
    latest = read(advice.latest_training, model=model)
    if latest is None:
        return
    if latest.state in ("ready", "taken"):
        _live(model)
    else:
        _told(latest)


@fragment(run_every=3)
def _live(model: str) -> None:
    latest = read(advice.latest_training, model=model)
    if latest is None or latest.state not in ("ready", "taken"):
        st.rerun()  # over: the new version stands in the tables above and below, too
    _told(latest)


def _told(latest: advice.Training) -> None:
    asked = figures.ago(latest.asked_at)
    if latest.state == "ready":
        st.info(f"Waiting for a worker. Asked for {asked}.", icon=":material/schedule:")
    elif latest.state == "taken":
        st.progress(min(1.0, latest.share), text=f"{latest.step or 'Reading the history'}. Asked for {asked}.")
    elif latest.state == "dead":
        st.error("Training failed and is a dead letter: see Operations, where it can be tried again.", icon=":material/report:")
    elif latest.made:
        st.caption(f"Trained {figures.ago(latest.finished_at)}: {latest.model}-{latest.made} is the newest version.")
    else:
        st.caption(
            f"Trained {figures.ago(latest.finished_at)}, and no version came of it: too few leads have an end that is known. "
            "Try again in some weeks."
        )
