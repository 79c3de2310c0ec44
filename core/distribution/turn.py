"""Claim a lead's turn: which level its distribution starts with (SPEC 5.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.distribution.errors import LeadNotDistributable
from core.kit.actor import Actor
from core.leads import Lead, LeadNotFound


@dataclass(frozen=True, slots=True)
class Turn:
    """A run to come: its number in the niche, and the active levels in the order it will walk them."""

    run_id: UUID
    lead_id: UUID
    niche_id: UUID
    turn: int
    traversal: tuple[UUID, ...]
    started_at: datetime


_CLAIM = text("""
    select id, lead_id, niche_id, turn, traversal, started_at
      from distribution_claim(cast(:leads as uuid[]), :actor, :now)""")


def claim_turn(session: Session, *, lead_id: UUID, actor: Actor, now: datetime) -> Turn:
    """Claim the start level of an approved lead's run, in a short transaction of its own (SPEC 5.1).

    The niche's pointer moves once per lead: a run that never finished is returned as it is, a later run of the
    lead starts where its first one did. Raises ``LeadNotDistributable``, ``LeadNotFound``.
    """
    turns = claim_turns(session, lead_ids=[lead_id], actor=actor, now=now)
    if turns:
        return turns[0]
    lead = session.get(Lead, lead_id, populate_existing=True)
    if lead is None:
        raise LeadNotFound
    raise LeadNotDistributable(lead.status)


def claim_turns(session: Session, *, lead_ids: Sequence[UUID], actor: Actor, now: datetime) -> list[Turn]:
    """Claim the turns of several leads at once, in the order of their ids; leads that are not approved are left out."""
    actor.require("admin")
    rows = session.execute(_CLAIM, {"leads": list(lead_ids), "actor": actor.user_id, "now": now})
    return [Turn(row.id, row.lead_id, row.niche_id, row.turn, tuple(row.traversal), row.started_at) for row in rows]
