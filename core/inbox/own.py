"""Whose inbox it is: the first question of every verb of this chapter (SPEC 1.3, 1.6)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, providers
from core.inbox.errors import AssignmentNotFound
from core.inventory import Assignment
from core.kit.actor import Actor
from core.kit.db import Json
from core.providers import Provider


def own_provider(session: Session, actor: Actor) -> UUID:
    """The actor's provider; raises ``Forbidden`` for who has none, ``ProviderNotActive`` for one that may not see leads."""
    provider_id = actor.require_provider()
    providers.require_active(session, provider_id)
    return provider_id


def lock_own(session: Session, actor: Actor, assignment_id: UUID) -> Assignment:
    """One of the actor's own assignments, locked; another provider's does not exist for them."""
    provider_id = actor.require_provider()
    # The provider's standing comes with the row: this verb is the inbox's most frequent one.
    found = session.execute(
        select(Assignment, Provider.status)
        .join(Provider, Provider.id == Assignment.provider_id)
        .where(Assignment.id == assignment_id, Assignment.provider_id == provider_id)
        .with_for_update(key_share=True, of=Assignment),
        execution_options={"populate_existing": True},
    ).one_or_none()
    if found is None or found.status != "active":
        own_provider(session, actor)  # says what keeps an inactive one out
        raise AssignmentNotFound
    row: Assignment = found.Assignment
    return row


def record(
    session: Session, actor: Actor, action: str, row: Assignment, *, now: datetime, before: Json | None = None, **after: Any
) -> None:
    """One entry of the trail on an assignment: what changed, never what a person wrote or who the consumer is."""
    audit.record(
        session,
        actor,
        f"assignment.{action}",
        entity_type="assignment",
        entity_id=row.id,
        before=before,
        after={"lead_id": str(row.lead_id), **after},
        now=now,
    )
