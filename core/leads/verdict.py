"""What may be done with a lead at a moment, and on what ground: the policies of that moment judge it (SPEC 2.5)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import policies
from core.kit.actor import Actor
from core.leads.errors import NOT_FOR_SALE, LeadNotFound
from core.policies import Calling, InForce

_CASE = text("""
    select l.niche_id, coalesce(z.state, m.state) as state, m.timezone, lead_sale_refusal(l.id, :at) as refusal
      from lead l join market m on m.id = l.market_id left join market_zip z on z.zip = l.zip where l.id = :lead""")
_LISTS = text("""
    select d.name, d.list_date,
           exists (select from do_not_contact k join lead l on l.id = :lead join contact c on c.id = l.contact_id
                    where k.list_name = d.name and k.key = any (c.block_keys)) as holds
      from do_not_contact_list d order by d.name""")


@dataclass(frozen=True, slots=True)
class ListCheck:
    """One uploaded list, the day it was made, and whether it holds this person now."""

    name: str
    list_date: date
    holds: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Judged at ``at``: ``refusal`` is why it may not be sold, ``None`` when it may."""

    lead_id: UUID
    at: datetime
    state: str
    refusal: str | None
    sentence: str
    calling: Calling
    rules: InForce
    lists: tuple[ListCheck, ...]


def judge(session: Session, *, actor: Actor, lead_id: UUID, at: datetime) -> Verdict:
    """Judge a lead by the policies of any moment, past or to come; consent and lists are those of now. For staff."""
    actor.require("admin", "analyst")
    case = session.execute(_CASE, {"lead": lead_id, "at": at}).one_or_none()
    if case is None:
        raise LeadNotFound
    rules = policies.in_force(session, niche_id=case.niche_id, state=case.state, at=at)
    lists = tuple(ListCheck(*row) for row in session.execute(_LISTS, {"lead": lead_id}))
    sentence = NOT_FOR_SALE[case.refusal] if case.refusal else "It may be sold."
    told = policies.calling(rules, timezone=case.timezone, at=at)
    return Verdict(lead_id, at, case.state, case.refusal, sentence, told, rules, lists)
