"""What a listing costs and why: the written rule, its guard rails, kept prices with receipts, quotes (SPEC 9.4, 10.1).
A learned model's estimate replaces the rule behind the same answer: lines that sum to the price."""

from core.pricing.errors import NotPriced
from core.pricing.estimates import Estimate, forget_suggestions, in_want, suggest
from core.pricing.known import Facts, facts, least_price
from core.pricing.quote import Quote, quote, reprice, reprice_due
from core.pricing.rule import Known, Line, Priced, Rails, discounted, plan_price, price

__all__ = [
    "Estimate",
    "Facts",
    "Known",
    "Line",
    "NotPriced",
    "Priced",
    "Quote",
    "Rails",
    "discounted",
    "facts",
    "forget_suggestions",
    "in_want",
    "least_price",
    "plan_price",
    "price",
    "quote",
    "reprice",
    "reprice_due",
    "suggest",
]
