"""Providers: list, one, change, adjust a balance (SPEC 1.3, 1.8, 6.3)."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import Field, StrictInt, StringConstraints
from sqlalchemy.orm import Session

from core import ledger, providers
from core.kit.actor import Actor
from core.kit.ids import uuid7
from intake_api.provider_api.company import Profile
from intake_api.rest import Body, Page, page, route

blueprint = Blueprint("admin_providers", __name__, url_prefix="/api/v1/admin/providers")
Status = Literal["pending", "active", "suspended", "deactivated"]
MOST_CENTS = 100_000_000


class ProviderPage(Page):
    """Which providers: by a part of the name or e-mail, by status."""

    search: str | None = None
    status: Status | None = None


class ProviderChange(Body):
    """A new status with its reason, a new profile, or both."""

    status: Status | None = None
    reason: Annotated[str, StringConstraints(max_length=500)] = ""
    profile: Profile | None = None


class Adjustment(Body):
    """Cents into the wallet, or out of it when negative, with the reason."""

    amount_cents: Annotated[StrictInt, Field(ge=-MOST_CENTS, le=MOST_CENTS)]
    memo: Annotated[str, StringConstraints(max_length=500)]


@route(blueprint, "GET", "", "admin", "analyst", query=ProviderPage)
def provider_list(session: Session, actor: Actor, given: ProviderPage, *, now: datetime) -> Any:
    """Providers, newest first, with balance, subscriptions and last lead."""
    rows = providers.list_providers(
        session, actor=actor, search=given.search, status=given.status, before_id=given.after, limit=given.limit
    )
    return page(rows, given.limit)


@route(blueprint, "GET", "/<uuid:provider_id>", "admin", "analyst")
def provider(session: Session, actor: Actor, _given: None, *, provider_id: UUID, now: datetime) -> Any:
    """One provider with its subscriptions and service areas."""
    return {
        "provider": providers.get_provider(session, actor=actor, provider_id=provider_id, now=now),
        "subscriptions": providers.subscriptions_of(session, actor=actor, provider_id=provider_id),
        "areas": providers.areas_of(session, actor=actor, provider_id=provider_id),
    }


@route(blueprint, "PUT", "/<uuid:provider_id>", "admin", body=ProviderChange)
def change(session: Session, actor: Actor, given: ProviderChange, *, provider_id: UUID, now: datetime) -> Any:
    """Correct the profile, then change the status: activate, suspend, deactivate, bring back."""
    if given.profile:
        providers.complete_profile(session, actor=actor, provider_id=provider_id, **given.profile.model_dump(), now=now)
    if given.status:
        providers.set_status(session, actor=actor, provider_id=provider_id, status=given.status, reason=given.reason, now=now)
    return provider(session, actor, None, provider_id=provider_id, now=now)


@route(blueprint, "POST", "/<uuid:provider_id>/balance-adjust", "admin", body=Adjustment)
def balance_adjust(session: Session, actor: Actor, given: Adjustment, *, provider_id: UUID, now: datetime) -> Any:
    """Credit or debit a wallet by hand; send an ``Idempotency-Key`` so that a repeat moves nothing."""
    move = ledger.debit_manually if given.amount_cents < 0 else ledger.credit_manually
    move(
        session,
        actor=actor,
        provider_id=provider_id,
        amount_cents=abs(given.amount_cents),
        memo=given.memo,
        idempotency_key=f"adjust:{uuid7()}",
        now=now,
    )
    return {"wallet": ledger.balance(session, actor=actor, provider_id=provider_id)}
