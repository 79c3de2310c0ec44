"""Mail about a filter that its provider did not change: broken by a new form, or changed by the house (SPEC 4.6, 11.2)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core.kit.config import settings
from core.kit.mail import request_mail
from core.providers.filters.words import filter_in_words
from core.providers.models import Subscription


def tell_updated(session: Session, subscription: Subscription, *, change_id: UUID, now: datetime) -> None:
    """The house changed the filter: what it says now."""
    about = _about(session, subscription)
    request_mail(
        session,
        "filter_updated",
        key=str(change_id),
        now=now,
        provider_id=subscription.provider_id,
        context={
            "level": about.level,
            "niche": about.niche,
            "changed_by": "An administrator",
            "summary": filter_in_words(subscription.filter_rules, about.schema),
            "link": _link(subscription),
        },
    )


def tell_invalidated(session: Session, subscription: Subscription, *, problem: str, now: datetime) -> None:
    """A new form broke the filter: no lead comes until somebody corrects it, so nobody can switch this letter off."""
    about = _about(session, subscription)
    request_mail(
        session,
        "filter_invalidated",
        key=f"{subscription.id}:{about.version}",
        now=now,
        provider_id=subscription.provider_id,
        context={"level": about.level, "niche": about.niche, "problem": problem, "link": _link(subscription)},
    )


def _about(session: Session, subscription: Subscription) -> Row[Any]:
    return session.execute(
        text("""select l.name as level, n.name as niche, f.version, f.schema
                  from competition_level l join niche n on n.id = l.niche_id
                  join form_schema f on f.niche_id = n.id and f.version = n.schema_version where l.id = :level"""),
        {"level": subscription.level_id},
    ).one()


def _link(subscription: Subscription) -> str:
    return f"{settings().base_url}/subscriptions?sub={subscription.id}"
