"""The same person asking from another mailbox before anybody confirmed: whoever confirms first keeps the request (SPEC 2.6).

A mistyped address is put right by sending the form again, and nobody keeps another's number busy by a request that they
can't confirm. The later request stays a duplicate, with a link of its own, until that link is used.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.leads import identity, lifecycle
from core.leads.models import Contact, Lead

# A duplicate that nobody may confirm has links, too, so that asking for one tells nothing (SPEC 2.2): those never held.
_INVITED = text("""
select exists (select from lead f where f.id = :first and f.status = 'pending_confirmation')
   and exists (select from lead_token t where t.lead_id = :lead and t.expires_at > t.created_at)""")
# In the order of the keys, as those who ask do, so that nobody waits in a circle.
_TAKE = text("""
with until as (select max(held_until) as at from lead_identity where lead_id = :first)
insert into lead_identity as held (niche_id, key, lead_id, held_until)
select :niche, wanted, :lead, until.at from unnest(cast(:keys as text[])) wanted, until where until.at is not null
on conflict (niche_id, key) do update set lead_id = excluded.lead_id, held_until = excluded.held_until
  where held.lead_id = :first or held.held_until <= :now
returning key""")
_LET_GO = text("delete from lead_identity where lead_id = :lead and not key = any (:own)")
_REPOINT = text("update lead set duplicate_of = :lead, updated_at = :now where duplicate_of = :first and id <> :lead")


def invited(session: Session, lead: Lead) -> bool:
    """True for a duplicate that may still be confirmed: its first waits, too, and this one's mailbox was asked."""
    asked = {"first": lead.duplicate_of, "lead": lead.id}
    return lead.status == "duplicate" and bool(session.execute(_INVITED, asked).scalar_one())


def lock(session: Session, lead_id: UUID, *, first_id: UUID | None) -> Lead:
    """Lock a lead; of a duplicate its first before it, where all who would take its place queue."""
    if first_id is not None:
        lifecycle.lock(session, first_id)
    return lifecycle.lock(session, lead_id)


def take_place(session: Session, lead: Lead, *, actor: Actor, now: datetime) -> bool:
    """Make a locked duplicate the original and its locked first the duplicate; ``False`` when a third one has its keys.

    The caller gives the lead its next status at once: a duplicate names its first.
    """
    first = session.get_one(Lead, lead.duplicate_of)
    own = _keys_of(session, lead)
    held = session.scalars(text("select key from lead_identity where lead_id = :first"), {"first": first.id})
    of_both = {"keys": sorted({*own, *held}), "first": first.id, "lead": lead.id, "niche": lead.niche_id, "now": now}
    if not set(own) <= set(session.scalars(_TAKE, of_both)):
        return False
    session.execute(_LET_GO, {"lead": lead.id, "own": list(own)})
    first.duplicate_of, lead.duplicate_of = lead.id, None
    lead.status = "pending_confirmation"  # as which it is confirmed
    lifecycle.move(session, first, "duplicate", now=now)
    session.execute(_REPOINT, {"lead": lead.id, "first": first.id, "now": now})
    audit.record(
        session, actor, "lead.merged", entity_type="lead", entity_id=first.id, now=now, before={"status": "pending_confirmation"},
        after={"status": "duplicate", "duplicate_of": str(lead.id), "cause": "confirmed_elsewhere"},
    )  # fmt: skip
    return True


def _keys_of(session: Session, lead: Lead) -> Sequence[str]:
    person = session.scalars(select(Contact).where(Contact.id == lead.contact_id)).one()
    assert person.email_key and person.phone_key  # whoever was asked gave both
    return identity.identity_keys(person.email_key, person.phone_key, person.address_key)
