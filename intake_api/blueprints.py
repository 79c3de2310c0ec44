"""Every blueprint of the app, once. Add yours here."""

from flask import Blueprint


def all_blueprints() -> list[Blueprint]:
    """In the order they are registered; imported here so that importing the package has no side effects."""
    from intake_api.ops import health, metrics

    return [health.blueprint, metrics.blueprint]
