"""Trials of prices: each new listing is priced by the model or by the written rule, drawn by its id, until a test that may be
looked at any time decides (SPEC 10.6, docs/adr/0025). Every company sees the same price of a listing."""

from core.pricing.trials.course import judge_running, reading, start_trial, stop_trial, supersede, trials
from core.pricing.trials.draw import Drawn, arms
from core.pricing.trials.reading import LEAST, LESS_SOLD, Reading, Side
from core.pricing.trials.sequential import Bounds, Sums, difference
from core.pricing.trials.trial import Arm, Trial, running

__all__ = [
    "LEAST",
    "LESS_SOLD",
    "Arm",
    "Bounds",
    "Drawn",
    "Reading",
    "Side",
    "Sums",
    "Trial",
    "arms",
    "difference",
    "judge_running",
    "reading",
    "running",
    "start_trial",
    "stop_trial",
    "supersede",
    "trials",
]
