"""What the house sees of its marketplace: prices with bounds and receipts, pricing by hand (SPEC 9.1, 10.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core import audit, ops, pricing
from core.kit import live
from core.kit.actor import Actor
from core.kit.db import Json
from core.kit.errors import Invalid
from core.kit.limits import counts_as_bulk
from core.marketplace.errors import NotOnSale

Bound = Literal["floor", "ceiling"]

_COLUMNS = """
    i.lead_id, l.niche_id, n.name as niche, l.market_id, m.name as market, m.timezone, l.zip, i.state, i.opened_at, i.closes_at,
    i.price_cents, i.priced_at, (i.receipt ->> 'floor_cents')::bigint as floor_cents,
    (i.receipt ->> 'ceiling_cents')::bigint as ceiling_cents, i.receipt ->> 'version' as version, l.quality,
    s.free, s.held, s.sold"""
_FROM = """
    from listing i join lead l on l.id = i.lead_id join niche n on n.id = l.niche_id join market m on m.id = l.market_id
   cross join lateral (select count(*) filter (where s.state = 'free' or s.expires_at < :now) as free,
                              count(*) filter (where s.state = 'held' and s.expires_at >= :now) as held,
                              count(*) filter (where s.state = 'sold') as sold from slot s where s.lead_id = i.lead_id) s"""
_LISTINGS = text(f"""
    select {_COLUMNS} {_FROM}
     where i.state = :state and (cast(:niche as uuid) is null or l.niche_id = :niche)
       and (cast(:market as uuid) is null or l.market_id = :market)
       and (cast(:bound as text) is null or i.price_cents = (i.receipt ->> (cast(:bound as text) || '_cents'))::bigint)
       and (cast(:before as uuid) is null or i.lead_id < :before)
     order by i.lead_id desc limit :limit""")
_ONE = text(f"select {_COLUMNS}, i.receipt {_FROM} where i.lead_id = :lead")
_PRICES = text("select at, price_cents, receipt from price_history where lead_id = :lead order by at desc limit 60")
_LOOKS = text("select kind, count(*) as times from market_event where lead_id = :lead group by kind")
_RAILS = text("""
    select l.niche_id, n.name as niche, count(*) as listings, min(i.price_cents) as lowest, max(i.price_cents) as highest,
           percentile_disc(0.5) within group (order by i.price_cents) as median,
           count(*) filter (where i.price_cents = (i.receipt ->> 'floor_cents')::bigint) as at_floor,
           count(*) filter (where i.price_cents = (i.receipt ->> 'ceiling_cents')::bigint) as at_ceiling,
           min(i.priced_at) as oldest
      from listing i join lead l on l.id = i.lead_id join niche n on n.id = l.niche_id
     where i.state = 'open' and i.price_cents is not null group by 1, 2 order by 2""")


@dataclass(frozen=True, slots=True)
class DeskListing:
    """One listing with its price in cents, the bounds it was held to, and what became of its places."""

    lead_id: UUID
    niche_id: UUID
    niche: str
    market_id: UUID
    market: str
    timezone: str
    zip: str
    state: str
    opened_at: datetime
    closes_at: datetime
    price_cents: int | None
    priced_at: datetime | None
    floor_cents: int | None
    ceiling_cents: int | None
    version: str | None
    quality: float | None
    free: int
    held: int
    sold: int

    @property
    def bound(self) -> Bound | None:
        """Which guard rail the price stands at."""
        if self.price_cents is None:
            return None
        return "floor" if self.price_cents == self.floor_cents else "ceiling" if self.price_cents == self.ceiling_cents else None


@dataclass(frozen=True, slots=True)
class PricedOnce:
    """A price in cents that a listing had from a moment on, with the receipt that made it."""

    at: datetime
    price_cents: int
    receipt: Json


@dataclass(frozen=True, slots=True)
class DeskDetail:
    """A listing, every price it had (the newest first), and how often companies viewed, held and bought it."""

    listing: DeskListing
    prices: tuple[PricedOnce, ...]
    looks: dict[str, int]


@dataclass(frozen=True, slots=True)
class NichePrices:
    """The open listings of a niche: their prices in cents, and how many stand at a guard rail."""

    niche_id: UUID
    niche: str
    listings: int
    lowest_cents: int
    highest_cents: int
    median_cents: int
    at_floor: int
    at_ceiling: int
    oldest_priced_at: datetime


def desk_listings(
    session: Session, *, actor: Actor, niche_id: UUID | None = None, market_id: UUID | None = None, bound: Bound | None = None,
    state: str = "open", before_id: UUID | None = None, limit: int = 25, now: datetime,
) -> list[DeskListing]:  # fmt: skip
    """Listings, the newest lead first; ``bound`` keeps those whose price stands at that guard rail (SPEC 10.1)."""
    actor.require("admin", "analyst")
    values = {"niche": niche_id, "market": market_id, "bound": bound, "state": state, "before": before_id, "limit": limit}
    return [DeskListing(**_plain(row)) for row in session.execute(_LISTINGS, values | {"now": now})]


def desk_listing(session: Session, *, actor: Actor, lead_id: UUID, now: datetime) -> DeskDetail:
    """One listing with its receipts and who looked; raises ``NotOnSale`` for a lead that never was on sale."""
    actor.require("admin", "analyst")
    row = session.execute(_ONE, {"lead": lead_id, "now": now}).one_or_none()
    if row is None:
        raise NotOnSale
    found = _plain(row)
    found.pop("receipt")
    prices = tuple(PricedOnce(*price) for price in session.execute(_PRICES, {"lead": lead_id}))
    looks = {row.kind: row.times for row in session.execute(_LOOKS, {"lead": lead_id})}
    return DeskDetail(DeskListing(**found), prices, looks)


def niche_prices(session: Session, *, actor: Actor) -> list[NichePrices]:
    """What open listings cost by niche, and how many its guard rails hold (SPEC 10.1)."""
    actor.require("admin", "analyst")
    return [
        NichePrices(
            row.niche_id, row.niche, row.listings, row.lowest, row.highest, row.median, row.at_floor, row.at_ceiling, row.oldest
        )
        for row in session.execute(_RAILS)
    ]


@counts_as_bulk
def price_now(session: Session, *, actor: Actor, lead_ids: Sequence[UUID], now: datetime) -> dict[UUID, str]:
    """Price open listings by the rule at once, as the schedule would; returns what became of each (SPEC 3.2, 10.1)."""
    actor.require("admin")
    most = ops.threshold(session, "review_bulk_limit")
    wanted = sorted(set(lead_ids))
    if not 1 <= len(wanted) <= most:
        raise Invalid("listings.bulk", f"Choose 1 to {most} listings at once.")
    lock = text(
        "select lead_id, price_cents from listing where lead_id = any(:leads) and state = 'open' order by lead_id for update"
    )
    was = {row.lead_id: row.price_cents for row in session.execute(lock, {"leads": wanted})}
    pricing.reprice(session, list(was), now=now)
    now_costs = {row.lead_id: row.price_cents for row in session.execute(lock, {"leads": wanted})}
    for lead_id, cents in now_costs.items():
        audit.record(
            session, actor, "listing.priced", entity_type="lead", entity_id=lead_id, now=now,
            before={"price_cents": was[lead_id]}, after={"price_cents": cents},
        )  # fmt: skip
    live.touch(session, "marketplace")
    return {lead_id: _outcome(was.get(lead_id), now_costs.get(lead_id)) for lead_id in wanted}


def _outcome(was: int | None, cents: int | None) -> str:
    if cents is None:
        return "closed"
    return "moved" if was != cents else "kept"


def _plain(row: Row[Any]) -> dict[str, Any]:
    found = row._asdict()
    found["quality"] = None if found["quality"] is None else float(found["quality"])
    return found
