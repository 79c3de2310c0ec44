"""REST for staff under ``/api/v1/admin``: review and leads, distribution, providers, levels, people, operations, models.
Thin over core's verbs, which check the role themselves. ``blueprints`` lists what the app registers.
"""

from importlib import import_module

from flask import Blueprint

MODULES = (
    "billing",
    "business",
    "claims",
    "distribution",
    "duplicates",
    "fraud_feedback",
    "house_lists",
    "leads",
    "levels",
    "markets",
    "messages",
    "models",
    "niches",
    "notebooks",
    "operations",
    "partner_keys",
    "people",
    "policies",
    "price_trials",
    "providers",
    "replays",
    "reports",
    "source_files",
    "source_terms",
    "sources",
    "subscriptions",
    "support",
    "suppressed",
)


def blueprints() -> list[Blueprint]:
    """Imported here, so that importing the package has no side effects."""
    return [import_module(f"{__name__}.{name}").blueprint for name in MODULES]
