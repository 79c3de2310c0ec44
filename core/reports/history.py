"""The exchange's past for models: what was known at the moment of decision, what became of it by a cut-off (SPEC 10.5).

No contact data: people and wordings are numbers that only say who or what is the same.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import STAFF, Actor
from core.kit.db import Json

# Fraud: a report of spam or of a contact that is not one was upheld, or review refused the lead; else what staff last said
# of its fraud reasons; else not a fraud: approved, and the time for reports is over. Good: somebody won it or has an
# appointment; not good: lost, handed back, turned down.
_PAST = text("""
    with kept as (
      select * from (select distinct on (lead_id) lead_id, signals, at from decision_facts where at <= :until
                      order by lead_id, id) first
       order by at desc, lead_id limit :most
    ), ended as (
      select a.lead_id,
             bool_or(coalesce(a.outcome in ('won', 'appointment') and a.outcome_at <= :until, false)) as good,
             bool_or(coalesce(a.outcome = 'lost' and a.outcome_at <= :until, false)
                     or coalesce(a.refunded_at <= :until, false)
                     or coalesce(a.decision = 'rejected' and a.decided_at <= :until, false)) as bad
        from assignment a where a.assigned_at <= :until and a.lead_id in (select lead_id from kept) group by a.lead_id
    ), upheld as (
      select distinct lead_id from claim
       where status = 'approved' and decided_at <= :until and reason in ('spam', 'invalid_contact')
    ), said as (
      select distinct on (lead_id) lead_id, verdict from feedback
       where subject = 'fraud' and at <= :until order by lead_id, id desc
    )
    select n.slug as niche, m.slug as market, l.source, k.at, k.signals,
           case when c.email_key is not null then dense_rank() over (order by c.email_key) end as person,
           case when l.text_key is not null then dense_rank() over (order by l.text_key) end as wording,
           case when u.lead_id is not null or (l.verdict = 'rejected' and l.reviewed_at <= :until) then true
                when f.lead_id is not null then f.verdict = 'looks_like_fraud'
                when l.verdict = 'approved' and l.reviewed_at <= cast(:until as timestamptz) - interval '14 days' then false
           end as fraud,
           case when e.good then true when e.bad then false end as good
      from kept k join lead l on l.id = k.lead_id join contact c on c.id = l.contact_id
      join niche n on n.id = l.niche_id join market m on m.id = l.market_id
      left join ended e on e.lead_id = l.id left join upheld u on u.lead_id = l.id
      left join said f on f.lead_id = l.id
     order by k.at, l.id""")
# A price as it was set, with the facts it was set by; bought when the marketplace sold a slot within a day of it. A company
# that called the price wrong is one more that saw it and did not buy. Leads of a source whose permission does not let its
# records inform prices are left out (SPEC 8.2).
_PRICES = text("""
    with silent as materialized (
      select s.id from source s where not coalesce((live_permission(s.id, :until)).may_price, false)
    ), kept_out as (
      select r.lead_id from source_record r join silent on silent.id = r.source_id where r.founder
    )
    select price_cents, facts, at, bought from (
    (select distinct on (h.lead_id, date_trunc('day', h.at)) h.price_cents, h.receipt -> 'facts' as facts, h.at,
           exists (select from assignment a where a.lead_id = h.lead_id and a.channel = 'marketplace'
                    and a.assigned_at > h.at and a.assigned_at <= h.at + interval '1 day') as bought
      from price_history h
     where h.at <= cast(:until as timestamptz) - interval '1 day' and h.receipt ? 'facts'
       and not exists (select from kept_out k where k.lead_id = h.lead_id)
     order by h.lead_id, date_trunc('day', h.at), h.at)
    union all
    select f.shown_cents, h.receipt -> 'facts', f.at, false
      from feedback f join lateral (
        select receipt from price_history h where h.lead_id = f.lead_id and h.at <= f.at and h.receipt ? 'facts'
         order by h.at desc limit 1) h on true
     where f.subject = 'price' and f.at <= :until and not exists (select from kept_out k where k.lead_id = f.lead_id)
    ) days order by at desc limit :most""")


@dataclass(frozen=True, slots=True)
class PastLead:
    """A lead as it was known when it was first scored; ``fraud`` and ``good`` are ``None`` while nothing is known."""

    niche: str
    market: str
    source: str
    at: datetime
    signals: Json
    person: int | None
    wording: int | None
    fraud: bool | None
    good: bool | None


@dataclass(frozen=True, slots=True)
class PastPrice:
    """A day at a price in cents, with the facts the price was made from, and whether the listing was bought."""

    price_cents: int
    facts: Json
    at: datetime
    bought: bool


def past_leads(session: Session, *, actor: Actor, until: datetime, most: int | None = None) -> list[PastLead]:
    """Leads scored up to ``until``, oldest first, the latest ``most`` of them, and what had become of them by then; staff only
    (no contact data is in it)."""
    actor.require(*STAFF)
    return [PastLead(*row) for row in session.execute(_PAST, {"until": until, "most": most})]


def past_prices(session: Session, *, actor: Actor, until: datetime, most: int | None = None) -> list[PastPrice]:
    """Days on which listings stood at a price, over by ``until``, the latest ``most`` of them; staff only."""
    actor.require(*STAFF)
    rows = session.execute(_PRICES, {"until": until, "most": most})
    return [PastPrice(row.price_cents, row.facts, row.at, row.bought) for row in rows]
