"""Subscriptions of every provider, their filter logs, and how a niche filters (SPEC 4.5, 4.7)."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint
from sqlalchemy.orm import Session

from core import niches, providers
from core.kit.actor import Actor
from core.kit.db import Json
from intake_api.rest import Body, Page, page, route

blueprint = Blueprint("admin_subscriptions", __name__, url_prefix="/api/v1/admin")


class SubscriptionPage(Page):
    """Which subscriptions."""

    niche_id: UUID | None = None
    provider_id: UUID | None = None
    status: Literal["active", "paused", "inactive", "ended"] | None = None


class ChangePage(Page):
    """Which changes of filters: by a part of a memo, niche, company."""

    memo: str | None = None
    niche_id: UUID | None = None
    provider_id: UUID | None = None


class FilterChange(Body):
    """New rules for a company's filter, and the house's own note on why."""

    rules: Json
    memo: str | None = None


class Memo(Body):
    """A note on a filter change."""

    memo: str


@route(blueprint, "GET", "/subscriptions", "admin", "analyst", query=SubscriptionPage)
def subscription_list(session: Session, actor: Actor, given: SubscriptionPage, *, now: datetime) -> Any:
    """Subscriptions, newest first."""
    rows = providers.list_subscriptions(
        session,
        actor=actor,
        niche_id=given.niche_id,
        provider_id=given.provider_id,
        status=given.status,
        before_id=given.after,
        limit=given.limit,
    )
    return page(rows, given.limit)


@route(blueprint, "GET", "/subscriptions/<uuid:subscription_id>/filter-logs", "admin", "analyst")
def filter_logs(session: Session, actor: Actor, _given: None, *, subscription_id: UUID, now: datetime) -> Any:
    """Every change of one subscription's filter, newest first, with memos."""
    return {"items": providers.filter_log(session, actor=actor, subscription_id=subscription_id)}


@route(blueprint, "PUT", "/subscriptions/<uuid:subscription_id>/filters", "admin", body=FilterChange)
def change_filter(session: Session, actor: Actor, given: FilterChange, *, subscription_id: UUID, now: datetime) -> Any:
    """Change a company's filter for it; they are told by mail, the memo stays here."""
    providers.set_filter(
        session, actor=actor, subscription_id=subscription_id, rules=given.rules, memo=given.memo or None, now=now
    )
    return {"items": providers.filter_log(session, actor=actor, subscription_id=subscription_id, limit=1)}


@route(blueprint, "GET", "/filter-changes", "admin", "analyst", query=ChangePage)
def filter_changes(session: Session, actor: Actor, given: ChangePage, *, now: datetime) -> Any:
    """Changes of all filters, newest first, found by their memo."""
    wanted = given.model_dump(exclude={"after", "limit"})
    rows = providers.find_filter_changes(session, actor=actor, **wanted, before_id=given.after, limit=given.limit)
    return page(rows, given.limit)


@route(blueprint, "POST", "/filter-changes/<uuid:change_id>/memos", "admin", body=Memo, status=201)
def note_filter_change(session: Session, actor: Actor, given: Memo, *, change_id: UUID, now: datetime) -> Any:
    """Add a memo to a filter change; it is found in the audit log."""
    providers.note_filter_change(session, actor=actor, change_id=change_id, memo=given.memo, now=now)
    return {"change_id": change_id}


@route(blueprint, "GET", "/niches/<uuid:niche_id>/filter-stats", "admin", "analyst")
def filter_stats(session: Session, actor: Actor, _given: None, *, niche_id: UUID, now: datetime) -> Any:
    """Used fields and rule counts of a niche's live subscriptions."""
    niches.get_niche(session, niche_id)
    return {"stats": providers.filter_statistics(session, actor=actor, niche_id=niche_id)}


@route(blueprint, "GET", "/niches/<uuid:niche_id>/invalid-filters", "admin", "analyst")
def invalid_filters(session: Session, actor: Actor, _given: None, *, niche_id: UUID, now: datetime) -> Any:
    """Filters that no longer fit the niche's form."""
    niches.get_niche(session, niche_id)
    return {"items": providers.invalid_filters(session, actor=actor, niche_id=niche_id)}
