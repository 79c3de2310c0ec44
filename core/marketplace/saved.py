"""Searches that a person keeps (SPEC 9.1): a name, what is looked for, and how often news of it may come by mail."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit, providers
from core.kit.actor import Actor
from core.kit.errors import Conflict, Invalid, NotFound
from core.kit.ids import uuid7
from core.marketplace.eyes import meant
from core.marketplace.query import SearchInvalid, SearchQuery

MOST_SAVED, LONGEST_NAME, LONGEST_ALERT_H = 20, 80, 168

_LOCK = text("select pg_advisory_xact_lock(hashtextextended('saved_search:' || :user, 0))")
_COUNT = text("select count(*) from saved_search where user_id = :user and provider_id = :provider")
_SAVE = text("""
    insert into saved_search (id, provider_id, user_id, name, query, alert_hours, alerted_at, created_at)
    values (:id, :provider, :user, :name, cast(:query as jsonb), :hours, :now, :now)""")
_MINE = text("""
    select id, name, query, alert_hours, alerted_at, created_at from saved_search
     where user_id = :user and provider_id = :provider order by name, id""")
_DELETE = text("delete from saved_search where id = :id and user_id = :user and provider_id = :provider returning name")


class SavedSearchInvalid(Invalid):
    """A name or a rhythm that can't be kept."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__("saved_search.invalid", sentence, fields={field: sentence})


class SavedSearchNameTaken(Conflict):
    """One person's searches have different names."""

    def __init__(self, name: str) -> None:
        super().__init__("saved_search.name_taken", f'You have a search named "{name}" already. Choose another name.')


class TooManySaved(Conflict):
    """A person keeps ``MOST_SAVED`` searches."""

    def __init__(self) -> None:
        super().__init__("saved_search.too_many", f"You have {MOST_SAVED} saved searches. Delete one you no longer need.")


class SavedSearchNotFound(NotFound):
    """There is none with this id, or it is somebody else's."""

    def __init__(self) -> None:
        super().__init__("saved_search.not_found", "This saved search is not there any more. Open the list again.")


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A kept search; ``alert_hours``: at most one mail in so many, ``None`` for none. ``query`` is ``None`` if unreadable."""

    id: UUID
    name: str
    query: SearchQuery | None
    alert_hours: int | None
    alerted_at: datetime
    created_at: datetime


def save_search(
    session: Session, *, actor: Actor, name: str, query: SearchQuery, alert_hours: int | None = None, now: datetime
) -> SavedSearch:
    """Keep a search for the actor; what is found from now on is news. "Similar to" is kept as the place and prices it means.

    Raises ``SavedSearchInvalid``, ``SavedSearchNameTaken``, ``TooManySaved`` or ``SearchInvalid``.
    """
    provider_id = actor.require_provider()
    providers.require_active(session, provider_id)
    name = _checked(name, alert_hours)
    kept = meant(session, actor=actor, query=query, now=now)
    session.execute(_LOCK, {"user": str(actor.user_id)})
    if session.execute(_COUNT, {"user": actor.user_id, "provider": provider_id}).scalar_one() >= MOST_SAVED:
        raise TooManySaved
    search_id = uuid7()
    values = {"id": search_id, "provider": provider_id, "user": actor.user_id, "name": name, "hours": alert_hours, "now": now}
    try:
        with session.begin_nested():
            session.execute(_SAVE, values | {"query": json.dumps(kept.document())})
    except IntegrityError as error:
        if "saved_search_user_id_name_key" not in str(error.orig):
            raise
        raise SavedSearchNameTaken(name) from error
    made = SavedSearch(search_id, name, kept, alert_hours, now, now)
    audit.record(
        session, actor, "search.saved", entity_type="saved_search", entity_id=made.id, now=now, after={"alert_hours": alert_hours}
    )
    return made


def saved_searches(session: Session, *, actor: Actor) -> list[SavedSearch]:
    """The actor's own searches by name."""
    rows = session.execute(_MINE, {"user": actor.user_id, "provider": actor.require_provider()})
    return [_saved(row) for row in rows]


def delete_saved_search(session: Session, *, actor: Actor, search_id: UUID, now: datetime) -> None:
    """Forget one of the actor's searches; no mail about it comes any more. Raises ``SavedSearchNotFound``."""
    values = {"id": search_id, "user": actor.user_id, "provider": actor.require_provider()}
    if session.execute(_DELETE, values).one_or_none() is None:
        raise SavedSearchNotFound
    audit.record(session, actor, "search.deleted", entity_type="saved_search", entity_id=search_id, now=now)


def readable(document: object) -> SearchQuery | None:
    """A kept query; ``None`` for one that a newer release can't read any more."""
    try:
        return SearchQuery.of(document) if isinstance(document, dict) else None
    except SearchInvalid:
        return None


def _checked(name: str, alert_hours: int | None) -> str:
    kept = " ".join(name.replace("\x00", " ").split())
    if not 1 <= len(kept) <= LONGEST_NAME:
        raise SavedSearchInvalid("name", f"Give it a name of 1 to {LONGEST_NAME} characters.")
    if alert_hours is not None and not 1 <= alert_hours <= LONGEST_ALERT_H:
        raise SavedSearchInvalid(
            "alert_hours", f"Mail comes at most once in 1 to {LONGEST_ALERT_H} hours. Leave it empty for none."
        )
    return kept


def _saved(row: Row[Any]) -> SavedSearch:
    return SavedSearch(row.id, row.name, readable(row.query), row.alert_hours, row.alerted_at, row.created_at)
