"""A company with a receiver of its own, and a round of calls as the job makes it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from core import delivery
from core.delivery import NewEndpoint, Sent
from core.kit.actor import Actor
from core.kit.ids import uuid7
from tests import builders
from tests.core.inbox.conftest import Buyer, World, a_world, sold
from tests.receiver import Receiver

Round = Callable[..., list[Sent]]


@dataclass
class Company:
    """Who owns the endpoint, and what was made for it."""

    world: World
    buyer: Buyer
    owner: Actor
    made: NewEndpoint

    @property
    def endpoint(self) -> UUID:
        return self.made.endpoint.id


@pytest.fixture
def company(session: Session, now: datetime, receiver: Receiver) -> Company:
    world = a_world(session, now)
    user = builders.a_user(session, now, role="provider", provider_id=world.ann.provider.id, owner=True)
    owner = Actor(user.id, "provider", world.ann.provider.id)
    made = delivery.add_endpoint(session, actor=owner, name="CRM", url=receiver.url, now=now)
    return Company(world, world.ann, owner, made)


@pytest.fixture
def calls(session: Session, company: Company) -> Round:
    """One job's round at a moment: begin, call, conclude."""

    def round_at(moment: datetime, endpoint: UUID | None = None) -> list[Sent]:
        chosen = endpoint or company.endpoint
        errand = delivery.begin(session, endpoint_id=chosen, now=moment)
        sent = delivery.send_all(errand, moment)
        delivery.conclude(session, endpoint_id=chosen, errand=errand, sent=sent, now=moment)
        return sent

    return round_at


__all__ = ["Company", "Round", "sold", "uuid7"]
