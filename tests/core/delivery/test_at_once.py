"""Two people of one company press at the same moment: limits hold, and nothing is told twice (SPEC 7.7)."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import delivery
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.errors import HotleadsError
from tests import builders
from tests.at_once import at_once
from tests.core.delivery.conftest import Company
from tests.core.inbox.conftest import a_world, sold

URL = "https://crm.example/leads"


@pytest.fixture
def owner(database: Engine, now: datetime) -> Actor:
    """The owner of a company with eight webhooks, the first of which has failed to bring two leads."""
    with transaction() as session:
        world = a_world(session, now)
        provider_id = world.ann.provider.id
        user = builders.a_user(session, now, role="provider", provider_id=provider_id, owner=True)
        actor = Actor(user.id, "provider", provider_id)
        add(session, actor, now)
        for _ in range(2):
            sold(session, now, world, world.ann)
        session.execute(text("update webhook_delivery set state = 'failed', finished_at = :now"), {"now": now})
        for _ in range(7):
            add(session, actor, now)
        return actor


def add(session: Session, actor: Actor, now: datetime) -> UUID:
    return delivery.add_endpoint(session, actor=actor, name="CRM", url=URL, now=now).endpoint.id


def told_at_once(act: Callable[[Session], Any], times: int) -> Counter[Any]:
    """What each of several at once got."""

    def one() -> Any:
        try:
            with transaction() as session:
                return act(session)
        except HotleadsError as refusal:
            return refusal.code

    return Counter(at_once(*[one] * times))


def first_of(session: Session, owner: Actor) -> UUID:
    return delivery.list_endpoints(session, actor=owner)[0].id


def test_webhooks_added_at_once_keep_the_most_of_a_company(owner: Actor, now: datetime) -> None:
    got = told_at_once(lambda session: bool(add(session, owner, now)), 6)
    assert got == {True: 2, "webhook.invalid": 4}
    with transaction() as session:
        assert len(delivery.list_endpoints(session, actor=owner)) == 10


def test_what_failed_is_sent_again_once_however_many_ask(owner: Actor, now: datetime) -> None:
    def replay(session: Session) -> int:
        return delivery.replay_failed(session, actor=owner, endpoint_id=first_of(session, owner), now=now)

    assert told_at_once(replay, 4) == {2: 1, 0: 3}
    with transaction() as session:
        assert session.scalar(text("select count(*) from webhook_delivery where replay_of is not null")) == 2


def test_what_is_switched_off_is_not_said_to_be_sent(session: Session, now: datetime, company: Company) -> None:
    sold(session, now, company.world, company.buyer)
    session.execute(text("update webhook_delivery set state = 'failed', finished_at = :now"), {"now": now})
    (row,) = delivery.deliveries(session, actor=company.owner, endpoint_id=company.endpoint)
    asked = {"actor": company.owner, "endpoint_id": company.endpoint, "now": now}
    delivery.switch_endpoint(session, active=False, **asked)
    for act in (delivery.test_send, delivery.replay_failed):
        with pytest.raises(delivery.EndpointOff, match="Switch it on"):
            act(session, **asked)
    with pytest.raises(delivery.EndpointOff):
        delivery.replay(session, delivery_id=row.id, **asked)
    assert session.scalar(text("select count(*) from webhook_delivery")) == 1, "nothing waits that nobody sends"
    delivery.switch_endpoint(session, active=True, **asked)
    assert delivery.replay_failed(session, **asked) == 1


def test_one_thing_is_sent_again_once_however_many_press(owner: Actor, now: datetime) -> None:
    def replay(session: Session) -> bool:
        endpoint = first_of(session, owner)
        row = delivery.deliveries(session, actor=owner, endpoint_id=endpoint, state="failed")[0]
        return bool(delivery.replay(session, actor=owner, endpoint_id=endpoint, delivery_id=row.id, now=now))

    assert told_at_once(replay, 3) == {True: 1, "webhook.nothing_to_replay": 2}
