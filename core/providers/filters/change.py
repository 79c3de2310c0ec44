"""Keep a filter: checked, compiled, tried once, logged (SPEC 4.4, 4.5, 4.7)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exc, null, select, text
from sqlalchemy.orm import Session

from core import audit, niches
from core.kit.actor import Actor
from core.kit.db import Json
from core.kit.errors import Conflict, Invalid, NotFound
from core.kit.ids import uuid7
from core.providers.errors import InvalidFilter
from core.providers.filters import news
from core.providers.filters.check import check_filter
from core.providers.filters.compile import compile_filter
from core.providers.models import FilterChange, Subscription
from core.providers.scope import lock_subscription

SHORTEST_MEMO, LONGEST_MEMO = 3, 1000
_KEEP_FORM = text("select from niche where id = (select niche_id from subscription where id = :id) for share")


class FilterChanged(Conflict):
    """Somebody else saved this filter while it was being edited."""

    def __init__(self) -> None:
        words = "Somebody else has changed this filter meanwhile. Look at it as it is now, then change it again."
        super().__init__("filter.changed", words)


def set_filter(
    session: Session,
    *,
    actor: Actor,
    subscription_id: UUID,
    rules: object,
    memo: str | None = None,
    based_on: int | None = None,
    now: datetime,
) -> Subscription:
    """Replace a subscription's filter; raises ``InvalidFilter`` naming each wrong path (SPEC 4.4).

    The rules are kept as entered and as compiled for the engine; old and new are logged, with an admin's memo, and
    the provider is mailed when somebody of the house changed them. ``based_on`` is the version that the person
    began with: ``FilterChanged`` when another one came meanwhile.
    """
    # A new form waits for us and re-checks what we keep, or we wait for it and check by it (SPEC 4.6).
    session.execute(_KEEP_FORM, {"id": subscription_id})
    subscription = lock_subscription(session, actor, subscription_id)
    if based_on not in (None, subscription.filter_version):
        raise FilterChanged
    kept = check_filter(rules, niches.current_schema(session, subscription.niche_id))
    compiled = _compiled(session, kept)
    old = subscription.filter_rules
    subscription.filter_rules = kept
    subscription.filter_compiled = null() if compiled is None else compiled
    subscription.filter_valid = True
    subscription.filter_version += 1
    subscription.updated_at = now
    change_id = _log(session, actor, subscription, old, now)
    if memo:
        note_filter_change(session, actor=actor, change_id=change_id, memo=memo, now=now)
    if actor.role == "admin":
        news.tell_updated(session, subscription, change_id=change_id, now=now)
    return subscription


def restore_filter(session: Session, *, actor: Actor, subscription_id: UUID, change_id: UUID, now: datetime) -> Subscription:
    """Go back to the filter that one of its changes made; this is a change of its own (SPEC 4.7).

    Raises ``InvalidFilter`` when the form has moved on from it.
    """
    session.execute(_KEEP_FORM, {"id": subscription_id})
    lock_subscription(session, actor, subscription_id)
    wanted = select(FilterChange.new_rules).where(FilterChange.id == change_id, FilterChange.subscription_id == subscription_id)
    rules = session.scalar(wanted)
    if rules is None:
        raise NotFound("filter_change.not_found", "This filter change does not exist.")
    return set_filter(session, actor=actor, subscription_id=subscription_id, rules=rules, now=now)


def _log(session: Session, actor: Actor, subscription: Subscription, old: Json, now: datetime) -> UUID:
    """Old rules and new, in the log of filters and in the trail; the id of the change."""
    new = subscription.filter_rules
    change = FilterChange(
        id=uuid7(), subscription_id=subscription.id, old_rules=old, new_rules=new, actor_id=actor.user_id, at=now
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
        after={"rules": new, "change_id": str(change.id), "version": subscription.filter_version},
        now=now,
    )
    return change.id


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
