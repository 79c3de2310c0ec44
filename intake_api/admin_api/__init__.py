"""REST for staff under ``/api/v1/admin``: review and leads, distribution, providers, levels, people, operations.
Thin over core's verbs, which check the role themselves. ``blueprints`` lists what the app registers.
"""

from flask import Blueprint


def blueprints() -> list[Blueprint]:
    """Imported here, so that importing the package has no side effects."""
    from intake_api.admin_api import (
        billing,
        business,
        claims,
        distribution,
        leads,
        levels,
        messages,
        notebooks,
        operations,
        partner_keys,
        people,
        providers,
        reports,
        source_files,
        sources,
        subscriptions,
        support,
    )

    modules = (
        billing,
        business,
        claims,
        distribution,
        leads,
        levels,
        messages,
        notebooks,
        operations,
        partner_keys,
        people,
        providers,
        reports,
        source_files,
        sources,
        subscriptions,
        support,
    )
    return [module.blueprint for module in modules]
