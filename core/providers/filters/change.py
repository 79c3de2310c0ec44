"""Keep a filter: checked, compiled, tried once, logged (SPEC 4.4, 4.5, 4.7)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exc, null, select, text
from sqlalchemy.orm import Session

from core import audit, niches
from core.kit.actor import SYSTEM, Actor
from core.kit.db import Json
from core.kit.errors import Invalid, NotFound
from core.kit.ids import uuid7
from core.providers.errors import InvalidFilter
from core.providers.filters.check import check_filter
from core.providers.filters.compile import compile_filter
from core.providers.models import FilterChange, Subscription
from core.providers.scope import lock_subscription

SHORTEST_MEMO, LONGEST_MEMO = 3, 1000


def set_filter(
    session: Session, *, actor: Actor, subscription_id: UUID, rules: object, memo: str | None = None, now: datetime
) -> Subscription:
    """Replace a subscription's filter; raises ``InvalidFilter`` naming each wrong path (SPEC 4.4).

    The rules are kept as entered and as compiled for the engine; old and new are logged, with an admin's memo.
    """
    subscription = lock_subscription(session, actor, subscription_id)
    kept = check_filter(rules, niches.current_schema(session, subscription.niche_id))
    compiled = _compiled(session, kept)
    old = subscription.filter_rules
    subscription.filter_rules = kept
    subscription.filter_compiled = null() if compiled is None else compiled
    subscription.filter_valid = True
    subscription.filter_version += 1
    subscription.updated_at = now
    change = FilterChange(
        id=uuid7(), subscription_id=subscription.id, old_rules=old, new_rules=kept, actor_id=actor.user_id, at=now
    )
    session.add(change)
    session.flush()
    audit.record(
        session,
        actor,
        "subscription.filter_changed",
        entity_type="subscription",
        entity_id=subscription.id,
        before={"rules": old},
        after={"rules": kept, "change_id": str(change.id), "version": subscription.filter_version},
        now=now,
    )
    if memo:
        note_filter_change(session, actor=actor, change_id=change.id, memo=memo, now=now)
    return subscription


def note_filter_change(session: Session, *, actor: Actor, change_id: UUID, memo: str, now: datetime) -> None:
    """An admin's memo on a filter change, kept in the audit trail and searchable there (SPEC 4.7)."""
    actor.require("admin")
    if not SHORTEST_MEMO <= len(memo.strip()) <= LONGEST_MEMO:
        sentence = f"Write a memo of {SHORTEST_MEMO} to {LONGEST_MEMO} characters."
        raise Invalid("memo.length", sentence, fields={"memo": sentence})
    if session.get(FilterChange, change_id) is None:
        raise NotFound("filter_change.not_found", "This filter change does not exist.")
    audit.record(
        session, actor, "subscription.filter_noted", entity_type="filter_change", entity_id=change_id, memo=memo.strip(), now=now
    )


def publish_form(
    session: Session, *, actor: Actor, niche_id: UUID, schema: Json, based_on: int | None = None, now: datetime
) -> int:
    """Publish a niche's form and re-check the niche's filters with it; returns the new version (SPEC 2.1, 4.6)."""
    version = niches.publish_schema(session, actor=actor, niche_id=niche_id, schema=schema, based_on=based_on, now=now)
    recheck_filters(session, niche_id=niche_id, now=now)
    return version


def recheck_filters(session: Session, *, niche_id: UUID, now: datetime) -> list[UUID]:
    """After a niche's form has changed: mark the filters that no longer fit it, so that only their own
    subscriptions are left out (SPEC 4.5, 4.6); returns the subscriptions newly marked."""
    schema = niches.current_schema(session, niche_id)
    filtered = select(Subscription).where(
        Subscription.niche_id == niche_id, Subscription.ended_at.is_(None), Subscription.filter_compiled.is_not(None)
    )
    marked = []
    for subscription in session.scalars(filtered.order_by(Subscription.id).with_for_update(key_share=True)):
        fits = _fits(subscription.filter_rules, schema)
        if subscription.filter_valid and not fits:
            marked.append(subscription.id)
        subscription.filter_valid = fits
    session.flush()
    for subscription_id in marked:
        _record_stale(session, subscription_id, now)
    return marked


def _fits(rules: Json, schema: Json) -> bool:
    try:
        check_filter(rules, schema)
    except InvalidFilter:
        return False
    return True


def _record_stale(session: Session, subscription_id: UUID, now: datetime) -> None:
    audit.record(
        session,
        SYSTEM,
        "subscription.filter_invalidated",
        entity_type="subscription",
        entity_id=subscription_id,
        after={"filter_valid": False},
        now=now,
    )


def _compiled(session: Session, rules: Json) -> str | None:
    """The predicate to store, after PostgreSQL has parsed and evaluated it once; ``None`` when every lead is wanted."""
    if rules == {"all": []}:
        return None
    compiled = compile_filter(rules)
    try:
        with session.begin_nested():
            verdict = session.scalar(text("select cast('{}' as jsonb) @@ cast(:c as jsonpath)"), {"c": compiled})
    except exc.DBAPIError as error:
        raise InvalidFilter({"filter": "The database can't evaluate this filter. Simplify its values."}) from error
    if verdict is None:
        raise InvalidFilter({"filter": "The database can't decide this filter. Simplify its values."})
    return compiled
