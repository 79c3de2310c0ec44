"""What the written rule is told about a listing: one statement, also for many listings at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import ops
from core.pricing.rule import Known, Rails

HOUSE_RATE_CENTS = 2_000  # of a niche whose levels are all free
LOCK_OF_FLOOR_H = 24.0  # so long a listing is never cheaper than the lowest price distribution got (SPEC 9.4)


@dataclass(frozen=True, slots=True)
class Facts:
    """A listing as the rule sees it, and the bounds its price must keep."""

    lead_id: UUID
    known: Known
    rails: Rails
    distribution_floor_cents: int  # zero once the first day is over


# The going rate is the middle one of the niche's paid levels. Demand: slots held or bought on the marketplace in a week,
# per open listing of the niche in the market. Season: requests of the last 28 days against those of the last 84. What a
# listing cost a day ago is the last price set by then (the history has changes only), of a younger one its first.
_LISTED = """
      select i.lead_id, i.opened_at, i.price_floor_cents, l.niche_id, l.market_id, l.quality, l.submitted_at
        from listing i join lead l on l.id = i.lead_id where i.lead_id = any (:leads)"""
_AS_IF = """
      select l.id as lead_id, cast(:now as timestamptz) as opened_at, 0 as price_floor_cents, l.niche_id, l.market_id, l.quality,
             l.submitted_at
        from lead l where l.id = any (:leads)"""
_FACTS = """
    with wanted as ({wanted}
    ), place as (
      select distinct niche_id, market_id from wanted
    ), rate as (
      select p.niche_id, percentile_disc(0.5) within group (order by v.price_cents) as cents
        from (select distinct niche_id from place) p
        join competition_level v on v.niche_id = p.niche_id and v.active and v.price_cents > 0 group by p.niche_id
    ), demand as (
      select p.niche_id, p.market_id,
             (select count(*) from assignment a join lead l on l.id = a.lead_id
               where a.channel = 'marketplace' and a.assigned_at > cast(:now as timestamptz) - interval '7 days'
                 and l.niche_id = p.niche_id and l.market_id = p.market_id)
             / greatest((select count(*) from listing i join lead l on l.id = i.lead_id
                          where i.state = 'open' and l.niche_id = p.niche_id and l.market_id = p.market_id), 1)::float8 as takings
        from place p
    ), season as (
      select p.niche_id, p.market_id, case when count(l.id) < 84 then 1.0 else
               3.0 * count(l.id) filter (where l.submitted_at > cast(:now as timestamptz) - interval '28 days') / count(l.id)
             end as ratio
        from place p left join lead l on l.niche_id = p.niche_id and l.market_id = p.market_id
         and l.submitted_at > cast(:now as timestamptz) - interval '84 days' and l.submitted_at <= :now
       group by p.niche_id, p.market_id
    )
    select w.lead_id, coalesce(r.cents, :house) as rate, w.quality, w.submitted_at, w.opened_at, w.price_floor_cents,
           (select count(*) from slot s where s.lead_id = w.lead_id and s.state = 'sold') as sold, d.takings, n.ratio,
           coalesce(
             (select h.price_cents from price_history h
               where h.lead_id = w.lead_id and h.at <= cast(:now as timestamptz) - interval '1 day' order by h.at desc limit 1),
             (select h.price_cents from price_history h where h.lead_id = w.lead_id order by h.at limit 1)) as was_cents
      from wanted w left join rate r on r.niche_id = w.niche_id
      join demand d on d.niche_id = w.niche_id and d.market_id = w.market_id
      join season n on n.niche_id = w.niche_id and n.market_id = w.market_id"""
_OF_LISTED, _OF_ANY = (text(_FACTS.format(wanted=wanted)) for wanted in (_LISTED, _AS_IF))


def least_price(floor_cents: int, *, opened_at: datetime, now: datetime) -> int:
    """In its first day a listing costs no less than the lowest price distribution got for it; then zero (SPEC 9.4)."""
    return floor_cents if opened_at > floored_since(now) else 0


def floored_since(now: datetime) -> datetime:
    """Listings that opened after this moment still cost no less than distribution got for them (SPEC 9.4)."""
    return now - timedelta(hours=LOCK_OF_FLOOR_H)


def facts(session: Session, lead_ids: Sequence[UUID], *, as_if: bool = False, now: datetime) -> list[Facts]:
    """What is known of these listings, in no particular order; a lead without a listing is left out.

    ``as_if``: of any leads, as if their listings opened now.
    """
    rows = session.execute(_OF_ANY if as_if else _OF_LISTED, {"leads": list(lead_ids), "now": now, "house": HOUSE_RATE_CENTS})
    floor, ceiling = ops.threshold(session, "price_floor_percent"), ops.threshold(session, "price_ceiling_percent")
    change = ops.threshold(session, "price_change_percent")
    found = []
    for row in rows:
        held_to = least_price(row.price_floor_cents, opened_at=row.opened_at, now=now)
        known = Known(
            going_rate_cents=row.rate,
            quality=None if row.quality is None else float(row.quality),
            age_h=(now - row.submitted_at).total_seconds() / 3600,
            slots_sold=row.sold,
            demand=float(row.takings),
            season=float(row.ratio),
        )
        rails = Rails(max(row.rate * floor // 100, held_to, 1), row.rate * ceiling // 100, row.was_cents, change)
        found.append(Facts(row.lead_id, known, rails, held_to))
    return found
