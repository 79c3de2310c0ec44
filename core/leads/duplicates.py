"""The same person asking again in the same niche (SPEC 2.6): linked to the first lead, never sold."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core import audit, ops, policies
from core.kit.actor import Actor
from core.kit.db import Json
from core.kit.errors import Unavailable
from core.leads import confirmation
from core.leads.grounds import NicheGround

TRIES = 5

_ORIGINAL = text("""
select i.lead_id, l.status, c.email_key, max(i.lead_id::text) over () = i.lead_id::text as alone
from unnest(cast(:keys as text[])) wanted
join lead_identity i on i.niche_id = :niche and i.key = wanted and i.held_until > :now and i.lead_id <> :lead
join lead l on l.id = i.lead_id join contact c on c.id = l.contact_id
order by i.lead_id limit 1
""")
_CLAIM = text("""
with claimed as (
  insert into lead_identity as held (niche_id, key, lead_id, held_until)
  select :niche, wanted, :lead, :until from unnest(cast(:keys as text[])) wanted
  on conflict (niche_id, key) do update set lead_id = excluded.lead_id, held_until = excluded.held_until
    where held.held_until <= :now
  returning key
), invited as (
  insert into lead_token (id, lead_id, token_hash, created_at, expires_at)
  select :token, :lead, decode(:token_hash, 'hex'), :now, :token_until
  where (select count(*) from claimed) = cardinality(cast(:keys as text[]))
)
select (select count(*) from claimed) = cardinality(cast(:keys as text[]))
""")
_LINK = text("""
with given_back as (delete from lead_identity where lead_id = :lead)
update lead set status = 'duplicate', duplicate_of = :first where id = :lead
""")
_INVITE = text("""
insert into lead_token (id, lead_id, token_hash, created_at, expires_at)
values (:token, :lead, decode(:token_hash, 'hex'), :now, :token_until)""")
_ASKED_ALREADY = text("""
select l.id from lead l join contact c on c.id = l.contact_id
where l.duplicate_of = :first and l.id <> :lead and l.status = 'duplicate' and c.email_key = :email_key
  and exists (select from lead_token t where t.lead_id = l.id and t.expires_at > t.created_at)
order by l.id limit 1""")
_OF_LEAD = text("""
with first as (select coalesce(duplicate_of, id) as id from lead where id = :lead)
select l.id, l.status, l.submitted_at, n.name as niche, l.id = first.id as first
from lead l join niche n on n.id = l.niche_id, first
where l.id <> :lead and (l.duplicate_of = first.id or l.id = first.id)
order by l.id limit 50
""")


def window_days(session: Session, *, niche_id: UUID, state: str, now: datetime) -> int:
    """For how many days a request keeps its person's keys: by the policy of its place and niche, else by the setting."""
    rules = policies.in_force(session, niche_id=niche_id, state=state, at=now)
    return rules.dedupe_days if rules.dedupe_days is not None else ops.threshold(session, "duplicate_window_days")


@dataclass(frozen=True, slots=True)
class DuplicateView:
    """Another request of the same person in the niche; ``first`` marks the one the others are linked to."""

    lead_id: UUID
    status: str
    submitted_at: datetime
    niche: str
    first: bool


def settle(
    session: Session, actor: Actor, values: dict[str, Any], token: str, niche: NicheGround, *, now: datetime
) -> Literal["duplicate", "pending_confirmation"]:
    """Link a lead that could not claim all its keys to the first one, or claim them when that one has let go.

    When the first one still waits for its confirmation and the mailbox is the same, that mail goes out once
    more, as far as its limits allow: the person has probably lost it. Another mailbox gets a link of its own: the
    first address may have been mistyped, and whoever confirms first keeps the request (``elsewhere``).
    """
    told = {"niche": niche.slug, "source": values["source"]}
    for _ in range(TRIES):
        original = session.execute(_ORIGINAL, values).one_or_none()
        if original is not None:
            session.execute(_LINK, {"lead": values["lead"], "first": original.lead_id})
            _tell(session, actor, values["lead"], told | {"status": "duplicate", "duplicate_of": str(original.lead_id)}, now=now)
            if original.status == "pending_confirmation":
                _ask_again(session, original, values, token, niche, now=now)
            return "duplicate"
        session.execute(text("delete from lead_identity where lead_id = :lead"), values)
        if session.execute(_CLAIM, values).scalar_one():
            _tell(session, actor, values["lead"], told | {"status": "pending_confirmation"}, now=now)
            confirmation.ask(session, values["lead"], token, niche_name=niche.name, now=now)
            return "pending_confirmation"
    raise Unavailable("lead.busy", "Too many requests for the same person at once. Please try again in a minute.")


def _ask_again(
    session: Session, original: Row[Any], values: dict[str, Any], token: str, niche: NicheGround, *, now: datetime
) -> None:
    """Ask the same mailbox once more, or another one whose person has asked by no other request."""
    asked = original.lead_id if original.email_key == values["email_key"] else None
    asked = asked or session.execute(_ASKED_ALREADY, values | {"first": original.lead_id}).scalar_one_or_none()
    if asked:
        confirmation.send_again_if_allowed(session, lead_id=asked, now=now)
    elif original.alone:
        session.execute(_INVITE, values)
        confirmation.ask(session, values["lead"], token, niche_name=niche.name, now=now)


def _tell(session: Session, actor: Actor, lead_id: UUID, after: Json, *, now: datetime) -> None:
    audit.record(session, actor, "lead.submitted", entity_type="lead", entity_id=lead_id, now=now, after=after)


def of_lead(session: Session, lead_id: UUID) -> list[DuplicateView]:
    """The first lead of the same person and its other duplicates, oldest first."""
    return [DuplicateView(*row) for row in session.execute(_OF_LEAD, {"lead": lead_id})]
