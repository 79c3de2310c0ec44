"""What a listing costs and why: the written rule, its guard rails, kept prices with receipts, quotes (SPEC 9.4, 10.1).
A learned model replaces the rule later behind the same answer: lines that sum to the price."""

from core.pricing.errors import NotPriced
from core.pricing.known import least_price
from core.pricing.quote import Quote, quote, reprice, reprice_due
from core.pricing.rule import Known, Line, Priced, Rails, discounted, plan_price, price

__all__ = [
    "Known",
    "Line",
    "NotPriced",
    "Priced",
    "Quote",
    "Rails",
    "discounted",
    "least_price",
    "plan_price",
    "price",
    "quote",
    "reprice",
    "reprice_due",
]
