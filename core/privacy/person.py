"""What a person may do about their own data with their signed link: see who has it, take it back from all, have it erased.

The link went to the person's mailbox, so it speaks for every request that came from that mailbox.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, leads, messaging, returns
from core.kit import outbox
from core.kit.actor import SYSTEM, Actor
from core.leads import Status

_MINE = text("""
    select l.id, l.status, n.name as niche, m.timezone, l.submitted_at,
           coalesce((select event <> 'revoked' from consent_event e
                      where e.lead_id = l.id order by e.id desc limit 1), true) as untaken
      from lead l join contact c on c.id = l.contact_id join niche n on n.id = l.niche_id join market m on m.id = l.market_id
     where l.id = :lead or c.email_key = (select o.email_key from lead p join contact o on o.id = p.contact_id where p.id = :lead)
     order by (l.id = :lead) desc, l.id desc""")
_HOLDERS = text("""
    select a.lead_id, p.company_name as company, a.assigned_at as at
      from assignment a join provider p on p.id = a.provider_id where a.lead_id = any (:leads) order by a.id""")
_NAMED_BY = text("""
    select unnest(cast(:leads as uuid[])) union all select id from assignment where lead_id = any (:leads)
    union all select id from claim where lead_id = any (:leads)""")
_KEYS = text("""
    select distinct key from contact c join lead l on l.contact_id = c.id, unnest(c.block_keys) key where l.id = any (:leads)""")


@dataclass(frozen=True, slots=True)
class Holder:
    """A company that received the data, and when."""

    company: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MyRequest:
    """One request of the person, and every company that has it; ``may_revoke`` until they have said that nobody may."""

    lead_id: UUID
    status: Status
    niche: str
    timezone: str
    submitted_at: datetime
    may_revoke: bool
    holders: tuple[Holder, ...]


def who_has_my_data(session: Session, *, code: str) -> list[MyRequest]:
    """The request of a signed link first, then the others of the same mailbox; raises ``LinkUnknown``."""
    rows = session.execute(_MINE, {"lead": leads.lead_of_code(code)}).all()
    if not rows:
        raise leads.LeadNotFound
    held: dict[UUID, list[Holder]] = {}
    for row in session.execute(_HOLDERS, {"leads": [row.id for row in rows]}):
        held.setdefault(row.lead_id, []).append(Holder(row.company, row.at))
    return [MyRequest(r.id, r.status, r.niche, r.timezone, r.submitted_at, r.untaken, tuple(held.get(r.id, ()))) for r in rows]


def revoke_everywhere(session: Session, *, actor: Actor, code: str, now: datetime) -> int:
    """Take the consent back for every request of the mailbox; all holders are told. Returns how many requests it was."""
    mine = [each for each in who_has_my_data(session, code=code) if each.may_revoke]
    for each in sorted(mine, key=lambda one: one.lead_id):
        own = leads.my_request_code(each.lead_id)
        leads.revoke_consent(session, actor=actor, lead_id=each.lead_id, code=own, now=now)
    return len(mine)


def erase_me(session: Session, *, actor: Actor, code: str, now: datetime) -> int:
    """Erase the person behind a signed link everywhere, for good; all holders are told to do the same (SPEC 13.6).

    Their address and number stay on our own do-not-contact list, hashed, so that no source brings them back. Returns how
    many requests were emptied; a repetition finds none.
    """
    mine = sorted((each for each in who_has_my_data(session, code=code) if each.status != "erased"), key=lambda one: one.lead_id)
    ids = [each.lead_id for each in mine]
    keys = list(session.execute(_KEYS, {"leads": ids}).scalars())
    for each in mine:
        own = leads.my_request_code(each.lead_id)
        leads.revoke_consent(session, actor=actor, lead_id=each.lead_id, code=own, tell=False, now=now)
    leads.block_keys(session, keys=keys, reason="Erased at their own wish.", now=now)
    _erase(session, ids, reason="The person asked for it by their signed link.", now=now)
    return len(ids)


def erase_person(session: Session, *, actor: Actor, lead_id: UUID, reason: str, now: datetime) -> int:
    """``erase_me`` by an admin, for somebody who asked by another way; ``reason`` says how and when."""
    actor.require("admin")
    leads.check_reason(reason)
    erased = erase_me(session, actor=actor, code=leads.my_request_code(lead_id), now=now)
    audit.record(session, actor, "privacy.person_erased", entity_type="lead", entity_id=lead_id, now=now, memo=reason)
    return erased


def _erase(session: Session, lead_ids: list[UUID], *, reason: str, now: datetime) -> None:
    leads.erase(session, actor=SYSTEM, lead_ids=lead_ids, reason=reason, now=now)
    forget_traces(session, lead_ids=lead_ids, now=now)


def forget_traces(session: Session, *, lead_ids: list[UUID], now: datetime) -> None:
    """What mails, reports and files still say of leads that were erased at their person's wish, here or at their source."""
    messaging.forget_mails_about(session, ids=list(session.execute(_NAMED_BY, {"leads": lead_ids}).scalars()))
    for lead_id in lead_ids:
        returns.forget_words(session, lead_id=lead_id)
    if lead_ids:  # files lie outside the database: they go once this is committed
        # Each erasure its own: a recall under way may have looked before this one.
        outbox.enqueue(session, "export.recall", key=str(lead_ids[0]), now=now)
