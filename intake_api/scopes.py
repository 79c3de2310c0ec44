"""What an API key must be allowed for each route that a program may call: one table (SPEC 1.1).

A route that is not named here can't be called with a key: people, second factors and keys themselves are left to people.
"""

from core.kit.errors import Forbidden

# Blueprint: the scope to read, the scope to change something.
BLUEPRINTS: dict[str, tuple[str, str]] = {
    "provider_inbox": ("leads.read", "leads.write"),
    "provider_claims": ("leads.read", "leads.write"),
    "provider_company": ("company.read", "company.write"),
    "provider_subscriptions": ("company.read", "company.write"),
    "provider_money": ("billing.read", "billing.write"),
    "provider_deposits": ("billing.read", "billing.write"),
    "money_files": ("billing.read", "billing.write"),
    "provider_marketplace": ("marketplace.read", "marketplace.buy"),
    "provider_recommendations": ("marketplace.read", "marketplace.buy"),
    "provider_results": ("reports.read", "reports.read"),
    "provider_own_lists": ("company.read", "company.write"),
    "provider_exports": ("reports.read", "reports.write"),
    "provider_webhooks": ("webhooks", "webhooks"),
    "passports": ("leads.read", "leads.read"),
    "exports": ("reports.read", "reports.write"),
    "partner_money": ("payouts", "payouts"),
}


def scope_of(blueprint: str | None, method: str) -> str | None:
    """The scope that a key needs for this route; ``None``: no key opens it."""
    scopes = BLUEPRINTS.get(blueprint or "")
    return None if scopes is None else scopes[method not in ("GET", "HEAD")]


def check_scope(scopes: frozenset[str], wanted: str | None) -> None:
    """Raise ``Forbidden`` unless a key with ``scopes`` may do what needs ``wanted``."""
    if wanted is None:
        raise Forbidden("access.key", "An API key can't do this. Sign in and do it on the page.")
    if wanted not in scopes:
        raise Forbidden("access.scope", f"This API key may not do this: it needs the scope {wanted}. Make a key that has it.")
