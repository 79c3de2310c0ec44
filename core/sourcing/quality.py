"""How good the data is that is sold, and what it costs, source by source (SPEC 8.6)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class DataQuality:
    """Over a period's sales and what is on sale now. Shares are 0 to 1, ages seconds.

    ``errors``: sold leads with an upheld claim or whose data failed when it was looked at again. ``completeness``: share of
    contact data and form answers given. ``freshness_s``: median age of what is on sale, counted from when it was asked for.
    """

    sold: int
    errors: int
    claimed: int
    failed_recheck: int
    rechecked: int
    on_sale: int
    duplicates_on_sale: int
    completeness: float | None
    freshness_s: float | None

    @property
    def error_rate(self) -> float | None:
        """Share of sold leads that are bad; ``None`` when nothing was sold."""
        return self.errors / self.sold if self.sold else None


@dataclass(frozen=True, slots=True)
class SourceQuality:
    """One source over the same period; costs in cents, ``cost_per_lead_cents`` by approved leads."""

    source_id: UUID
    name: str
    leads: int
    approved: int
    sold: int
    errors: int
    completeness: float | None
    cost_cents: int
    cost_per_lead_cents: int | None


# Upheld is what was paid back for being bad: not what an administrator gave back by hand, for whatever reason. Refunds lie above
# this chapter, so the table is named here in SQL only.
_BAD = """exists (select from assignment b join refund r on r.assignment_id = b.id and r.cause <> 'manual'
  where b.lead_id = l.id and b.refunded_at is not null)"""
_FAILED = """exists (select from lead_recheck k where k.lead_id = l.id and not k.ok
  and not exists (select from lead_recheck n where n.lead_id = l.id and n.checked_at > k.checked_at))"""
_COMPLETE = """(
  (c.full_name is not null)::int + (c.email is not null)::int + (c.phone is not null)::int + (c.street is not null)::int
  + (select count(*) from jsonb_object_keys(l.form_data)))::float8 / (4 + jsonb_array_length(f.schema -> 'fields'))"""
_FORM = "join contact c on c.id = l.contact_id join form_schema f on f.niche_id = l.niche_id and f.version = l.schema_version"
# On the clock of its own market, as in every report; the bounds are for the index.
_ON_ITS_DAY = """{column} >= (select report_day_began(:since)) and {column} < (select report_day_ended(:until))
  and ({column} at time zone m.timezone)::date between :since and :until"""
_WHOLE = text(f"""
with sold as (
  select l.id, {_BAD} as claimed, {_FAILED} as failed, exists (select from lead_recheck k where k.lead_id = l.id) as rechecked
    from lead l where l.id in (select a.lead_id from assignment a
      join lead s on s.id = a.lead_id join market m on m.id = s.market_id
     where {_ON_ITS_DAY.format(column="a.assigned_at")})
), offered as (
  select l.id, l.niche_id, l.submitted_at, coalesce(c.email_key, c.phone_key, c.id::text) as who, {_COMPLETE} as complete
    from listing i join lead l on l.id = i.lead_id and l.status = 'approved' {_FORM} where i.state = 'open'
)
select (select count(*) from sold) as sold, (select count(*) from sold where claimed or failed) as errors,
  (select count(*) from sold where claimed) as claimed, (select count(*) from sold where failed) as failed_recheck,
  (select count(*) from sold where rechecked) as rechecked, count(*) as on_sale,
  count(*) - count(distinct (niche_id, who)) as duplicates_on_sale, avg(complete) as completeness,
  percentile_cont(0.5) within group (order by extract(epoch from cast(:now as timestamptz) - submitted_at))::float8 as freshness_s
from offered""")  # noqa: S608 -- constants
_BY_SOURCE = text(f"""
select s.id as source_id, s.name, count(l.id) as leads, count(l.id) filter (where l.verdict = 'approved') as approved,
  count(l.id) filter (where exists (select from assignment a where a.lead_id = l.id)) as sold,
  count(l.id) filter (where exists (select from assignment a where a.lead_id = l.id) and ({_BAD} or {_FAILED})) as errors,
  avg({_COMPLETE}) as completeness, round(source_cost_cents(s.id, :since, :until))::bigint as cost_cents
from source s
left join source_record r on r.source_id = s.id and r.founder
left join (lead l {_FORM} join market m on m.id = l.market_id) on l.id = r.lead_id
  and {_ON_ITS_DAY.format(column="l.submitted_at")}
group by s.id order by s.name""")  # noqa: S608 -- constants


def data_quality(session: Session, *, actor: Actor, since: date, until: date, now: datetime) -> DataQuality:
    """The data that is sold, over the days ``since`` to ``until`` of the markets."""
    actor.require("admin", "analyst", "scientist")
    return DataQuality(*session.execute(_WHOLE, {"since": since, "until": until, "now": now}).one())


def quality_by_source(session: Session, *, actor: Actor, since: date, until: date) -> list[SourceQuality]:
    """The same for the leads that each source founded in those days, with what they cost."""
    actor.require("admin", "analyst", "scientist")
    rows = session.execute(_BY_SOURCE, {"since": since, "until": until})
    return [SourceQuality(**row._asdict(), cost_per_lead_cents=_per(row.cost_cents, row.approved)) for row in rows]


def _per(cents: int, leads: int) -> int | None:
    return round(cents / leads) if leads else None
