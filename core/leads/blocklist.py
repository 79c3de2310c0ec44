"""People nobody may contact: hashed, so that the list itself tells nobody who they are (SPEC 2.5)."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Invalid
from core.leads import identity
from core.leads.ending import check_reason
from core.leads.list_age import believed_everywhere
from core.leads.list_file import Entries, read_entries

INTERNAL = "internal"
_ADD = text("""insert into do_not_contact (key, list_name, reason, added_at, added_by)
               select key, :list, :reason, :now, :by from unnest(cast(:keys as text[])) key on conflict do nothing""")


def block_contact(
    session: Session, *, actor: Actor, email: str | None = None, phone: str | None = None, reason: str, now: datetime
) -> None:
    """Put an address, a number or both on our own list: refused at intake, approval and sale from now on (SPEC 2.5).

    Admins only; ``reason`` says how the wish came. Raises ``Invalid`` for what can't be read, ``ReasonMissing``.
    """
    actor.require("admin")
    keys = keys_of(email, phone)
    check_reason(reason)
    session.execute(_ADD, {"keys": keys, "list": INTERNAL, "reason": reason.strip(), "now": now, "by": actor.user_id})
    _record(session, actor, "contact.blocked", keys, now=now, memo=reason)


def block_keys(session: Session, *, keys: Iterable[str], reason: str, now: datetime) -> None:
    """Put hashed addresses and numbers on our own list, as when their person is erased and must not come back."""
    known = sorted(keys)
    session.execute(_ADD, {"keys": known, "list": INTERNAL, "reason": reason, "now": now, "by": SYSTEM.user_id})
    _record(session, SYSTEM, "contact.blocked", known, now=now, memo=reason)


def unblock_contact(
    session: Session, *, actor: Actor, email: str | None = None, phone: str | None = None, reason: str, now: datetime
) -> None:
    """Take an address, a number or both off our own list; uploaded lists stay as they are. Raises as ``block_contact``."""
    actor.require("admin")
    keys = keys_of(email, phone)
    check_reason(reason)
    session.execute(text("delete from do_not_contact where key = any (:keys) and list_name = 'internal'"), {"keys": keys})
    _record(session, actor, "contact.unblocked", keys, now=now, memo=reason)


def is_blocked(session: Session, *, email: str | None = None, phone: str | None = None) -> bool:
    """True when any list holds the address or the number."""
    found: bool = session.execute(
        text("select exists (select from do_not_contact where key = any (:keys))"), {"keys": keys_of(email, phone)}
    ).scalar_one()
    return found


def replace_list(
    session: Session,
    *,
    actor: Actor,
    name: str,
    list_date: date,
    emails: Iterable[str] = (),
    phones: Iterable[str] = (),
    now: datetime,
) -> int:
    """Upload a list in place of its older self; returns how many entries it has.

    From then on sales stop when the newest upload is older than 31 days: the list fails closed (SPEC 2.5).
    """
    keys = {key for email in emails for key in keys_of(email, None)} | {key for phone in phones for key in keys_of(None, phone)}
    return _replace(session, actor, name, list_date, keys, now=now)


def _replace(session: Session, actor: Actor, name: str, list_date: date, keys: Set[str], *, now: datetime) -> int:
    actor.require("admin")
    name = " ".join(name.split())  # one more blank is no other list: the older one would go stale and stop all sales
    if name == INTERNAL or not 1 <= len(name) <= 100 or list_date > now.date():
        raise Invalid("list.invalid", "Give the list a name of its own and the date it was made, not in the future.")
    session.execute(
        text("""insert into do_not_contact_list (name, list_date, uploaded_at, uploaded_by) values (:list, :date, :now, :by)
                on conflict (name) do update set list_date = excluded.list_date, uploaded_at = excluded.uploaded_at,
                uploaded_by = excluded.uploaded_by"""),
        {"list": name, "date": list_date, "now": now, "by": actor.user_id},
    )
    session.execute(text("delete from do_not_contact where list_name = :list"), {"list": name})
    session.execute(_ADD, {"keys": sorted(keys), "list": name, "reason": "", "now": now, "by": actor.user_id})
    after = {"list": name, "date": list_date.isoformat(), "entries": len(keys)}
    audit.record(session, actor, "contact.list_replaced", entity_type="list", entity_id=None, now=now, after=after)
    return len(keys)


@dataclass(frozen=True, slots=True)
class HouseList:
    """An uploaded list that holds for everybody. While it is not ``fresh``, leads whose policy finds it too old are not sold."""

    name: str
    list_date: date
    entries: int
    fresh: bool


def house_lists(session: Session, *, actor: Actor, now: datetime) -> list[HouseList]:
    """The uploaded lists in force for everybody."""
    actor.require("admin", "analyst")
    rows = session.execute(
        text("""select l.name, l.list_date, (select count(*) from do_not_contact d where d.list_name = l.name) as entries,
                       l.list_date >= :oldest as fresh from do_not_contact_list l order by l.name"""),
        {"oldest": now.date() - believed_everywhere(session, now=now)},
    )
    return [HouseList(*row) for row in rows]


def replace_list_from(session: Session, *, actor: Actor, name: str, list_date: date, content: bytes, now: datetime) -> Entries:
    """``replace_list`` from a file of addresses and numbers, as companies upload theirs."""
    read = read_entries(content)
    _replace(session, actor, name, list_date, read.keys, now=now)
    return read


def drop_list(session: Session, *, actor: Actor, name: str, now: datetime) -> None:
    """Stop using an uploaded list."""
    actor.require("admin")
    name = " ".join(name.split())
    session.execute(text("delete from do_not_contact where list_name = :list and list_name <> 'internal'"), {"list": name})
    session.execute(text("delete from do_not_contact_list where name = :list"), {"list": name})
    audit.record(session, actor, "contact.list_dropped", entity_type="list", entity_id=None, now=now, before={"list": name})


def keys_of(email: str | None, phone: str | None) -> list[str]:
    """Keys of what was typed; raises ``Invalid`` for what can't be read as an address or a number."""
    read_email = identity.read_email(email) if email else None
    read_phone = identity.read_phone(phone) if phone else None
    if (email and read_email is None) or (phone and read_phone is None) or not (email or phone):
        sentence = "Give an e-mail address or a phone number in full."
        raise Invalid("contact.unreadable", sentence, fields={"phone" if phone and read_phone is None else "email": sentence})
    return identity.block_keys(identity.email_key(read_email) if read_email else None, read_phone)


def _record(session: Session, actor: Actor, action: str, keys: list[str], *, now: datetime, memo: str) -> None:
    kinds = [key.split(":")[0] for key in keys]
    audit.record(
        session, actor, action, entity_type="contact", entity_id=None, now=now, after={"kinds": kinds}, memo=memo.strip()
    )
