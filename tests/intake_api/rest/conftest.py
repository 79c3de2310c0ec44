"""A small exchange and people signed in to it, for the JSON routes of providers and staff."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from core import inventory, marketplace
from core.accounts.sessions import open_session
from core.kit import clock, limits
from core.kit.db import transaction
from core.markets import Market
from core.niches import Niche
from tests.builders import STRIP, a_lead, a_level, a_market, a_niche, a_provider, a_subscription, a_user, point


@dataclass
class World:
    """Ids of the exchange and one session per person."""

    client: FlaskClient
    niche: UUID
    market: UUID
    level: UUID
    other_level: UUID
    provider: UUID
    rival: UUID
    subscription: UUID
    rival_subscription: UUID
    lead: UUID
    users: dict[str, UUID]
    tokens: dict[str, str]

    def call(self, person: str | None, method: str, path: str, *, key: str | None = None, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.tokens[person]}"} if person else {}
        if key:
            headers["Idempotency-Key"] = key
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **more)


@pytest.fixture
def now() -> datetime:
    """Routes take the real time."""
    return clock.utc_now()


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No rate limit on people and keys: for tests that call a hundred routes, however quick the machine is."""
    for rule in ("user", "key", "partner", "partner.burst", "bulk"):
        monkeypatch.setitem(limits.RULES, rule, "100000/minute")
    limits._rule.cache_clear()
    yield
    limits._rule.cache_clear()


@pytest.fixture
def world(client: FlaskClient, now: datetime, unlimited: None) -> World:
    with transaction() as session:
        return _build(session, client, now)


def _build(session: Session, client: FlaskClient, now: datetime) -> World:
    market, niche = a_market(session, now), a_niche(session, now)
    level, other = a_level(session, now, niche), a_level(session, now, niche, price_cents=9000)
    mine, rival = a_provider(session, now), a_provider(session, now, company_name="Rival Roofing")
    subscriptions = [a_subscription(session, now, provider, level) for provider in (mine, rival)]
    people = {
        "admin": a_user(session, now, role="admin", totp_secret=b"sealed", totp_confirmed_at=now),
        "analyst": a_user(session, now, role="analyst", totp_secret=b"sealed", totp_confirmed_at=now),
        "scientist": a_user(session, now, role="scientist", totp_secret=b"sealed", totp_confirmed_at=now),
        "provider": a_user(session, now, role="provider", provider_id=mine.id, owner=True),
        "rival": a_user(session, now, role="provider", provider_id=rival.id, owner=True),
    }
    lead = a_lead(session, now, niche, market, status="pending_approval", reviewed_at=None)
    return World(
        client=client,
        niche=niche.id,
        market=market.id,
        level=level.id,
        other_level=other.id,
        provider=mine.id,
        rival=rival.id,
        subscription=subscriptions[0].id,
        rival_subscription=subscriptions[1].id,
        lead=lead.id,
        users={name: user.id for name, user in people.items()},
        tokens={
            name: open_session(session, user=user, ip="127.0.0.1", user_agent="tests", now=now).token
            for name, user in people.items()
        },
    )


@pytest.fixture
def on_sale(world: World, now: datetime) -> list[UUID]:
    """Three listings that every plan may hold: of two places, of two, of one."""
    made = []
    with transaction() as session:
        niche, market = session.get_one(Niche, world.niche), session.get_one(Market, world.market)
        for number, slots in enumerate((2, 2, 1)):
            place = point(STRIP[0] + number / 10, STRIP[1])
            lead = a_lead(session, now, niche, market, slots=slots, public_location=place, quality=30.0 + 20 * number)
            opened = now - timedelta(hours=3 - number / 10)
            inventory.open_listing(session, lead_id=lead.id, now=opened)
            made.append(lead.id)
        marketplace.publish(session, lead_ids=made, now=now)
        marketplace.fold_cells(session)
    return made
