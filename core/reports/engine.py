"""How distribution went: runs, what came of them, and why candidates were passed over (SPEC 12.1)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.replica import may_be_old
from core.reports.kept import Reported, kept
from core.reports.scope import Scope


@dataclass(frozen=True, slots=True)
class EngineReport:
    """Runs of the scope by the moment they began; durations in milliseconds, ``None`` without a finished run."""

    runs: int
    failed: int
    empty: int
    sales: int
    looked_at: int
    p50_ms: float | None
    p95_ms: float | None
    skips: dict[str, int]
    by_sales: dict[int, int]


_RUNS = """runs as materialized (
  select r.state, r.assigned, r.candidates, r.skips, r.duration_ms from distribution_run r
    join lead l on l.id = r.lead_id join market m on m.id = l.market_id
   where r.started_at >= (select report_day_began(:since)) and r.started_at < (select report_day_ended(:until))
     and (r.started_at at time zone m.timezone)::date between :since and :until
     and (cast(:niche as uuid) is null or r.niche_id = :niche) and (cast(:market as uuid) is null or l.market_id = :market))"""
_SUMS = text(f"""with {_RUNS}
  select count(*), count(*) filter (where state = 'failed'), count(*) filter (where state = 'finished' and assigned = 0),
    coalesce(sum(assigned), 0)::bigint, coalesce(sum(candidates), 0)::bigint,
    (percentile_cont(0.5) within group (order by duration_ms))::float8,
    (percentile_cont(0.95) within group (order by duration_ms))::float8,
    (select coalesce(jsonb_object_agg(reason, n), '{{}}') from (
       select s.reason, sum(s.n::bigint) as n from runs r, lateral jsonb_each_text(r.skips) s (reason, n) group by 1) skipped),
    (select coalesce(jsonb_object_agg(assigned, n), '{{}}') from (
       select assigned, count(*) as n from runs where state = 'finished' group by 1) sold)
  from runs""")  # noqa: S608


@may_be_old
def distribution(session: Session, *, actor: Actor, scope: Scope, now: datetime, refresh: bool = False) -> Reported[EngineReport]:
    """What the engine did in the scope (SPEC 5.5, 12.1)."""
    actor.require("admin", "analyst")
    return kept(EngineReport, f"engine:{scope.key}", lambda: _report(session, scope), now=now, refresh=refresh)


def _report(session: Session, scope: Scope) -> EngineReport:
    runs, failed, empty, sales, looked_at, p50, p95, skips, sold = session.execute(_SUMS, scope.values).one()
    return EngineReport(
        runs, failed, empty, sales, looked_at, p50, p95,
        skips=dict(sorted(skips.items(), key=lambda pair: (-pair[1], pair[0]))),
        by_sales={int(n): runs for n, runs in sorted(sold.items(), key=lambda pair: int(pair[0]))},
    )  # fmt: skip
