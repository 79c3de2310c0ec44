"""A sale reaches a company's own program by the worker that really runs (SPEC 7.7)."""

import json

from core import delivery
from core.kit.actor import Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from tests import builders
from tests.core.inbox.conftest import a_world, sold
from tests.eventually import eventually
from tests.jobs.conftest import StartWorker
from tests.receiver import Receiver


def test_a_sale_is_told_and_tried_again(start_worker: StartWorker, receiver: Receiver) -> None:
    with transaction() as session:
        now = utc_now()
        world = a_world(session, now)
        user = builders.a_user(session, now, role="provider", provider_id=world.ann.provider.id, owner=True)
        owner = Actor(user.id, "provider", world.ann.provider.id)
        endpoint = delivery.add_endpoint(session, actor=owner, name="CRM", url=receiver.url, now=now).endpoint.id
    receiver.will(422)
    start_worker()
    with transaction() as session:
        made = [str(sold(session, utc_now(), world, world.ann).id) for _ in range(2)]
    eventually(lambda: len(receiver.heard) >= 3)  # the first one refused, the second taken, the first one again
    told = [json.loads(heard.body)["lead"]["id"] for heard in receiver.heard]
    assert told == [made[0], made[1], made[0]]

    def states() -> list[str]:
        with transaction() as session:
            return [row.state for row in delivery.deliveries(session, actor=owner, endpoint_id=endpoint)]

    eventually(lambda: states() == ["delivered", "delivered"])
