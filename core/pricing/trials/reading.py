"""How a trial stands: what each arm earned and sold, what the difference surely is between, and when that decides."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.pricing.trials.sequential import Bounds, Sums, difference
from core.pricing.trials.trial import Arm, Trial

LEAST = 50  # listings of each arm whose window is over, before anything is decided
LESS_SOLD = 0.10  # the guard: a model that surely sells a tenth of all listings less is stopped, whatever it earns


@dataclass(frozen=True, slots=True)
class Side:
    """One arm: listings drawn, those whose window is over, what these earned each in cents, and the share of them sold."""

    drawn: int
    over: int
    earned_cents: float
    sold: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A trial as it stands: both arms, and model less rule in cents a listing and in share sold, with sure bounds."""

    model: Side
    rule: Side
    earned: Bounds
    sold: Bounds

    @property
    def verdict(self) -> tuple[Arm, str] | None:
        """Who won and why, or ``None`` while it goes on: the stopping rule."""
        if min(self.model.over, self.rule.over) < LEAST:
            return None
        if self.sold.high < -LESS_SOLD:
            return "rule", "guard"
        if self.earned.low > 0:
            return "model", "better"
        return ("rule", "worse") if self.earned.high < 0 else None


# What a listing earned on the marketplace within its window: sales that were not paid back. Counted once the window is over.
_SUMS = text("""
    with each as (
      select t.arm, i.opened_at + make_interval(days => :days) <= cast(:now as timestamptz) as over,
             coalesce(s.cents, 0)::float8 as cents, (s.sales > 0)::int as sold
        from price_trial_listing t join listing i on i.lead_id = t.lead_id
        left join lateral (
          select sum(a.price_cents) as cents, count(*) as sales from assignment a
           where a.lead_id = t.lead_id and a.channel = 'marketplace' and a.refunded_at is null
             and a.assigned_at < i.opened_at + make_interval(days => :days)) s on true
       where t.trial_id = :trial
    )
    select arm, count(*) as drawn, count(*) filter (where over) as n, coalesce(sum(cents) filter (where over), 0) as total,
           coalesce(sum(cents * cents) filter (where over), 0) as squares, coalesce(sum(sold) filter (where over), 0) as sold
      from each group by arm""")


def reading_of(session: Session, trial: Trial, *, now: datetime) -> Reading:
    """How a trial stood at a moment."""
    rows = session.execute(_SUMS, {"trial": trial.id, "days": trial.window_days, "now": now})
    by = {row.arm: row for row in rows}
    sides, earned, sold = {}, {}, {}
    for arm in ("model", "rule"):
        row = by.get(arm)
        earned[arm] = Sums(row.n, row.total, row.squares) if row else Sums(0, 0.0, 0.0)
        sold[arm] = Sums(row.n, float(row.sold), float(row.sold)) if row else Sums(0, 0.0, 0.0)
        sides[arm] = Side(row.drawn if row else 0, earned[arm].n, earned[arm].mean, sold[arm].mean)
    return Reading(
        sides["model"], sides["rule"], difference(earned["model"], earned["rule"], planned=trial.planned),
        difference(sold["model"], sold["rule"], planned=trial.planned),
    )  # fmt: skip
