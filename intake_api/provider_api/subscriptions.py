"""Levels to choose from, subscriptions to them, their filters and caps (SPEC 4.2, 4.4, 4.8)."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint
from pydantic import Field, StrictInt
from sqlalchemy.orm import Session

from core import distribution, niches, providers
from core.kit.actor import Actor
from core.kit.db import Json
from intake_api.rest import Body, Page, Query, route

blueprint = Blueprint("provider_subscriptions", __name__, url_prefix="/api/v1/provider")


class Subscribe(Body):
    """The competition level to join."""

    level_id: UUID


class Filter(Body):
    """Filter rules: groups ``all``, ``any``, ``not`` over ``field``, ``operator``, ``value``.

    ``version`` is the one that was read: another person's change since then answers 409.
    """

    rules: Json
    version: StrictInt | None = None


class Rules(Body):
    """Filter rules to try, without saving them."""

    rules: Json


class Earlier(Body):
    """The change whose rules shall hold again."""

    change_id: UUID


class Days(Query):
    """How far to look back."""

    days: int = Field(30, ge=1, le=365)


class Limits(Body):
    """All six caps (``null``: none) and, when named, the delivery hours (``null``: always)."""

    leads_day: StrictInt | None = None
    leads_week: StrictInt | None = None
    leads_month: StrictInt | None = None
    spend_day_cents: StrictInt | None = None
    spend_week_cents: StrictInt | None = None
    spend_month_cents: StrictInt | None = None
    delivery_hours: Json | None = None


@route(blueprint, "GET", "/niches/<uuid:niche_id>/competition-levels", "provider")
def competition_levels(session: Session, actor: Actor, _given: None, *, niche_id: UUID, now: datetime) -> Any:
    """A niche's active levels in order, with the caller's own state on each."""
    return {"items": providers.ladder(session, actor=actor, niche_id=niche_id)}


@route(blueprint, "POST", "/competition-levels/<uuid:level_id>/accept-price", "provider")
def accept_price(session: Session, actor: Actor, _given: None, *, level_id: UUID, now: datetime) -> Any:
    """Take a level's announced price before it is due; it applies once every earlier subscriber has."""
    return {"level": niches.consent_to_price(session, actor=actor, level_id=level_id, now=now)}


@route(blueprint, "GET", "/subscriptions", "provider")
def subscriptions(session: Session, actor: Actor, _given: None, *, now: datetime) -> Any:
    """The caller's live subscriptions."""
    return {"items": providers.subscriptions_of(session, actor=actor)}


@route(blueprint, "POST", "/subscriptions", "provider", body=Subscribe, status=201)
def subscribe(session: Session, actor: Actor, given: Subscribe, *, now: datetime) -> Any:
    """Join a level; inactive until the wallet can pay one lead."""
    made = providers.subscribe(session, actor=actor, level_id=given.level_id, now=now)
    return _one(session, actor, made.id)


@route(blueprint, "DELETE", "/subscriptions/<uuid:subscription_id>", "provider")
def unsubscribe(session: Session, actor: Actor, _given: None, *, subscription_id: UUID, now: datetime) -> Any:
    """Leave a level; the history stays."""
    providers.unsubscribe(session, actor=actor, subscription_id=subscription_id, now=now)
    return _one(session, actor, subscription_id)


@route(blueprint, "POST", "/subscriptions/<uuid:subscription_id>/pause", "provider")
def pause(session: Session, actor: Actor, _given: None, *, subscription_id: UUID, now: datetime) -> Any:
    """Stop receiving until resumed."""
    providers.pause(session, actor=actor, subscription_id=subscription_id, now=now)
    return _one(session, actor, subscription_id)


@route(blueprint, "POST", "/subscriptions/<uuid:subscription_id>/resume", "provider")
def resume(session: Session, actor: Actor, _given: None, *, subscription_id: UUID, now: datetime) -> Any:
    """End a pause."""
    providers.resume(session, actor=actor, subscription_id=subscription_id, now=now)
    return _one(session, actor, subscription_id)


@route(blueprint, "GET", "/subscriptions/<uuid:subscription_id>/filters", "provider")
def filters(session: Session, actor: Actor, _given: None, *, subscription_id: UUID, now: datetime) -> Any:
    """The filter as rules and in words, and the fields and operators it may use."""
    mine = providers.get_subscription(session, actor=actor, subscription_id=subscription_id)
    schema = niches.current_schema(session, mine.niche_id)
    return {
        "rules": mine.filter_rules,
        "words": providers.filter_in_words(mine.filter_rules, schema),
        "valid": mine.filter_valid,
        "version": mine.filter_version,
        "fields": list(providers.filter_fields(schema).values()),
    }


@route(blueprint, "PUT", "/subscriptions/<uuid:subscription_id>/filters", "provider", body=Filter)
def save_filter(session: Session, actor: Actor, given: Filter, *, subscription_id: UUID, now: datetime) -> Any:
    """Replace the filter; errors name the path of each wrong rule."""
    providers.set_filter(
        session, actor=actor, subscription_id=subscription_id, rules=given.rules, based_on=given.version, now=now
    )
    return filters(session, actor, None, subscription_id=subscription_id, now=now)


@route(blueprint, "POST", "/subscriptions/<uuid:subscription_id>/filters/preview", "provider", body=Rules)
def preview_filter(session: Session, actor: Actor, given: Rules, *, subscription_id: UUID, now: datetime) -> Any:
    """How many of the last 30 days' leads these rules would have matched; nothing is saved."""
    found = providers.preview_filter(session, actor=actor, subscription_id=subscription_id, rules=given.rules, now=now)
    return {"preview": found}


@route(blueprint, "GET", "/subscriptions/<uuid:subscription_id>/filters/log", "provider")
def filter_log(session: Session, actor: Actor, _given: None, *, subscription_id: UUID, now: datetime) -> Any:
    """Every change of the filter, newest first, with who and both rules in words."""
    return {"items": providers.filter_log(session, actor=actor, subscription_id=subscription_id)}


@route(blueprint, "POST", "/subscriptions/<uuid:subscription_id>/filters/restore", "provider", body=Earlier)
def restore_filter(session: Session, actor: Actor, given: Earlier, *, subscription_id: UUID, now: datetime) -> Any:
    """Go back to the rules that an earlier change made."""
    providers.restore_filter(session, actor=actor, subscription_id=subscription_id, change_id=given.change_id, now=now)
    return filters(session, actor, None, subscription_id=subscription_id, now=now)


@route(blueprint, "GET", "/subscriptions/<uuid:subscription_id>/filters/repair", "provider")
def filter_repair(session: Session, actor: Actor, _given: None, *, subscription_id: UUID, now: datetime) -> Any:
    """The rules that the form no longer allows, and the filter without them."""
    return {"repair": providers.filter_repair(session, actor=actor, subscription_id=subscription_id)}


@route(blueprint, "POST", "/subscriptions/<uuid:subscription_id>/filters/repair", "provider")
def drop_broken_rules(session: Session, actor: Actor, _given: None, *, subscription_id: UUID, now: datetime) -> Any:
    """Drop the rules that broke, so that leads come again."""
    providers.drop_broken_rules(session, actor=actor, subscription_id=subscription_id, now=now)
    return filters(session, actor, None, subscription_id=subscription_id, now=now)


@route(blueprint, "GET", "/subscriptions/<uuid:subscription_id>/missed", "provider", query=Days)
def missed(session: Session, actor: Actor, given: Days, *, subscription_id: UUID, now: datetime) -> Any:
    """Why leads of the niche did or did not come: counts by reason."""
    return {"missed": distribution.missed(session, actor=actor, subscription_id=subscription_id, days=given.days, now=now)}


@route(blueprint, "GET", "/subscriptions/<uuid:subscription_id>/verdicts", "provider", query=Page)
def verdicts(session: Session, actor: Actor, given: Page, *, subscription_id: UUID, now: datetime) -> Any:
    """What each run of the niche meant for the subscription, newest first, and the smallest change that would have won it."""
    found = distribution.own_verdicts(
        session, actor=actor, subscription_id=subscription_id, before_run=given.after, limit=given.limit, now=now
    )
    return {"items": found, "next": found[-1].run_id if len(found) == given.limit else None}


@route(blueprint, "GET", "/subscriptions/<uuid:subscription_id>/fair-share", "provider", query=Days)
def fair_share(session: Session, actor: Actor, given: Days, *, subscription_id: UUID, now: datetime) -> Any:
    """What the subscription was due and received, in leads, and what limits, pauses, balance and filter kept away."""
    line = distribution.own_fair_share(session, actor=actor, subscription_id=subscription_id, days=given.days, now=now)
    return {"fair_share": line}


@route(blueprint, "GET", "/subscriptions/<uuid:subscription_id>/caps", "provider")
def caps(session: Session, actor: Actor, _given: None, *, subscription_id: UUID, now: datetime) -> Any:
    """The caps, the delivery hours, and what has come in the running periods."""
    mine = providers.get_subscription(session, actor=actor, subscription_id=subscription_id)
    used = providers.usage(session, actor=actor, subscription_id=subscription_id, now=now)
    return asdict(providers.caps_of(mine)) | {"delivery_hours": mine.delivery_hours, "usage": used}


@route(blueprint, "PUT", "/subscriptions/<uuid:subscription_id>/caps", "provider", body=Limits)
def save_caps(session: Session, actor: Actor, given: Limits, *, subscription_id: UUID, now: datetime) -> Any:
    """Replace the caps, and the delivery hours when they are named."""
    limits = providers.Caps(**given.model_dump(exclude={"delivery_hours"}))
    providers.set_caps(session, actor=actor, subscription_id=subscription_id, caps=limits, now=now)
    if "delivery_hours" in given.model_fields_set:
        providers.set_delivery_hours(session, actor=actor, subscription_id=subscription_id, hours=given.delivery_hours, now=now)
    return caps(session, actor, None, subscription_id=subscription_id, now=now)


def _one(session: Session, actor: Actor, subscription_id: UUID) -> Any:
    return {"subscription": providers.get_subscription(session, actor=actor, subscription_id=subscription_id)}
