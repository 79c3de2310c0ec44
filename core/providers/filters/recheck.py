"""A new form, and what it does to the filters of its niche (SPEC 2.1, 4.5, 4.6)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, niches
from core.kit.actor import SYSTEM, Actor
from core.kit.db import Json
from core.providers.filters import news
from core.providers.filters.broken import BrokenRule, broken_rules
from core.providers.models import Subscription


def publish_form(
    session: Session, *, actor: Actor, niche_id: UUID, schema: Json, based_on: int | None = None, now: datetime
) -> int:
    """Publish a niche's form and re-check the niche's filters with it; returns the new version (SPEC 2.1, 4.6)."""
    version = niches.publish_schema(session, actor=actor, niche_id=niche_id, schema=schema, based_on=based_on, now=now)
    recheck_filters(session, niche_id=niche_id, now=now)
    return version


def recheck_filters(session: Session, *, niche_id: UUID, now: datetime) -> list[UUID]:
    """After a niche's form has changed: mark the filters that no longer fit it, so that only their own
    subscriptions are left out, and mail their providers (SPEC 4.5, 4.6); returns the subscriptions newly marked."""
    schema = niches.current_schema(session, niche_id)
    filtered = select(Subscription).where(
        Subscription.niche_id == niche_id, Subscription.ended_at.is_(None), Subscription.filter_compiled.is_not(None)
    )
    marked, mended = list[tuple[Subscription, tuple[BrokenRule, ...]]](), list[UUID]()
    for subscription in session.scalars(filtered.order_by(Subscription.id).with_for_update(key_share=True)):
        broken = broken_rules(subscription.filter_rules, schema)
        if subscription.filter_valid and broken:
            marked.append((subscription, broken))
        elif not subscription.filter_valid and not broken:
            mended.append(subscription.id)
        subscription.filter_valid = not broken
    session.flush()
    for subscription_id in mended:  # the form has the rule's question again
        _record(session, subscription_id, "subscription.filter_fits_again", {"filter_valid": True}, now)
    for subscription, broken in marked:
        after = {"filter_valid": False, "broken": [rule.path for rule in broken]}
        _record(session, subscription.id, "subscription.filter_invalidated", after, now)
        news.tell_invalidated(session, subscription, problem=_told(broken), now=now)
    return [subscription.id for subscription, _ in marked]


def _told(broken: tuple[BrokenRule, ...]) -> str:
    """Each broken rule and what is wrong with it, for the letter."""
    return " ".join(f"{rule.words}: {_lower(rule.problem)}" for rule in broken)


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _record(session: Session, subscription_id: UUID, action: str, after: Json, now: datetime) -> None:
    audit.record(session, SYSTEM, action, entity_type="subscription", entity_id=subscription_id, after=after, now=now)
