"""Leads on sale, and companies that may buy them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import inventory
from core.kit.actor import Actor
from core.leads import Lead
from tests import builders
from tests.core.distribution.world import World, a_world

OPENED = timedelta(hours=2)  # long enough ago that every plan may hold


@dataclass
class Market:
    """A world of distribution whose leads are on sale since two hours."""

    world: World

    @property
    def session(self) -> Session:
        return self.world.session

    @property
    def now(self) -> datetime:
        return self.world.now

    def listed(self, slots: int = 2, **more: Any) -> Lead:
        """A lead with so many free slots, on sale."""
        lead = self.world.lead(slots=slots, **more)
        inventory.open_listing(self.session, lead_id=lead.id, now=self.now - OPENED)
        return lead

    def buyer(self, balance_cents: int = 100_000, plan: str | None = None) -> Actor:
        """An owner of a company with money, on a plan."""
        provider = builders.a_provider(self.session, self.now, balance_cents=balance_cents)
        user = builders.a_user(self.session, self.now, role="provider", provider_id=provider.id)
        if plan is not None:
            self.session.execute(
                text("""insert into membership (id, provider_id, plan_key, started_at, paid_until)
                        values (uuid7(), :provider, :plan, :now, :now)"""),
                {"provider": provider.id, "plan": plan, "now": self.now},
            )
        return Actor(user.id, "provider", provider.id)

    def states(self, lead_id: UUID) -> list[str]:
        """What each slot of a lead is, in order."""
        query = text("select state from slot where lead_id = :lead order by slot_no")
        return list(self.session.execute(query, {"lead": lead_id}).scalars())


def a_market(session: Session, now: datetime, **more: Any) -> Market:
    world = a_world(session, now, **more)
    world.level(2, price_cents=4_000)
    return Market(world)
