"""The one table of steps in a lead's life (SPEC 2.7), mirrored by ``lead_transition`` in the database."""

from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.leads.errors import IllegalStep, LeadNotFound
from core.leads.models import Lead

Status = Literal[
    "pending_confirmation",
    "pending_approval",
    "approved",
    "rejected",
    "expired",
    "duplicate",
    "quarantined",
    "withdrawn",
    "sold_out",
    "closed",
    "erased",
]
STATUSES: tuple[Status, ...] = get_args(Status)

STEPS: dict[Status, tuple[Status, ...]] = {
    "pending_confirmation": ("pending_approval", "expired", "duplicate", "quarantined", "withdrawn", "erased"),
    "pending_approval": ("approved", "rejected", "duplicate", "quarantined", "withdrawn", "erased"),
    "approved": ("sold_out", "closed", "quarantined", "withdrawn", "erased"),
    "quarantined": ("pending_confirmation", "pending_approval", "rejected", "duplicate", "withdrawn", "erased"),
    "sold_out": ("closed", "withdrawn", "erased"),
    "closed": ("withdrawn", "erased"),
    # Back: by a split, or when it is confirmed before its first.
    "duplicate": ("pending_confirmation", "pending_approval", "quarantined", "withdrawn", "erased"),
    "rejected": ("erased",),
    "expired": ("erased",),
    "withdrawn": ("erased",),
    "erased": (),
}

ENDS: tuple[Status, ...] = ("expired", "rejected", "withdrawn", "erased")


def lock(session: Session, lead_id: UUID, *, wait: bool = True) -> Lead:
    """Read a lead and keep others from changing it until the transaction ends; raises ``LeadNotFound``.

    With ``wait=False`` a lead that somebody else holds counts as not found.
    """
    locked = select(Lead).where(Lead.id == lead_id).with_for_update(key_share=True, skip_locked=not wait)
    found = session.scalar(locked.execution_options(populate_existing=True))
    if found is None:
        raise LeadNotFound
    return found


def check(lead: Lead, new: Status) -> None:
    """Raise ``IllegalStep`` unless the lead may become ``new``."""
    old: Status = lead.status  # type: ignore[assignment]
    if new not in STEPS[old]:
        raise IllegalStep(old, new)


def move(session: Session, lead: Lead, new: Status, *, now: datetime) -> Status:
    """Change the status of a locked lead, or raise ``IllegalStep``; returns the status it had."""
    check(lead, new)
    old: Status = lead.status  # type: ignore[assignment]
    lead.status, lead.updated_at = new, now
    session.flush()
    if new == "erased" or (new in ENDS and not _was_approved(lead, old)):
        release_identity(session, lead.id)
    return old


def _was_approved(lead: Lead, old: Status) -> bool:
    """A lead that was never approved was never sold: ending it lets its sender ask again (SPEC 2.6)."""
    return old in ("approved", "sold_out", "closed") or (old == "quarantined" and lead.reviewed_at is not None)


def release_identity(session: Session, lead_id: UUID) -> None:
    """Give back the keys by which later requests would be told as duplicates of this one (SPEC 2.6)."""
    session.execute(text("delete from lead_identity where lead_id = :lead"), {"lead": lead_id})
