"""Signing up, in and out: JSON under /api/v1/auth, and pages that need no JavaScript (SPEC 1.2-1.7)."""

from flask import Blueprint

from intake_api.auth import api, api_mfa, link_pages, second_factor_pages, sign_in_pages, sign_up_pages


def blueprints() -> list[Blueprint]:
    """All of this package."""
    modules = (api, api_mfa, sign_in_pages, second_factor_pages, sign_up_pages, link_pages)
    return [module.blueprint for module in modules]
