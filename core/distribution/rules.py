"""The engine's rules in words. What each one tests stands once, in ``eligibility`` and ``level_refusals`` of
``11_distribution_*.sql``.

The names are those by which a run counts its skips; their order is the engine's.
"""

from dataclasses import dataclass
from typing import Any

from core.kit.db import Json
from core.kit.money import format_usd

PERIODS = ("day", "week", "month")


class Usd(int):
    """An amount in cents that reads as dollars in a sentence."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its name, its two sentences, and which of ``looked_at`` is its value and which its threshold."""

    name: str
    passes: str
    refuses: str
    value: str | None = None
    threshold: str | None = None

    def sentence(self, seen: Json, *, passed: bool) -> str:
        """What the rule says of one lead and one subscription."""
        named = {"value": self.value, "threshold": self.threshold}
        words = {name: _words(seen[key]) if key else "" for name, key in named.items()}
        return (self.passes if passed else self.refuses).format(**words)


# Of the lead as a whole, and of the level as a whole.
LEAD_RULES = (
    Rule("lead_status", "The lead is approved.", "The lead is {value}, not approved.", "lead_status"),
    Rule("lead_sale", "The lead may be sold.", "The lead may not be sold: {value}.", "sale_refusal"),
)
LEVEL_RULES = (
    Rule("level_inactive", "The level is active.", "The level is not active."),
    Rule("no_slot_left", "The lead has a free slot.", "All slots of the lead are taken.", "open_slots"),
    Rule(
        "exclusive_level",
        "The lead is free for this level.",
        "The level sells exclusively, and the lead is sold already.",
        "sold",
    ),
    Rule("level_full", "The level lacks recipients.", "The level has sold this lead to all its recipients.", "lacking"),
)
# Of one subscription.
RULES = (
    Rule("subscription_inactive", "The subscription is active.", "The subscription is not active: {value}.", "standing"),
    Rule("already_has_lead", "The provider does not have this lead yet.", "The provider has this lead already."),
    Rule("filter_invalid", "The filter fits the form.", "The filter does not fit the form any more. It must be edited."),
    Rule("filter", "The filter wants this lead.", "The filter does not want this lead.", None, "filter_rules"),
    Rule(
        "delivery_hours",
        "It is {value} in the lead's market, within the delivery hours.",
        "It is {value} in the lead's market, outside the delivery hours.",
        "clock",
        "delivery_hours",
    ),
    *(
        Rule(
            f"cap_leads_{period}",
            f"Within the cap of leads a {period}.",
            f"{{value}} received this {period}: the cap of {{threshold}} is used up.",
            f"leads_{period}",
            f"cap_leads_{period}",
        )
        for period in PERIODS
    ),
    *(
        Rule(
            f"cap_spend_{period}",
            f"Within the cap of money a {period}.",
            f"{{value}} spent this {period}: one more lead goes beyond the cap of {{threshold}}.",
            f"spent_{period}",
            f"cap_spend_{period}",
        )
        for period in PERIODS
    ),
    Rule("provider_inactive", "The provider is active.", "The provider is {value}.", "provider_status"),
    Rule("service_area", "The lead lies in the service area.", "The lead lies outside the service area."),
    Rule("wallet_frozen", "The wallet is not frozen.", "The wallet is frozen until an administrator releases it.", "frozen_at"),
    Rule(
        "insufficient_balance",
        "The wallet holds {value} and can pay {threshold}.",
        "The wallet holds {value} and can't pay {threshold}.",
        "balance",
        "price",
    ),
    Rule(
        "own_list",
        "The person is on no do-not-contact list of the company.",
        "The person is on a do-not-contact list of the company, or such a list is too old.",
    ),
    Rule(
        "consent_unnamed",
        "The person's consent holds for the company.",
        "The person's consent does not name the company, as a policy asks.",
    ),
)


def looked_at(seen: Json) -> Json:
    """What the rules looked at, by the names they use, from the ``seen`` column of ``eligibility``."""
    named = dict(seen)
    named["standing"] = seen["inactive_reason"] or seen["status"]
    named["clock"] = seen["market_time"][11:16]
    named["balance"], named["price"] = Usd(seen["balance_cents"] or 0), Usd(seen["price_cents"])
    for period in PERIODS:
        usage, cap = seen[period], seen[f"cap_spend_{period}"]
        named[f"leads_{period}"], named[f"spent_{period}"] = usage["leads"] or 0, Usd(usage["spent_cents"] or 0)
        named[f"cap_spend_{period}"] = cap if cap is None else Usd(cap)
    return named


def _words(value: Any) -> str:
    return format_usd(value) if isinstance(value, Usd) else str(value).replace("_", " ")
