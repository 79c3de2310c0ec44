"""Ask the lists about one address or number: what each says, and how old it is (SPEC 2.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.leads import blocklist
from core.leads.list_age import believed_everywhere

_ASKED = text("""
    select 'internal' as name, null::uuid as provider_id, null::text as company, null::date as list_date,
           exists (select from do_not_contact d where d.list_name = 'internal' and d.key = any (:keys)) as listed
     where :house
    union all
    select l.name, null, null, l.list_date,
           exists (select from do_not_contact d where d.list_name = l.name and d.key = any (:keys))
      from do_not_contact_list l where :house
    union all
    select l.name, l.provider_id, p.company_name, l.list_date,
           exists (select from own_list_key k where k.list_id = l.id and k.key = any (:keys))
      from own_list l join provider p on p.id = l.provider_id
     where l.over_at is null and (cast(:provider as uuid) is null or l.provider_id = :provider)
     order by 3 nulls first, 1""")


@dataclass(frozen=True, slots=True)
class ListAnswer:
    """What one list says: ``fresh`` is whether it is young enough to be believed everywhere; our own never ages."""

    name: str
    provider_id: UUID | None
    company: str | None
    list_date: date | None
    listed: bool
    fresh: bool


@dataclass(frozen=True, slots=True)
class ContactCheck:
    """``clear`` only when no list holds the contact and every list is fresh: a stale one counts against it."""

    checked_at: datetime
    clear: bool
    answers: Sequence[ListAnswer]


def check_contact(
    session: Session, *, actor: Actor, email: str | None = None, phone: str | None = None, now: datetime
) -> ContactCheck:
    """Look an address, a number or both up in every list the asker may see: a company's own, or all for admins.

    Recorded in the trail without the contact. Raises ``Invalid`` for what can't be read.
    """
    actor.require("admin", "provider")
    owner = actor.require_provider() if actor.role == "provider" else None
    keys = blocklist.keys_of(email, phone)
    oldest = now.date() - believed_everywhere(session, now=now)
    rows = session.execute(_ASKED, {"keys": keys, "house": owner is None, "provider": owner})
    answers = [
        ListAnswer(r.name, r.provider_id, r.company, r.list_date, r.listed, r.list_date is None or r.list_date >= oldest)
        for r in rows
    ]
    clear = not any(one.listed or not one.fresh for one in answers)
    after = {"kinds": [key.split(":")[0] for key in keys], "lists": len(answers), "clear": clear}
    audit.record(session, actor, "contact.checked", entity_type="contact", entity_id=None, now=now, after=after)
    return ContactCheck(now, clear, answers)
