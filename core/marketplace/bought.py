"""What a lead was bought for and why, as the books keep it: for the inbox, the wallet and the house (SPEC 6.1, 10.1)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import Actor
from core.marketplace.errors import NotBought
from core.pricing import Line

_BOUGHT = text("""
    select a.id, a.lead_id, n.name as niche, m.name as market, l.zip, a.channel, v.name as level, a.price_cents, a.receipt,
           a.assigned_at, a.refunded_at
      from assignment a join lead l on l.id = a.lead_id join niche n on n.id = a.niche_id join market m on m.id = l.market_id
      left join competition_level v on v.id = a.level_id
     where a.id = :id and (cast(:own as uuid) is null or a.provider_id = :own)""")


@dataclass(frozen=True, slots=True)
class Bought:
    """A sold lead with the lines in cents that sum to its price; bounds only when a rule or model made the price."""

    assignment_id: UUID
    lead_id: UUID
    niche: str
    market: str
    zip: str
    level: str | None  # None: picked on the marketplace
    price_cents: int
    lines: tuple[Line, ...]
    floor_cents: int | None
    ceiling_cents: int | None
    version: str | None
    at: datetime
    refunded_at: datetime | None


def bought(session: Session, *, actor: Actor, assignment_id: UUID) -> Bought:
    """The receipt of a sale as it was made: the company's own, any for the house. Raises ``NotBought``."""
    actor.require("provider", "admin", "analyst")
    own = actor.require_provider() if actor.role == "provider" else None
    row = session.execute(_BOUGHT, {"id": assignment_id, "own": own}).one_or_none()
    if row is None:
        raise NotBought
    kept = row.receipt or {}
    lines = tuple(Line(**line) for line in kept.get("lines", ()))
    if not lines:
        named = f"One lead at {row.level}" if row.level else "One lead"
        lines = (Line("level", named, row.price_cents),)
    return Bought(
        row.id, row.lead_id, row.niche, row.market, row.zip, row.level, row.price_cents, lines,
        kept.get("floor_cents"), kept.get("ceiling_cents"), kept.get("version"), row.assigned_at, row.refunded_at,
    )  # fmt: skip
