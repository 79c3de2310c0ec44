"""Two people of a company save which mail they want at the same moment (SPEC 7.6)."""

from datetime import datetime

from sqlalchemy import Engine

from core import providers
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.ids import uuid7
from tests.at_once import at_once
from tests.builders import a_provider


def test_two_who_save_in_other_orders_never_wait_in_a_circle(database: Engine, now: datetime) -> None:
    with transaction() as session:
        actor = Actor(uuid7(), "provider", a_provider(session, now).id)
    kinds = [kind.template for kind in providers.MAIL_KINDS.values() if kind.why is None]

    def save(order: list[str], enabled: bool) -> int:
        with transaction() as session:
            choices = dict.fromkeys(order, enabled)
            return len(providers.set_preferences(session, actor=actor, choices=choices, now=now))

    for _ in range(20):
        told = at_once(lambda: save(kinds, False), lambda: save(kinds[::-1], True))
        assert told == [len(providers.MAIL_KINDS)] * 2
    with transaction() as session:
        saved = providers.get_preferences(session, actor=actor)
    assert len({one.enabled for one in saved if one.why is None}) == 1, "the one or the other, never a mixture"
