"""Erase what identifies the person behind a lead; the lead itself stays as a row without a face (SPEC 13.6)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, messaging
from core.kit import outbox
from core.kit.actor import Actor

# Ended and in nobody's hands, for as long as the policy of their place and niche says, else since `before`. Nothing younger
# than the shortest of these times is looked at. Assignments lie above leads, so the table is named here in SQL only.
_ENDED = """from lead l where l.status = any(:statuses)
             and l.updated_at < greatest(cast(:before as timestamptz), cast(:at as timestamptz)
                   - make_interval(days => (select min(retain_days) from policy_period)))
             and l.updated_at < coalesce(cast(:at as timestamptz)
                   - make_interval(days => (policy_of_lead(l.id, cast(:at as timestamptz))).retain_days), :before)
             and not exists (select from assignment a where a.lead_id = l.id)"""
_HELD = text("""select l.id from lead l where l.id = any(:ids) and exists (select from assignment a where a.lead_id = l.id)""")
_KEPT_FACTS = ("zip", "city", "county", "quality")
_EMPTY_LEADS = text("""
update lead set status = 'erased', form_data = '{}', attribution = '{}', location = null, text_key = null,
  facts = coalesce((select jsonb_object_agg(key, value) from jsonb_each(facts) where key = any(:facts)), '{}'),
  submitted_ip = null, confirmed_ip = null, confirmed_agent = null, review_note = null, updated_at = :now
where id = any(:ids)""")
_EMPTY_CONTACTS = text("""
update contact c set full_name = null, email = null, phone = null, street = null, unit = null, city = null,
  state = null, email_key = null, phone_key = null, address_key = null, address_review = false,
  block_keys = '{}', erased_at = :now
where c.id in (select contact_id from lead where id = any(:ids))
  and not exists (select from lead o where o.contact_id = c.id and o.status <> 'erased')""")


def count_ended(session: Session, *, statuses: Sequence[str], before: datetime, at: datetime, most: int) -> int:
    """How many leads ended in one of the statuses before a moment and were never sold; counts up to ``most``.

    The policies in force ``at`` may name another time than ``before``.
    """
    counted = text(f"select count(*) from (select 1 {_ENDED} limit :most) found")  # noqa: S608 -- constant
    values = {"statuses": list(statuses), "before": before, "at": at, "most": most}
    return int(session.execute(counted, values).scalar_one())


def erase_ended(
    session: Session,
    *,
    actor: Actor,
    statuses: Sequence[str],
    before: datetime,
    at: datetime,
    most: int,
    reason: str,
    now: datetime,
) -> int:
    """Erase up to ``most`` of them, oldest first, leaving out those that somebody works on; returns how many."""
    chosen = text(f"select l.id {_ENDED} order by l.updated_at limit :most for no key update skip locked")
    values = {"statuses": list(statuses), "before": before, "at": at, "most": most}
    lead_ids = list(session.execute(chosen, values).scalars())
    erase(session, actor=actor, lead_ids=lead_ids, reason=reason, now=now)
    return len(lead_ids)


def erase(session: Session, *, actor: Actor, lead_ids: Sequence[UUID], reason: str, now: datetime) -> None:
    """Empty the contact data, answers and traces of leads for good; audited one by one (SPEC 2.7, 13.6).

    ZIP, city and the blurred point stay for figures. A contact that a lead still in use shares is kept for it. The
    proof of consent stays: it names no person. Companies that hold one are told to erase it, too. Raises on a lead that may
    not be erased in its state.
    """
    actor.require("admin")
    if not lead_ids:
        return
    values = {"ids": list(lead_ids), "now": now, "facts": list(_KEPT_FACTS)}
    rows = session.execute(text("select id, status from lead where id = any(:ids)"), values)
    before: dict[UUID, str] = {row.id: row.status for row in rows}
    session.execute(_EMPTY_LEADS, values)
    session.execute(_EMPTY_CONTACTS, values)
    session.execute(text("delete from lead_identity where lead_id = any(:ids)"), values)
    session.execute(text("delete from lead_token where lead_id = any(:ids)"), values)
    messaging.forget_mails_to(session, recipient_ids=lead_ids)
    _tell_holders(session, lead_ids, now)
    for lead_id in lead_ids:
        audit.record(
            session, actor, "lead.erased", entity_type="lead", entity_id=lead_id, now=now, memo=reason,
            before={"status": before[lead_id]}, after={"status": "erased"},
        )  # fmt: skip


def _tell_holders(session: Session, lead_ids: Sequence[UUID], now: datetime) -> None:
    """Queue the word to whoever bought one of them; who that is, is known above this chapter."""
    for lead_id in session.execute(_HELD, {"ids": list(lead_ids)}).scalars().all():
        told = {"lead_id": str(lead_id), "at": now.isoformat(), "erase": True}
        outbox.enqueue(session, "consent.revoked", key=f"{lead_id}:erase", now=now, payload=told)
