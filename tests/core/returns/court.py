"""Companies that bought the same leads from the real engine, and the admin who answers their reports."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import inventory, ledger, returns
from core.inventory import Assignment
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.returns import Claim
from tests import builders
from tests.core.distribution.world import World, a_world

PRICE = 2500
MEMO = "Checked by phone this morning."
ADMIN = Actor(user_id=uuid7(), role="admin")
ANALYST = Actor(user_id=uuid7(), role="analyst")


@dataclass
class Court:
    """A niche with one level, its buyers in the order they joined, and what tests ask of both."""

    session: Session
    now: datetime
    world: World
    actors: dict[UUID, Actor] = field(default_factory=dict)

    @property
    def ann(self) -> Actor:
        return self.buyers[0]

    @property
    def bob(self) -> Actor:
        return self.buyers[1]

    @property
    def buyers(self) -> list[Actor]:
        return list(self.actors.values())

    def buyer(self, **more: Any) -> Actor:
        provider = self.world.buyer(**more)
        user = builders.a_user(self.session, self.now, role="provider", provider_id=provider.id, owner=True)
        self.actors[provider.id] = Actor(user_id=user.id, role="provider", provider_id=provider.id)
        return self.actors[provider.id]

    def sold(self, *, now: datetime | None = None, **more: Any) -> list[Assignment]:
        """A new lead, sold by the engine to everybody; the assignments in the order of the buyers."""
        lead = self.world.lead(**more)
        self.world.run(lead, now=now)
        found = {row.provider_id: row for row in self.session.scalars(select(Assignment).where(Assignment.lead_id == lead.id))}
        return [found[provider] for provider in self.actors if provider in found]

    def report(
        self, actor: Actor, sale: Assignment, reason: str = "spam", notes: str = "", *, now: datetime | None = None
    ) -> Claim:
        made = returns.report(self.session, actor=actor, assignment_id=sale.id, reason=reason, notes=notes, now=now or self.now)
        return made.claim

    def claim(self, **more: Any) -> Claim:
        """A fresh report by the first buyer of a lead that was sold to everybody."""
        return self.report(self.ann, self.sold()[0], **more)

    def balance(self, actor: Actor) -> int:
        assert actor.provider_id
        return self.world.balance(actor.provider_id)

    def refunds(self) -> int:
        """Cents that the refunds account has given."""
        query = text("select coalesce(sum(amount_cents), 0)::bigint from transfer where kind = 'refund'")
        return self.session.execute(query).scalar_one()

    def mails(self, template: str) -> list[Any]:
        query = text("select payload, sealed from outbox where kind = 'email' and payload ->> 'template' = :t order by id")
        return list(self.session.execute(query, {"t": template}))

    def trail(self, entity: UUID) -> list[str]:
        query = text("select action from audit_entry where entity_id = :id order by id")
        return list(self.session.scalars(query, {"id": entity}))


def a_court(session: Session, now: datetime, *, buyers: int = 2, price_cents: int = PRICE, cap: int = 5) -> Court:
    world = a_world(session, now, cap=cap)
    world.level(cap, price_cents=price_cents)
    court = Court(session, now, world)
    for _ in range(buyers):
        court.buyer()
    return court


def assert_whole(session: Session) -> None:
    """Books, sales and refunds agree."""
    checks = (*ledger.verify(session), *inventory.verify(session), *returns.verify(session))
    faults = [check for check in checks if not check.ok]
    assert not faults


def history(session: Session, claim_id: UUID) -> list[str]:
    query = text("select event from claim_event where claim_id = :id order by id")
    return list(session.scalars(query, {"id": claim_id}))
