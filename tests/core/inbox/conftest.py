"""Two providers with leads of their own in two niches and markets."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.inventory import Assignment, Slot
from core.kit.actor import Actor
from core.kit.ids import uuid7
from core.leads import Contact, Lead
from core.markets import Market
from core.niches import Niche
from core.providers import Provider
from tests import builders


@dataclass
class Buyer:
    provider: Provider
    actor: Actor


@dataclass
class World:
    """What every test here needs: a niche, a market and two providers who buy."""

    niche: Niche
    market: Market
    ann: Buyer
    bob: Buyer


def a_buyer(session: Session, now: datetime) -> Buyer:
    provider = builders.a_provider(session, now)
    user = builders.a_user(session, now, role="provider", provider_id=provider.id)
    return Buyer(provider, Actor(user_id=user.id, role="provider", provider_id=provider.id, ip="203.0.113.9"))


def a_world(session: Session, now: datetime) -> World:
    return World(
        builders.a_niche(session, now, name="Roofing"),
        builders.a_market(session, now),
        a_buyer(session, now),
        a_buyer(session, now),
    )


def sold(session: Session, now: datetime, world: World, *buyers: Buyer, lead: Lead | None = None, **more: Any) -> Assignment:
    """A lead sold to the buyers; the assignment of the first."""
    lead = lead or builders.a_lead(session, now, more.pop("niche", world.niche), more.pop("market", world.market))
    made = []
    for number, buyer in enumerate(buyers, start=1):
        session.add(Slot(lead_id=lead.id, slot_no=number, state="sold", provider_id=buyer.provider.id))
        session.flush()
        wanted = {"channel": "marketplace", "price_cents": 0, "assigned_at": now, "niche_id": lead.niche_id} | more
        made.append(Assignment(id=uuid7(), lead_id=lead.id, provider_id=buyer.provider.id, slot_no=number, **wanted))
        session.add(made[-1])
    session.flush()
    return made[0]


def contact_of(session: Session, assignment: Assignment) -> Contact:
    lead = session.get_one(Lead, assignment.lead_id)
    return session.get_one(Contact, lead.contact_id)


@pytest.fixture
def world(session: Session, now: datetime) -> World:
    return a_world(session, now)


@pytest.fixture
def sell(session: Session, now: datetime, world: World) -> Callable[..., Assignment]:
    """``sell(world.ann)``: a new lead, sold; the assignment."""
    return lambda *buyers, **more: sold(session, now, world, *buyers, **more)
