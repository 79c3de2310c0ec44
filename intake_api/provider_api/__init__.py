"""REST for a provider's own users under ``/api/v1/provider``: inbox, company, subscriptions, money.
Thin over core's verbs, which check role and tenant themselves. ``blueprints`` lists what the app registers.
"""

from flask import Blueprint


def blueprints() -> list[Blueprint]:
    """Imported here, so that importing the package has no side effects."""
    from intake_api.provider_api import (
        claims,
        company,
        deposits,
        exports,
        inbox,
        keys,
        marketplace,
        money,
        own_lists,
        recommendations,
        results,
        subscriptions,
        support,
        team,
        webhooks,
    )

    modules = (
        inbox,
        claims,
        company,
        subscriptions,
        money,
        deposits,
        results,
        exports,
        team,
        keys,
        support,
        marketplace,
        recommendations,
        own_lists,
        webhooks,
    )
    return [module.blueprint for module in modules]
