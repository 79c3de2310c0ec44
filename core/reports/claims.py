"""How reports of bad leads went over time, by reason and by niche (SPEC 12.1)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.replica import may_be_old
from core.reports.kept import Reported, kept
from core.reports.scope import Scope


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """Reports of one niche for one reason, by the day they were made, and how they stand now."""

    niche: str
    reason: str
    reported: int
    approved: int
    rejected: int
    open: int


@dataclass(frozen=True, slots=True)
class ClaimsReport:
    """Reports of the scope; times in seconds from the report, or the appeal, to its answer, cents by cause of the refund."""

    lines: tuple[ClaimLine, ...]
    answer_p50_s: float | None
    answer_p95_s: float | None
    late: int
    refunded_cents: dict[str, int]

    @property
    def reported(self) -> int:
        """How many were reported."""
        return sum(line.reported for line in self.lines)

    @property
    def approval_rate(self) -> float | None:
        """Share of the decided ones that were upheld."""
        approved, rejected = sum(line.approved for line in self.lines), sum(line.rejected for line in self.lines)
        return approved / (approved + rejected) if approved + rejected else None


_IN_SCOPE = """{at} >= (select report_day_began(:since)) and {at} < (select report_day_ended(:until))
  and ({at} at time zone m.timezone)::date between :since and :until
  and (cast(:market as uuid) is null or l.market_id = :market) and (cast(:niche as uuid) is null or l.niche_id = :niche)"""
_CLAIM = f"""claim c join lead l on l.id = c.lead_id join market m on m.id = l.market_id join niche n on n.id = l.niche_id
 where {_IN_SCOPE.format(at="c.reported_at")}"""
_LINES = text(f"""
    select n.name, c.reason, count(*), count(*) filter (where c.status = 'approved'),
           count(*) filter (where c.status = 'rejected'),
           count(*) filter (where c.status in ('pending', 'appealed')) from {_CLAIM} group by 1, 2 order by 3 desc, 1, 2""")  # noqa: S608
_TOOK = "extract(epoch from c.decided_at - coalesce(c.appealed_at, c.reported_at))"
_ANSWERS = text(f"""
    select (percentile_cont(0.5) within group (order by {_TOOK}))::float8,
           (percentile_cont(0.95) within group (order by {_TOOK}))::float8,
           count(*) filter (where c.status <> 'withdrawn' and coalesce(c.decided_at, :now) > c.due_at) from {_CLAIM}""")  # noqa: S608
_REFUNDED = text(f"""
    select r.cause, sum(r.amount_cents)::bigint from refund r join assignment a on a.id = r.assignment_id
      join lead l on l.id = a.lead_id join market m on m.id = l.market_id
     where {_IN_SCOPE.format(at="r.at")} group by 1 order by 2 desc""")  # noqa: S608


@may_be_old
def claims(session: Session, *, actor: Actor, scope: Scope, now: datetime, refresh: bool = False) -> Reported[ClaimsReport]:
    """Reports made in the scope, whatever became of them since, and money given back in it (SPEC 7.3, 12.1)."""
    actor.require("admin", "analyst")
    return kept(ClaimsReport, f"claims:{scope.key}", lambda: _claims(session, scope, now), now=now, refresh=refresh)


def _claims(session: Session, scope: Scope, now: datetime) -> ClaimsReport:
    lines = session.execute(_LINES, scope.values)
    p50, p95, late = session.execute(_ANSWERS, scope.values | {"now": now}).one()
    refunded = session.execute(_REFUNDED, scope.values)
    return ClaimsReport(tuple(ClaimLine(*row) for row in lines), p50, p95, late, {str(cause): cents for cause, cents in refunded})
