"""Prices of listings: kept with their receipt, made anew on a schedule, quoted to one provider (SPEC 9.4, 10.1)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import payments
from core.kit.actor import Actor
from core.kit.db import Json
from core.pricing import estimates, known, rule, trials
from core.pricing.errors import NotPriced
from core.pricing.rule import Line, Priced
from core.pricing.trials import Drawn

REPRICE_EVERY = timedelta(hours=4)
AT_ONCE = 500

# What a listing costs is its latest price; the history has each one, so that a buyer can be shown how it moved.
_KEEP = text("""
    with given as (
      select * from jsonb_to_recordset(cast(:prices as jsonb)) g (lead_id uuid, cents bigint, receipt jsonb)
    ), kept as (
      update listing i set price_cents = g.cents, receipt = g.receipt, priced_at = :now from given g where i.lead_id = g.lead_id
    )
    insert into price_history (lead_id, at, price_cents, receipt)
    select g.lead_id, :now, g.cents, g.receipt from given g
     where g.cents is distinct from (
       select h.price_cents from price_history h where h.lead_id = g.lead_id order by h.at desc limit 1)
    on conflict (lead_id, at) do nothing""")
_DUE = text("""
    select i.lead_id from listing i where i.state = 'open' and (i.priced_at is null or i.priced_at <= :before)
     order by i.priced_at nulls first, i.lead_id limit :most for no key update skip locked""")


@dataclass(frozen=True, slots=True)
class Quote:
    """What one lead costs one provider now: cents, the lines that sum to it, and which rule said so; ``arm`` is ``model`` or
    ``rule`` when a trial drew which of them prices it, else empty."""

    lead_id: UUID
    price_cents: int
    lines: tuple[Line, ...]
    floor_cents: int
    ceiling_cents: int
    version: str
    arm: str = ""

    def document(self) -> Json:
        """The quote as it is kept with a hold and a purchase."""
        return {**asdict(self), "lead_id": str(self.lead_id), "lines": [asdict(line) for line in self.lines]}


def reprice(session: Session, lead_ids: Sequence[UUID], *, now: datetime) -> int:
    """Price these open listings and keep their receipts (SPEC 10.1); returns how many.

    By a model's estimate where a fresh one is kept, else by the written rule, within the same guard rails; by the rule alone
    where a trial says so.
    """
    found = known.facts(session, lead_ids, now=now)
    estimated = estimates.suggested(session, lead_ids, now=now)
    drawn = trials.arms(session, [each.lead_id for each in found], now=now)
    prices = [_row(each, _priced(each, estimated, drawn), drawn.get(each.lead_id)) for each in found]
    if prices:
        session.execute(_KEEP, {"prices": json.dumps(prices), "now": now})
    return len(prices)


def suggested_price(session: Session, *, actor: Actor, lead_id: UUID, now: datetime) -> Priced:
    """What a lead would cost if its listing opened now, by the written rule with its lines (SPEC 3.1); for staff.

    Raises ``NotPriced`` for a lead that does not exist.
    """
    actor.require("admin", "analyst", "scientist")
    for each in known.facts(session, [lead_id], as_if=True, now=now):
        return rule.price(each.known, each.rails)
    raise NotPriced


def reprice_due(session: Session, *, now: datetime) -> int:
    """Price the listings that have none, and those priced longest ago, ``AT_ONCE`` at most."""
    due = session.execute(_DUE, {"before": now - REPRICE_EVERY, "most": AT_ONCE}).scalars().all()
    return reprice(session, due, now=now)


def quote(session: Session, *, lead_id: UUID, provider_id: UUID, now: datetime) -> Quote:
    """The price of a listing for a provider: its price, less the plan's discount, but in its first day never less
    than the lowest price that distribution got (SPEC 9.4). Raises ``NotPriced`` for a lead that is not on sale."""
    found = known.facts(session, [lead_id], now=now)
    if not found:
        raise NotPriced
    priced, arm = _kept(session, lead_id) or (rule.price(found[0].known, found[0].rails), "")
    plan = payments.plan_of(session, provider_id=provider_id)
    mine = rule.discounted(priced, percent=plan.discount_percent, least_cents=max(found[0].distribution_floor_cents, 1))
    return Quote(lead_id, mine.cents, mine.lines, mine.floor_cents, mine.ceiling_cents, mine.version, arm)


def _kept(session: Session, lead_id: UUID) -> tuple[Priced, str] | None:
    """The price as it is shown, since a quote must not differ from what the buyer saw because a minute has passed; with the
    arm of a trial that drew it."""
    row = session.execute(text("select price_cents, receipt from listing where lead_id = :lead"), {"lead": lead_id}).one_or_none()
    if row is None or row.price_cents is None:
        return None
    lines = tuple(Line(**line) for line in row.receipt["lines"])
    told = row.receipt
    priced = Priced(row.price_cents, lines, told["floor_cents"], told["ceiling_cents"], told["version"])
    return priced, told.get("trial", {}).get("arm", "")


def _priced(facts: known.Facts, estimated: Mapping[UUID, estimates.Estimate], drawn: Mapping[UUID, Drawn]) -> Priced:
    estimate, by = estimated.get(facts.lead_id), drawn.get(facts.lead_id)
    if estimate is None or (by is not None and by.arm == "rule"):
        return rule.price(facts.known, facts.rails)
    return rule.held_to(estimate.lines, facts.rails, version=estimate.version)


def _row(facts: known.Facts, priced: Priced, drawn: Drawn | None) -> dict[str, Any]:
    receipt = {
        "lines": [asdict(line) for line in priced.lines],
        "floor_cents": priced.floor_cents,
        "ceiling_cents": priced.ceiling_cents,
        "version": priced.version,
        "facts": asdict(facts.known),  # as they were then: what price models learn demand from
        **({"trial": asdict(drawn)} if drawn and drawn.trial else {}),
    }
    return {"lead_id": str(facts.lead_id), "cents": priced.cents, "receipt": receipt}
