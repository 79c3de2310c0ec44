"""Every blueprint of the app, once. Add yours here."""

from flask import Blueprint


def all_blueprints() -> list[Blueprint]:
    """In the order they are registered; imported here so that importing the package has no side effects."""
    from intake_api import admin_api, auth, provider_api
    from intake_api.ops import health, metrics
    from intake_api.public import api, pages, pay, payment_events

    signed_in = [*auth.blueprints(), *provider_api.blueprints(), *admin_api.blueprints()]
    return [api.blueprint, pages.blueprint, pay.blueprint, payment_events.blueprint, health.blueprint, metrics.blueprint, *signed_in]
