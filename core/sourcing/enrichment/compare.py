"""Model and rules on the same leads: where they agree, what an answer costs and how long it takes (SPEC 8.5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.config import settings
from core.kit.db import Json
from core.sourcing.enrichment import asking, breaker, budget
from core.sourcing.enrichment.answer import FIELDS
from core.sourcing.enrichment.enrich import ask_for_enrichment

NEAR = 0.05  # figures this close to each other are the same
MOST_ASKED = 50


@dataclass(frozen=True, slots=True)
class FieldAgreement:
    """One field over the leads that both read. ``same`` of ``both`` who said something; the rest said by one alone."""

    field: str
    both: int
    same: int
    model_only: int
    rules_only: int
    neither: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Model and rules over some days. Money is millionths of a US cent, times as named."""

    since: datetime
    enriched: int
    by_model: int
    from_cache: int
    why_rules: tuple[tuple[str, int], ...]
    fields: tuple[FieldAgreement, ...]
    compared: int
    cost_microcents: int
    model_p50_ms: float | None
    model_p95_ms: float | None
    rules_p50_us: float | None
    rules_p95_us: float | None
    model: str | None
    spent_today_microcents: int
    budget_microcents: int
    paused_until: datetime | None


@dataclass(frozen=True, slots=True)
class ComparedLead:
    """One enrichment with both answers; no contact data is in either."""

    id: UUID
    lead_id: UUID
    niche: str
    made_by: str
    why_rules: str | None
    model_answer: Json | None
    rules_answer: Json | None
    cached: bool
    cost_microcents: int
    latency_ms: int | None
    rules_us: int
    at: datetime


_TOTALS = text("""
select count(*) as enriched, count(*) filter (where made_by = 'model') as by_model, count(*) filter (where cached) as from_cache,
  count(*) filter (where model_answer is not null and rules_answer is not null) as compared,
  coalesce(sum(cost_microcents), 0)::bigint as cost_microcents,
  percentile_cont(0.5) within group (order by latency_ms) filter (where made_by = 'model') as model_p50_ms,
  percentile_cont(0.95) within group (order by latency_ms) filter (where made_by = 'model') as model_p95_ms,
  percentile_cont(0.5) within group (order by rules_us) as rules_p50_us,
  percentile_cont(0.95) within group (order by rules_us) as rules_p95_us
from enrichment where at >= :since""")
_WHY = text("""select why_rules, count(*) as leads from enrichment where at >= :since and why_rules is not null
               group by 1 order by 2 desc, 1""")
# "other" and "unknown" are ways to say nothing.
_FIELDS = text("""
with said as (
  select f.field, f.place, nullif(nullif(e.model_answer #>> string_to_array(f.field, '.'), 'other'), 'unknown') as m,
    nullif(nullif(e.rules_answer #>> string_to_array(f.field, '.'), 'other'), 'unknown') as r
  from enrichment e, unnest(cast(:fields as text[])) with ordinality f (field, place)
  where e.at >= :since and e.model_answer is not null and e.rules_answer is not null)
select field, count(*) filter (where m is not null and r is not null) as both,
  count(*) filter (where m = r or case when m ~ '^[0-9.]+$' and r ~ '^[0-9.]+$'
    then abs(m::numeric - r::numeric) <= :near * greatest(m::numeric, r::numeric) end) as same,
  count(*) filter (where m is not null and r is null) as model_only,
  count(*) filter (where m is null and r is not null) as rules_only,
  count(*) filter (where m is null and r is null) as neither
from said group by field, place order by place""")
_LEADS = text("""
select e.id, e.lead_id, n.name as niche, e.made_by, e.why_rules, e.model_answer, e.rules_answer, e.cached, e.cost_microcents,
  e.latency_ms, e.rules_us, e.at
from enrichment e join lead l on l.id = e.lead_id join niche n on n.id = l.niche_id
where (cast(:lead as uuid) is null or e.lead_id = :lead) and (cast(:before as uuid) is null or e.id < :before)
order by e.id desc limit :limit""")


def compare(session: Session, *, actor: Actor, days: int = 30, now: datetime) -> Comparison:
    """Both over the last ``days`` days, and how the service stands now."""
    actor.require("admin", "analyst", "scientist")
    since = now - timedelta(days=days)
    totals: dict[str, Any] = dict(session.execute(_TOTALS, {"since": since}).one()._mapping)
    fields = session.execute(_FIELDS, {"since": since, "fields": list(FIELDS), "near": NEAR}).mappings()
    return Comparison(
        since=since,
        why_rules=tuple((row.why_rules, row.leads) for row in session.execute(_WHY, {"since": since})),
        fields=tuple(FieldAgreement(**row) for row in fields),
        model=settings().enrichment_model if asking.is_set_up() else None,
        spent_today_microcents=budget.spent(session, now=now),
        budget_microcents=settings().enrichment_daily_budget_cents * budget.MICROCENTS,
        paused_until=breaker.paused_until(session, now=now),
        **totals,
    )


def compared_leads(
    session: Session, *, actor: Actor, lead_id: UUID | None = None, before_id: UUID | None = None, limit: int = 25
) -> list[ComparedLead]:
    """Enrichments newest first, of one lead or of all."""
    actor.require("admin", "analyst", "scientist")
    rows = session.execute(_LEADS, {"lead": lead_id, "before": before_id, "limit": limit}).mappings()
    return [ComparedLead(**row) for row in rows]


def ask_model_about_rest(session: Session, *, actor: Actor, most: int = MOST_ASKED, now: datetime) -> int:
    """Have the service read up to ``most`` of the newest leads that only the rules have read; returns how many."""
    actor.require("admin")
    if not asking.is_set_up():
        return 0
    rows = session.execute(
        text("""select newest.lead_id from (select distinct on (lead_id) lead_id, made_by, id from enrichment
                  order by lead_id, id desc) newest
                where newest.made_by = 'rules' order by newest.id desc limit :most"""),
        {"most": most},
    )
    lead_ids = list(rows.scalars())
    for lead_id in lead_ids:
        ask_for_enrichment(session, lead_id=lead_id, now=now)
    return len(lead_ids)
