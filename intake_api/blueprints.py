"""Every blueprint of the app, once. Add yours here."""

from flask import Blueprint


def all_blueprints() -> list[Blueprint]:
    """In the order they are registered; imported here so that importing the package has no side effects."""
    from intake_api import (
        admin_api,
        api_docs,
        auth,
        exports,
        mlflow_door,
        money_files,
        notebook_pages,
        partner_api,
        partner_money,
        passports,
        provider_api,
    )
    from intake_api.ops import health, metrics
    from intake_api.public import api, mail_events, pages, pay, payment_events, source_calls, unsubscribe

    signed_in = [
        *auth.blueprints(),
        *provider_api.blueprints(),
        *admin_api.blueprints(),
        money_files.blueprint,
        exports.blueprint,
        mlflow_door.blueprint,
        notebook_pages.blueprint,
        partner_money.blueprint,
        passports.blueprint,
    ]
    public = [module.blueprint for module in (api, pages, pay, payment_events, mail_events, source_calls, unsubscribe)]
    return [*public, api_docs.blueprint, partner_api.blueprint, health.blueprint, metrics.blueprint, *signed_in]
