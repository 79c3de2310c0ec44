"""What a price model suggests for listings: kept here by a job, taken up by the next pricing (SPEC 10.1, 10.4)."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.pricing.rule import Line

FRESH_FOR = timedelta(hours=12)  # an older estimate is of another moment: the written rule prices then
_IN_FORCE = """e.version = (
  select v.model || '-' || v.number from model_role r join model_version v on v.id = r.version_id
   where r.model = 'price' and r.role = 'champion')"""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A suggested price: lines in cents that sum to it, and the version that says so."""

    lead_id: UUID
    lines: tuple[Line, ...]
    version: str


def suggest(session: Session, estimates: Sequence[Estimate], *, now: datetime) -> None:
    """Keep what a model suggests for these listings, in place of what it said before; guard rails come later."""
    rows = [{"lead_id": str(e.lead_id), "parts": [asdict(line) for line in e.lines], "version": e.version} for e in estimates]
    session.execute(
        text("""insert into price_estimate (lead_id, parts, version, at)
                select g.lead_id, g.parts, g.version, :now
                  from jsonb_to_recordset(cast(:rows as jsonb)) g (lead_id uuid, parts jsonb, version text)
                on conflict (lead_id) do update set parts = excluded.parts, version = excluded.version, at = excluded.at"""),
        {"rows": json.dumps(rows), "now": now},
    )


def forget_suggestions(session: Session) -> None:
    """Drop every estimate: the written rule prices from now on, as when a price model was rolled back."""
    session.execute(text("delete from price_estimate"))


def suggested(session: Session, lead_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, Estimate]:
    """Estimates of these listings that are still fresh, by the version in force: a worker that has not heard yet of a
    promotion, or of a way back, may go on suggesting for half a minute."""
    rows = session.execute(
        text(f"""select e.lead_id, e.parts, e.version from price_estimate e
                  where e.lead_id = any (:leads) and e.at > :since and e.at <= :now and {_IN_FORCE}"""),  # noqa: S608 -- constants
        {"leads": list(lead_ids), "since": now - FRESH_FOR, "now": now},
    )
    return {row.lead_id: Estimate(row.lead_id, tuple(Line(**part) for part in row.parts), row.version) for row in rows}


def in_want(session: Session, *, most: int, now: datetime) -> list[UUID]:
    """Open listings without a fresh estimate by the version in force, those that will be priced next first."""
    rows = session.execute(
        text(f"""select i.lead_id from listing i
                   left join price_estimate e on e.lead_id = i.lead_id and e.at > :since and {_IN_FORCE}
                  where i.state = 'open' and e.lead_id is null order by i.priced_at nulls first, i.lead_id limit :most"""),  # noqa: S608
        {"since": now - FRESH_FOR / 3, "most": most},
    )
    return list(rows.scalars())
