"""What a listing costs and why: the written rule, its guard rails, kept prices with receipts, quotes (SPEC 9.4, 10.1).
A learned model's estimate replaces the rule behind the same answer: lines that sum to the price."""

from core.pricing.errors import NoModelToTry, NotPriced, NoTrial, TrialInvalid, TrialRunning
from core.pricing.estimates import Estimate, forget_suggestions, in_want, suggest
from core.pricing.known import Facts, facts, floored_since, least_price
from core.pricing.quote import Quote, quote, reprice, reprice_due, suggested_price
from core.pricing.rule import Known, Line, Priced, Rails, discounted, plan_price, price
from core.pricing.sequential import Bounds, Sums, difference
from core.pricing.trials import (
    LEAST,
    LESS_SOLD,
    Arm,
    Reading,
    Side,
    Trial,
    judge_running,
    reading,
    running,
    start_trial,
    stop_trial,
    supersede,
    trials,
)

__all__ = [
    "LEAST",
    "LESS_SOLD",
    "Arm",
    "Bounds",
    "Estimate",
    "Facts",
    "Known",
    "Line",
    "NoModelToTry",
    "NoTrial",
    "NotPriced",
    "Priced",
    "Quote",
    "Rails",
    "Reading",
    "Side",
    "Sums",
    "Trial",
    "TrialInvalid",
    "TrialRunning",
    "difference",
    "discounted",
    "facts",
    "floored_since",
    "forget_suggestions",
    "in_want",
    "judge_running",
    "least_price",
    "plan_price",
    "price",
    "quote",
    "reading",
    "reprice",
    "reprice_due",
    "running",
    "start_trial",
    "stop_trial",
    "suggest",
    "suggested_price",
    "supersede",
    "trials",
]
