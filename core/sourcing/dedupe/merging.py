"""Merge two requests of one person, and take it back: both in the trail, and in a log that never changes (SPEC 8.4)."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import audit, leads, ops
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.leads import STEPS, Lead, Status, identity
from core.sourcing.dedupe.errors import CannotMerge, NotMerged, PairNotFound
from core.sourcing.dedupe.models import DuplicatePair, MergeEvent

Cause = Literal["insert", "person"]

_REPOINT = text("update lead set duplicate_of = :into, updated_at = :now where duplicate_of = :lead returning id")
_POINT_BACK = text("""
update lead set duplicate_of = :lead, updated_at = :now where id in
 (select lead_id from merge_event where event = 'merge' and into_id = :into and status_before = 'duplicate' and at = :at)
 and duplicate_of = :into
""")
_RECLAIM = text("""
insert into lead_identity as held (niche_id, key, lead_id, held_until)
select :niche, key, :lead, :until from unnest(cast(:keys as text[])) key order by key
on conflict (niche_id, key) do update set lead_id = excluded.lead_id, held_until = excluded.held_until
  where held.held_until <= :now
""")
_DAYS = text("select coalesce((policy_of_lead(:lead, :now)).dedupe_days, :days)")


def merge(
    session: Session, *, actor: Actor, lead_id: UUID, into_id: UUID, cause: Cause = "person", probability: float | None = None,
    now: datetime,
) -> Lead:  # fmt: skip
    """Make one request a duplicate of another; it is never sold again, until somebody splits them (SPEC 2.6, 8.4).

    Whatever was linked to it is linked to the other one. Raises ``CannotMerge`` for a request that was approved.
    """
    actor.require("admin", "analyst")
    lead, into = _locked(session, lead_id, into_id)
    first = into.duplicate_of or into.id
    if first == lead.id or "duplicate" not in STEPS[_status(lead)]:
        raise CannotMerge(lead.status)
    before = lead.status
    lead.duplicate_of = first
    leads.move(session, lead, "duplicate", now=now)
    session.execute(text("delete from lead_identity where lead_id = :lead"), {"lead": lead.id})
    followed = session.execute(_REPOINT, {"lead": lead.id, "into": first, "now": now}).scalars().all()
    _note(session, actor, "merge", lead.id, first, before, cause, probability, now)
    for other in followed:
        _note(session, actor, "merge", other, first, "duplicate", cause, None, now)
    _settle(session, actor, lead.id, first, "merged", now)
    audit.record(
        session, actor, "lead.merged", entity_type="lead", entity_id=lead.id, now=now, before={"status": before},
        after={"status": "duplicate", "duplicate_of": str(first), "cause": cause, "probability": probability},
    )  # fmt: skip
    return lead


def split(session: Session, *, actor: Actor, lead_id: UUID, now: datetime) -> Lead:
    """Take a merge back: the request goes on where it was, and the two are not taken for one again (SPEC 8.4)."""
    actor.require("admin", "analyst")
    lead = leads.lock(session, lead_id)
    if lead.status != "duplicate" or lead.duplicate_of is None:
        raise NotMerged
    first = lead.duplicate_of
    event = session.scalars(
        select(MergeEvent)
        .where(MergeEvent.lead_id == lead_id, MergeEvent.event == "merge")
        .order_by(MergeEvent.id.desc())
        .limit(1)
    ).first()
    back = _where_it_was(lead, event)
    leads.move(session, lead, back, now=now)
    lead.duplicate_of = None
    session.flush()
    if event is not None:
        session.execute(_POINT_BACK, {"lead": lead_id, "into": first, "at": event.at, "now": now})
    _reclaim(session, lead, now)
    _note(session, actor, "split", lead_id, first, "duplicate", "person", None, now)
    _settle(session, actor, lead_id, first, "apart", now)
    audit.record(
        session, actor, "lead.split", entity_type="lead", entity_id=lead_id, now=now,
        before={"status": "duplicate", "duplicate_of": str(first)}, after={"status": back},
    )  # fmt: skip
    return lead


def keep_apart(session: Session, *, actor: Actor, pair_id: UUID, now: datetime) -> DuplicatePair:
    """Decide that two requests are of two people; the pair is not asked about again."""
    return _decided(session, actor, pair_id, "apart", now)


def ask_again(session: Session, *, actor: Actor, pair_id: UUID, now: datetime) -> DuplicatePair:
    """Take ``keep_apart`` back: the pair waits for a decision again."""
    return _decided(session, actor, pair_id, "open", now)


def _decided(session: Session, actor: Actor, pair_id: UUID, state: Literal["apart", "open"], now: datetime) -> DuplicatePair:
    actor.require("admin", "analyst")
    pair = session.scalar(select(DuplicatePair).where(DuplicatePair.id == pair_id).with_for_update())
    if pair is None or pair.state in ("merged", "gone"):
        raise PairNotFound
    before = pair.state
    if before != state:
        pair.state = state
        pair.decided_at, pair.decided_by = (None, None) if state == "open" else (now, actor.user_id)
        session.flush()
        audit.record(
            session, actor, f"duplicate_pair.{state}", entity_type="duplicate_pair", entity_id=pair_id, now=now,
            before={"state": before}, after={"state": state},
        )  # fmt: skip
    return pair


def _locked(session: Session, lead_id: UUID, into_id: UUID) -> tuple[Lead, Lead]:
    """Both requests, locked in the order of their ids so that two people merging the same pair queue."""
    if lead_id == into_id:
        raise PairNotFound
    held = {one: leads.lock(session, one) for one in sorted((lead_id, into_id))}
    if held[lead_id].niche_id != held[into_id].niche_id:
        raise PairNotFound
    return held[lead_id], held[into_id]


def _status(lead: Lead) -> Status:
    status: Status = lead.status  # type: ignore[assignment]
    return status


def _where_it_was(lead: Lead, event: MergeEvent | None) -> Status:
    """The status before the merge; a request linked at intake goes to where its confirmation says."""
    before = event.status_before if event else ""
    if before == "quarantined":
        return "quarantined"
    return "pending_approval" if lead.confirmed_at or before == "pending_approval" else "pending_confirmation"


def _reclaim(session: Session, lead: Lead, now: datetime) -> None:
    """Identity keys that the other request does not hold: later requests are told as duplicates of this one again."""
    person = session.execute(
        text("select block_keys, address_key from contact where id = :contact"), {"contact": lead.contact_id}
    ).one()
    keys = [*person.block_keys, *([identity.hashed("address", person.address_key)] if person.address_key else [])]
    asked = {"lead": lead.id, "now": now, "days": ops.threshold(session, "duplicate_window_days")}
    until = lead.submitted_at + timedelta(days=session.execute(_DAYS, asked).scalar_one())
    if until > now:
        session.execute(_RECLAIM, {"niche": lead.niche_id, "lead": lead.id, "keys": keys, "until": until, "now": now})


def note_split(
    session: Session, actor: Actor, lead_id: UUID, first_id: UUID, *, probability: float | None, now: datetime
) -> None:
    """Log that a lead which was made of a record is not the one that the record was taken for; the pair is answered."""
    _note(session, actor, "split", lead_id, first_id, "duplicate", "person", probability, now)
    _settle(session, actor, lead_id, first_id, "apart", now)


def _settle(session: Session, actor: Actor, one: UUID, other: UUID, state: str, now: datetime) -> None:
    """The pair that asked about these two has its answer."""
    session.execute(
        text("""update duplicate_pair set state = :state, decided_at = :now, decided_by = :by
                where first_id = :first and second_id = :second and state <> 'gone'"""),
        {"state": state, "now": now, "by": actor.user_id, "first": min(one, other), "second": max(one, other)},
    )


def _note(
    session: Session, actor: Actor, event: str, lead: UUID, into: UUID, before: str, cause: Cause, p: float | None, now: datetime
) -> None:
    session.add(
        MergeEvent(
            id=uuid7(), event=event, lead_id=lead, into_id=into, status_before=before, cause=cause, probability=p,
            actor_id=actor.user_id, at=now,
        )
    )  # fmt: skip
    session.flush()
