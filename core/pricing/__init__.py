"""What a listing costs and why: the written rule, its guard rails, kept prices with receipts, quotes (SPEC 9.4, 10.1).
A learned model replaces the rule later behind the same answer: lines that sum to the price."""

from core.pricing.errors import NotPriced
from core.pricing.known import LOCK_OF_FLOOR_H
from core.pricing.quote import Quote, quote, reprice, reprice_due
from core.pricing.rule import Known, Line, Priced, Rails, discounted, price

__all__ = [
    "LOCK_OF_FLOOR_H",
    "Known",
    "Line",
    "NotPriced",
    "Priced",
    "Quote",
    "Rails",
    "discounted",
    "price",
    "quote",
    "reprice",
    "reprice_due",
]
