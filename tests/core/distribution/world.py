"""A niche with levels and buyers to distribute in, and the questions that tests ask of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import distribution, inventory, ledger
from core.distribution import RunView
from core.kit.actor import SYSTEM
from core.leads import Lead
from core.markets import Market
from core.niches import CompetitionLevel, Niche
from core.providers import Provider, Subscription
from tests import builders


@dataclass
class World:
    """One niche in one market; levels as they were added."""

    session: Session
    now: datetime
    niche: Niche
    market: Market
    levels: list[CompetitionLevel] = field(default_factory=list)

    def beside(self, *, cap: int = 5) -> "World":
        """Another niche in the same market."""
        return World(self.session, self.now, builders.a_niche(self.session, self.now, max_providers=cap), self.market)

    def level(self, recipients: int = 3, *, price_cents: int = 2500, **more: Any) -> CompetitionLevel:
        level = builders.a_level(self.session, self.now, self.niche, price_cents=price_cents, max_recipients=recipients, **more)
        self.levels.append(level)
        return level

    def buyer(self, *levels: CompetitionLevel, balance_cents: int = 100_000, **more: Any) -> Provider:
        """A provider with a subscription to each level (to the first, unless named)."""
        provider = builders.a_provider(self.session, self.now, balance_cents=balance_cents)
        for level in levels or self.levels[:1]:
            builders.a_subscription(self.session, self.now, provider, level, **more)
        return provider

    def buyers(self, count: int, *levels: CompetitionLevel, **more: Any) -> list[UUID]:
        return [self.buyer(*levels, **more).id for _ in range(count)]

    def lead(self, **more: Any) -> Lead:
        return builders.a_lead(self.session, self.now, self.niche, self.market, **more)

    def run(self, lead: Lead | None = None, *, now: datetime | None = None) -> RunView:
        """Distribute a lead (a new one, unless named) in both steps."""
        moment = now or self.now
        turn = distribution.claim_turn(self.session, lead_id=(lead or self.lead()).id, actor=SYSTEM, now=moment)
        return distribution.assign(self.session, run_id=turn.run_id, actor=SYSTEM, now=moment)

    def sold_to(self, lead_id: UUID) -> list[UUID]:
        """The providers who have the lead, in the order of the sales."""
        query = text("select provider_id from assignment where lead_id = :lead order by id")
        return list(self.session.scalars(query, {"lead": lead_id}))

    def balance(self, provider_id: UUID) -> int:
        return ledger.balance(self.session, actor=SYSTEM, provider_id=provider_id).balance_cents

    def status(self, lead: Lead) -> str:
        return self.session.execute(text("select status from lead where id = :lead"), {"lead": lead.id}).scalar_one()

    def slots(self, lead: Lead) -> inventory.SlotCount:
        return inventory.count_slots(self.session, lead_id=lead.id, now=self.now)


def a_world(session: Session, now: datetime, *, cap: int = 5) -> World:
    return World(session, now, builders.a_niche(session, now, max_providers=cap), builders.a_market(session, now))


def assert_whole(session: Session) -> None:
    """Every check of the books and of the inventory holds."""
    faults = [check for check in (*ledger.verify(session), *inventory.verify(session)) if not check.ok]
    assert not faults


def change(session: Session, provider_id: UUID, **values: Any) -> None:
    """Change columns of a provider's subscriptions behind every verb."""
    words = ", ".join(f"{name} = :{name}" for name in values)
    session.execute(text(f"update subscription set {words} where provider_id = :provider"), {"provider": provider_id} | values)


def subscription_of(session: Session, provider_id: UUID, level: CompetitionLevel) -> Subscription:
    return session.query(Subscription).filter_by(provider_id=provider_id, level_id=level.id).one()
