"""The cart as its company sees it: every live hold with its clock, the total against balance and ceilings (SPEC 9.2)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import payments
from core.kit.actor import Actor
from core.marketplace import ceilings
from core.marketplace.ceilings import Ceilings
from core.marketplace.holds import Hold, hold_of

_CART = text("""
    select s.lead_id, s.slot_no, s.quote, s.held_at, s.expires_at, s.extended_at, n.name as niche, m.name as market, m.timezone,
           l.zip, l.quality, l.submitted_at
      from slot s join lead l on l.id = s.lead_id join niche n on n.id = l.niche_id join market m on m.id = l.market_id
     where s.provider_id = :provider and s.state = 'held' and s.expires_at >= :now
     order by s.expires_at, s.lead_id""")


@dataclass(frozen=True, slots=True)
class CartItem:
    """One held lead, without anything that tells who asks."""

    hold: Hold
    niche: str
    market: str
    timezone: str
    zip: str
    quality: float | None
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class Cart:
    """What is held, what it costs together, and what stands against it; money in cents. An extension is of ``hold_minutes``."""

    items: tuple[CartItem, ...]
    total_cents: int
    balance_cents: int
    size: int
    hold_minutes: int
    ceilings: Ceilings

    @property
    def lead_ids(self) -> tuple[UUID, ...]:
        """The held leads, the one that runs out first before the others."""
        return tuple(item.hold.lead_id for item in self.items)


def cart(session: Session, *, actor: Actor, now: datetime) -> Cart:
    """The actor's company's cart; holds that ran out are not in it."""
    provider_id = actor.require_provider()
    items = tuple(
        CartItem(
            hold_of(row),
            row.niche,
            row.market,
            row.timezone,
            row.zip,
            None if row.quality is None else float(row.quality),
            row.submitted_at,
        )
        for row in session.execute(_CART, {"provider": provider_id, "now": now})
    )
    balance: int = session.execute(
        text("select balance_cents from wallet where provider_id = :provider"), {"provider": provider_id}
    ).scalar_one()
    plan = payments.plan_of(session, provider_id=provider_id)
    return Cart(
        items,
        sum(item.hold.price_cents for item in items),
        balance,
        plan.cart_size,
        plan.hold_minutes,
        ceilings.ceilings_of(session, actor=actor, now=now),
    )
