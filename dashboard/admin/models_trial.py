"""A trial of prices: start one, see how it stands as often as you like, stop it; those that are over (SPEC 10.6)."""

import math
from typing import Any

import streamlit as st

from core import advice, pricing
from core.kit.errors import HotleadsError
from core.pricing import LEAST, Reading, Trial
from dashboard import wording
from dashboard.components import figures, page, tables
from dashboard.components.confirm import confirm_button
from dashboard.components.tiles import Tile, tiles
from dashboard.current import act, attempt, read
from dashboard.live import say

ARMS = {"model": "Price model", "rule": "Written rule"}
REASONS = {
    "better": "The model surely earns more",
    "worse": "The model surely earns less",
    "guard": "The model surely sells a tenth of listings less",
    "time": "90 days without a verdict",
    "stopped": "Stopped by hand",
    "superseded": "Another version, or the rule, was put in use",
}
OVER = {
    "name": tables.text("Trial", width="medium"),
    "version": tables.text("Version"),
    "winner": tables.text("Prices since"),
    "reason": tables.text("Why it ended", width="large"),
    "ended": tables.text("Ended"),
}
SIDES = {
    "arm": tables.text("Priced by"),
    "drawn": tables.number("Listings drawn"),
    "over": tables.number("Window over"),
    "earned": tables.money("Earned a listing"),
    "sold": tables.number("Sold, %", shown="%.1f"),
}


def show(*, may_act: bool) -> None:
    """What goes on, and what was."""
    st.caption(
        "Each new listing is priced by the model or by the written rule, drawn by its id: every company sees the same price. "
        "The bounds hold however often they are looked at, so a trial ends by itself as soon as it is decided."
    )
    found = read(pricing.trials)
    going = next((trial for trial in found if trial.ended_at is None), None)
    if going is not None:
        _going(going, may_act=may_act)
    elif may_act:
        _form()
    else:
        page.empty("No trial goes on", "Admins and scientists start one while a price model is in use.", icon="science")
    over = [trial for trial in found if trial.ended_at is not None]
    if over:
        page.section("Trials that are over")
        tables.table([_over(trial) for trial in over], OVER, key="trials")


def _going(trial: Trial, *, may_act: bool) -> None:
    page.section(
        trial.name, f"{trial.version} prices {trial.model_percent}% of listings opened since {figures.ago(trial.started_at)}."
    )
    now = read(pricing.reading, trial_id=trial.id)
    known = bool(now.model.over and now.rule.over)
    tiles(
        [
            Tile("Model earns more by", _dollars(now.earned.difference) if known else "–", beside=_between(now, "earned")),
            Tile(
                "Model sells more by", f"{100 * now.sold.difference:+.1f} points" if known else "–", beside=_between(now, "sold")
            ),
            Tile("Standing", "Decided" if now.verdict else "Open", beside=_left(now, trial)),
        ],
        least=260,
    )
    sides = [("model", now.model), ("rule", now.rule)]
    rows = [
        {"arm": ARMS[arm], "drawn": side.drawn, "over": side.over, "earned": side.earned_cents / 100, "sold": 100 * side.sold}
        for arm, side in sides
    ]
    tables.table(rows, SIDES, key="trial-sides")
    st.caption(
        f"A listing counts once it has been on sale for {figures.count(trial.window_days, 'day')}, with what was not paid back."
    )
    if may_act:
        confirm_button(
            "Stop the trial", icon="stop_circle", key="stop-trial", verb="Stop it now", on_confirm=_stop,
            will=f"It ends without a winner: {trial.version} prices every listing again.",
        )  # fmt: skip


def _form() -> None:
    champion = read(advice.in_force).get("price", advice.InForce()).champion
    if champion is None:
        page.empty(
            "Nothing to try yet", "Promote a price version first; a trial then sets it against the written rule.", icon="science"
        )
        return
    with st.form("trial"):
        name = st.text_input("Name", value=f"{champion.name} against the rule", max_chars=100)
        one, two, three = st.columns(3)
        percent = one.number_input("Listings the model prices, %", 10, 90, 50, step=5)
        days = two.number_input("Days a listing counts", 1, 30, 7)
        planned = three.number_input(
            "Listings planned",
            100,
            1_000_000,
            1000,
            step=100,
            help="The test is sharpest at about so many; it holds at any number.",
        )
        pressed = st.form_submit_button("Start the trial", type="primary", icon=":material/science:")
    if pressed:
        asked: dict[str, Any] = {"name": name, "model_percent": int(percent), "window_days": int(days), "planned": int(planned)}
        done = attempt(pricing.start_trial, **asked)
        if isinstance(done, HotleadsError):
            wording.show(done)
            return
        say("It has begun. Listings that open from now on take part.")
        st.rerun()


def _stop() -> None:
    act(pricing.stop_trial, memo="", said="Stopped. The model in use prices every listing again.")


def _over(trial: Trial) -> tables.Row:
    return {
        "name": trial.name,
        "version": trial.version,
        "winner": ARMS[trial.winner] if trial.winner else "No verdict",
        "reason": REASONS[str(trial.reason)],
        "ended": figures.ago(trial.ended_at),
    }


def _dollars(cents: float) -> str:
    return f"{'-' if cents < 0 else '+'}${abs(cents) / 100:,.2f}"


def _between(now: Reading, which: str) -> str:
    bounds = getattr(now, which)
    if math.isinf(bounds.low):
        return "Not known yet"
    if which == "earned":
        return f"Surely {_dollars(bounds.low)} to {_dollars(bounds.high)}"
    return f"Surely {100 * bounds.low:+.1f} to {100 * bounds.high:+.1f}"


def _left(now: Reading, trial: Trial) -> str:
    over = min(now.model.over, now.rule.over)
    if over < LEAST:
        return f"{LEAST - over} more of each to begin with"
    return f"{now.model.over + now.rule.over:,} of {trial.planned:,} planned"
