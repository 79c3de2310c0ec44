"""Do-not-contact lists that companies bring: hashed as they arrive, dated, and failing closed when old (SPEC 2.5).

A list is looked at when a lead is about to be sold, not in searches, and a company uploads a few a day at most: trying numbers
one by one to find out who is behind a listing leads nowhere soon.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import Actor
from core.kit.errors import Invalid, NotFound, TooMany
from core.kit.ids import uuid7
from core.leads.errors import OnOwnList
from core.leads.list_age import believed_everywhere
from core.leads.list_file import Entries, read_entries

AGAIN_AFTER = timedelta(days=1)
MOST_LISTS = 5

_CURRENT = text("""
    select l.id, l.provider_id, p.company_name as company, l.name, l.list_date, l.entries, l.uploaded_at,
           u.full_name as uploaded_by
      from own_list l join provider p on p.id = l.provider_id left join user_account u on u.id = l.uploaded_by
     where l.over_at is null and (cast(:provider as uuid) is null or l.provider_id = :provider)
     order by p.company_name, l.name limit 1000""")
_ADD = text("""
    insert into own_list (id, provider_id, name, list_date, entries, uploaded_by, uploaded_at)
    values (:id, :provider, :name, :date, :entries, :by, :now)""")
_KEYS = text("insert into own_list_key (key, list_id) select key, :id from unnest(cast(:keys as text[])) key")
# The version before the one that ends now is needed no more.
_FORGET = text("""
    delete from own_list_key k using own_list l
     where k.list_id = l.id and l.provider_id = :provider and l.name = :name and l.over_at is not null""")


@dataclass(frozen=True, slots=True)
class OwnList:
    """One list in force: ``fresh`` while it is young enough for leads of every niche and state, ``until`` the last such day."""

    id: UUID
    provider_id: UUID
    company: str
    name: str
    list_date: date
    entries: int
    uploaded_at: datetime
    uploaded_by: str | None
    fresh: bool
    until: date


@dataclass(frozen=True, slots=True)
class Upload:
    """What became of an upload: how many people it holds, and how many lines could not be read."""

    entries: int
    unreadable: int


def upload_own_list(
    session: Session, *, actor: Actor, name: str, list_date: date, content: bytes, provider_id: UUID | None = None, now: datetime
) -> Upload:
    """Put a list in force in place of its older self; ``content`` is a CSV or text of addresses and numbers (SPEC 2.5).

    By the company's own people, or for it by an admin. Raises ``Invalid`` for a file that can't be trusted whole and
    ``TooMany`` for the sixth upload of a company within a day.
    """
    owner = _owner(actor, provider_id)
    name = " ".join(name.split())
    if not 1 <= len(name) <= 100:
        raise Invalid("list.name", "Give the list a name of up to 100 characters.", fields={"name": "Up to 100 characters."})
    if list_date > now.date():
        raise Invalid("list.date", "The date is when the list was made; it can't lie ahead.", fields={"list_date": "Not ahead."})
    read: Entries = read_entries(content)
    _end(session, actor, owner, name, now=now, replaced=True)
    list_id = uuid7()
    values = {"id": list_id, "provider": owner, "name": name, "date": list_date, "now": now, "by": actor.user_id}
    session.execute(_ADD, values | {"entries": len(read.keys)})
    session.execute(_KEYS, {"id": list_id, "keys": sorted(read.keys)})
    after = {"list": name, "date": list_date.isoformat(), "entries": len(read.keys), "provider_id": str(owner)}
    audit.record(session, actor, "own_list.uploaded", entity_type="own_list", entity_id=list_id, now=now, after=after)
    return Upload(len(read.keys), read.unreadable)


def drop_own_list(session: Session, *, actor: Actor, name: str, provider_id: UUID | None = None, now: datetime) -> None:
    """Stop using a list of the company; raises ``NotFound`` when it has none of this name."""
    owner = _owner(actor, provider_id)
    if not _end(session, actor, owner, name, now=now, replaced=False):
        raise NotFound("list.unknown", "There is no list of this name.")


def own_lists(session: Session, *, actor: Actor, now: datetime) -> Sequence[OwnList]:
    """The lists in force: a company's own, or everybody's for staff."""
    actor.require("admin", "analyst", "provider")
    owner = actor.require_provider() if actor.role == "provider" else None
    days = believed_everywhere(session, now=now)
    return [
        OwnList(**row._mapping, until=row.list_date + days, fresh=row.list_date >= now.date() - days)
        for row in session.execute(_CURRENT, {"provider": owner})
    ]


def check_own_lists(session: Session, *, lead_id: UUID, provider_id: UUID, now: datetime) -> None:
    """Raise ``OnOwnList`` when a list of the company holds the lead's person or is too old to say."""
    refusing = session.execute(
        text("select :provider = any (own_lists_refusing(:lead, :now))"), {"lead": lead_id, "provider": provider_id, "now": now}
    )
    if refusing.scalar_one():
        raise OnOwnList


def _owner(actor: Actor, provider_id: UUID | None) -> UUID:
    if actor.role == "provider":
        return actor.require_provider()
    actor.require("admin")
    if provider_id is None:
        raise Invalid("list.provider", "Name the company whose list it is.", fields={"provider_id": "Name the company."})
    return provider_id


def _end(session: Session, actor: Actor, owner: UUID, name: str, *, now: datetime, replaced: bool) -> bool:
    """End the list of this name that is in force; ``False`` when there is none."""
    values = {"provider": owner, "name": name, "now": now}
    session.execute(text("select 1 from provider where id = :provider for no key update"), values)
    latest = session.execute(
        text("""select id, over_at from own_list where provider_id = :provider and name = :name
                order by id desc limit 1"""),
        values,
    ).one_or_none()
    if replaced and actor.role == "provider":
        _check_pace(session, owner, now=now)
    if latest is None or latest.over_at is not None:
        return False
    session.execute(_FORGET, values)
    session.execute(text("update own_list set over_at = :now where id = :id"), values | {"id": latest.id})
    if not replaced:
        before = {"list": name, "provider_id": str(owner)}
        audit.record(session, actor, "own_list.dropped", entity_type="own_list", entity_id=latest.id, now=now, before=before)
    return True


def _check_pace(session: Session, owner: UUID, *, now: datetime) -> None:
    recent = session.execute(
        text("select count(*) from own_list where provider_id = :provider and uploaded_at > :since"),
        {"provider": owner, "since": now - AGAIN_AFTER},
    ).scalar_one()
    if recent >= MOST_LISTS:
        words = f"A company uploads up to {MOST_LISTS} lists a day. Try again tomorrow."
        raise TooMany("list.too_many", words, retry_after_s=int(AGAIN_AFTER.total_seconds()))
