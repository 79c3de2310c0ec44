"""Whom nobody serves: ZIPs without a buyer, and ZIPs that a company leaves out although it serves those around them.

The Fair Housing Act forbids drawing a service area around people (42 U.S.C. 3604). Who lives where is not known here and is
not looked up; what can be seen is where an area has a hole. A hole is a question to the company, not a verdict.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.kit.replica import may_be_old
from core.reports.kept import Reported, kept
from core.reports.places import Place, places
from core.reports.scope import Scope

MOST_COMPANIES = 50


@dataclass(frozen=True, slots=True)
class MarketCoverage:
    """One market: its ZIPs, those that nobody would buy a lead of, and the approved leads that came from these."""

    market: str
    zips: int
    unserved: tuple[str, ...]
    leads_unserved: int

    @property
    def share(self) -> float:
        """Share of the market's ZIPs that nobody serves, 0 to 1."""
        return len(self.unserved) / self.zips


@dataclass(frozen=True, slots=True)
class Hole:
    """A company's area: how many ZIPs it serves, and which it leaves out in the midst of them."""

    company: str
    market: str
    served: int
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Markets by the share that nobody serves; companies by the ZIPs they leave out, the most first."""

    markets: tuple[MarketCoverage, ...]
    holes: tuple[Hole, ...]


# A ZIP lies in the midst when the convex hull of the market's ZIPs that the company serves covers its centre.
_HOLES = text("""
  with buyer as (
    select distinct p.id, p.company_name from subscription s join provider p on p.id = s.provider_id
     where s.status = 'active' and p.status = 'active' and (cast(:niche as uuid) is null or s.niche_id = :niche)
  ), served as (
    select b.id, b.company_name, z.market_id, count(*) as zips, array_agg(z.zip) as these,
           ST_ConvexHull(ST_Collect(z.centre)) as hull
      from buyer b join provider_area a on a.provider_id = b.id
      join market_zip z on a.shape && z.centre and ST_Covers(a.shape, z.centre)
     where cast(:market as uuid) is null or z.market_id = :market group by 1, 2, 3
  )
  select s.company_name, m.name, s.zips, array_agg(z.zip order by z.zip)
    from served s join market m on m.id = s.market_id
    join market_zip z on z.market_id = s.market_id and z.zip <> all(s.these) and ST_Covers(s.hull, z.centre)
   where m.status = 'open'
   group by s.id, s.company_name, m.id, m.name, s.zips order by count(*) desc, s.company_name limit :most""")


@may_be_old
def coverage(session: Session, *, actor: Actor, scope: Scope, now: datetime, refresh: bool = False) -> Reported[Coverage]:
    """ZIPs without a buyer by market, and holes in companies' areas (SPEC 2.1, 4.4); admins and analysts."""
    actor.require("admin", "analyst")
    rows = places(session, actor=actor, scope=scope, now=now, refresh=refresh).value.rows
    return kept(
        Coverage,
        f"coverage:{scope.key}",
        lambda: Coverage(_by_market(rows), _holes(session, scope)),
        now=now,
        refresh=refresh,
    )


def _by_market(rows: tuple[Place, ...]) -> tuple[MarketCoverage, ...]:
    found = []
    for market in dict.fromkeys(row.market for row in rows):
        mine = [row for row in rows if row.market == market]
        nobody = [row for row in mine if not row.buyers]
        found.append(
            MarketCoverage(market, len(mine), tuple(sorted(row.zip for row in nobody)), sum(row.approved for row in nobody))
        )
    return tuple(sorted(found, key=lambda each: -each.share))


def _holes(session: Session, scope: Scope) -> tuple[Hole, ...]:
    values = {"market": scope.market_id, "niche": scope.niche_id, "most": MOST_COMPANIES}
    return tuple(Hole(company, market, served, tuple(zips)) for company, market, served, zips in session.execute(_HOLES, values))
