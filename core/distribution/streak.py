"""How long the engine has sold nothing, for the alarm of operations (SPEC 13.4)."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.distribution.dues import worst_deficit
from core.kit.metrics import ZERO_STREAK, Reading

LOOKED_AT = 200  # runs; the alarm rings at 20 leads

_STREAK = text("""
    with latest as materialized (
      select row_number() over (order by id desc) as place, lead_id, assigned
      from (select id, lead_id, assigned from distribution_run where state = 'finished' order by id desc limit :most) run),
    since as (select lead_id from latest where place < coalesce((select min(place) from latest where assigned > 0), :most + 1))
    select count(distinct lead_id) from since where not exists (select from assignment a where a.lead_id = since.lead_id)""")


def zero_streak(session: Session) -> int:
    """How many leads in a row the latest runs sold to nobody; a lead that was sold before counts for nothing."""
    return int(session.execute(_STREAK, {"most": LOOKED_AT}).scalar_one())


def gauges(session: Session) -> list[Reading]:
    """The streak and the worst deficit as Prometheus reads them."""
    return [Reading(ZERO_STREAK, zero_streak(session)), *worst_deficit(session)]
