"""What the market makes of its leads in the middle, told only where it hides every single company (SPEC 7.5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.cache import cached
from core.kit.tenant import house

# The market's median is told only when it hides single companies: so many others, with so many leads each.
FEWEST_COMPANIES, FEWEST_LEADS = 5, 5
KEEP_MEDIANS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Median:
    """The market's medians over all companies that bought in the same time and niche; ``None``: too few to tell."""

    companies: int
    acceptance_rate: float | None
    win_rate: float | None
    claim_rate: float | None
    cost_per_won_cents: int | None
    view_s: float | None


# Each company's own figures first, then the median of those who bought enough; never a single company's figure.
_MARKET = text("""
    with each as (
      select a.provider_id, count(*) as received,
             count(*) filter (where a.decision = 'accepted')::float8 / nullif(count(a.decision), 0) as acceptance_rate,
             count(*) filter (where a.outcome = 'won')::float8 / count(*) as win_rate,
             count(*) filter (where exists (
               select from claim c where c.assignment_id = a.id and c.status <> 'withdrawn'))::float8 / count(*) as claim_rate,
             sum(a.price_cents) filter (where a.refunded_at is null)::float8
               / nullif(count(*) filter (where a.outcome = 'won'), 0) as cost_per_won_cents,
             percentile_cont(0.5) within group (order by extract(epoch from a.viewed_at - a.assigned_at)) as view_s
        from assignment a
       where a.assigned_at >= :since and a.assigned_at < :until
         and (cast(:niche as uuid) is null or a.niche_id = :niche)
         and (cast(:channel as text) is null or a.channel = :channel)
       group by a.provider_id having count(*) >= :fewest)
    select count(*) as companies,
           percentile_cont(0.5) within group (order by acceptance_rate) as acceptance_rate,
           count(acceptance_rate) as n_acceptance_rate,
           percentile_cont(0.5) within group (order by win_rate) as win_rate, count(win_rate) as n_win_rate,
           percentile_cont(0.5) within group (order by claim_rate) as claim_rate, count(claim_rate) as n_claim_rate,
           percentile_cont(0.5) within group (order by cost_per_won_cents) as cost_per_won_cents,
           count(cost_per_won_cents) as n_cost_per_won_cents,
           percentile_cont(0.5) within group (order by view_s) as view_s, count(view_s) as n_view_s
      from each""")


def market_median(session: Session, given: dict[str, Any], *, now: datetime) -> Median | None:
    """The medians of the market, an hour old at most and over whole hours, so that nobody can close in on one sale;
    ``None`` below five companies beside the asker's own."""
    given = given | {name: given[name].replace(minute=0, second=0, microsecond=0) for name in ("since", "until")}
    key = "results.market:" + ":".join(str(given[name]) for name in ("since", "until", "niche", "channel"))

    def compute() -> dict[str, float | None]:
        with house(session) as wide:
            row = wide.execute(_MARKET, given | {"fewest": FEWEST_LEADS}).one()
        return {name: None if value is None else float(value) for name, value in row._asdict().items()}

    found = cached(key, compute, now=now, keep=KEEP_MEDIANS).value
    if found["companies"] <= FEWEST_COMPANIES:
        return None
    return Median(
        companies=int(found["companies"]),
        acceptance_rate=_told(found, "acceptance_rate", 0.01),
        win_rate=_told(found, "win_rate", 0.01),
        claim_rate=_told(found, "claim_rate", 0.01),
        cost_per_won_cents=None if (cost := _told(found, "cost_per_won_cents", 100)) is None else round(cost),
        view_s=_told(found, "view_s", 60),
    )


def _told(found: dict[str, Any], name: str, step: float) -> float | None:
    """A median in whole steps, unless too few companies stand behind it."""
    if found[name] is None or found[f"n_{name}"] <= FEWEST_COMPANIES:
        return None
    return float(round(found[name] / step) * step)
