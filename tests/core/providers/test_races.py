"""Two people at once, on real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, text

from core import providers
from core.kit.db import transaction
from tests.at_once import at_once, done_or_refused
from tests.builders import SCHEMA, STRIP, a_level, a_market, a_niche, a_provider, a_subscription, fund
from tests.core.providers.people import an_admin, of
from tests.eventually import eventually

LON, LAT = STRIP


@pytest.fixture
def world(database: Engine, now: datetime) -> Any:
    class World: ...

    with transaction() as session:
        a_market(session, now)
        World.level = a_level(session, now, a_niche(session, now), price_cents=2500)  # type: ignore[attr-defined]
        World.provider = a_provider(session, now)  # type: ignore[attr-defined]
    return World


def test_subscribing_twice_at_once_makes_one(world: Any, now: datetime) -> None:
    def subscribe() -> Any:
        with transaction() as session:
            return providers.subscribe(session, actor=of(world.provider), level_id=world.level.id, now=now).id

    told = at_once(*[partial(done_or_refused, subscribe)] * 4)
    assert sorted(told) == ["done", *["subscription.exists"] * 3]


def test_areas_added_at_once_are_all_served(world: Any, now: datetime) -> None:
    def add(step: int) -> Callable[[], Any]:
        def act() -> Any:
            with transaction() as session:
                circle = {"lon": LON + step * 0.05, "lat": LAT, "radius_m": 500}
                providers.add_area(session, actor=of(world.provider), name=f"{step}", kind="circle", definition=circle, now=now)

        return act

    at_once(*[add(step) for step in range(4)])
    with transaction() as session:
        covered = session.scalar(
            text("""select count(*) from generate_series(0, 3) step, provider_area a
                    where ST_Covers(a.shape, ST_Point(:lon + step * 0.05, :lat, 4326))"""),
            {"lon": LON, "lat": LAT},
        )
    assert covered == 4


def test_who_subscribes_while_being_suspended_does_not_receive(world: Any, now: datetime) -> None:
    """The suspension holds the wallet; the subscription waits for it and sees the new standing."""
    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            providers.set_status(
                session, actor=an_admin(), provider_id=world.provider.id, status="suspended", reason="Chargeback", now=now
            )

            def subscribe() -> Any:
                with transaction() as other:
                    return providers.subscribe(other, actor=of(world.provider), level_id=world.level.id, now=now)

            waiting = pool.submit(subscribe)
            _wait_until_somebody_waits(session)
        made = waiting.result(timeout=10)
    assert (made.status, made.inactive_reason) == ("inactive", "provider_suspended")


def test_a_form_that_is_published_while_a_first_filter_is_saved_checks_it(world: Any, now: datetime) -> None:
    with transaction() as session:
        mine = a_subscription(session, now, world.provider, world.level)
    rules = {"field": "bedrooms", "operator": "gte", "value": 3}
    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            providers.set_filter(session, actor=of(world.provider), subscription_id=mine.id, rules=rules, now=now)

            def publish() -> int:
                without = {"fields": [field for field in SCHEMA["fields"] if field["key"] != "bedrooms"]}
                with transaction() as other:
                    return providers.publish_form(other, actor=an_admin(), niche_id=world.level.niche_id, schema=without, now=now)

            publishing = pool.submit(publish)
            eventually(lambda: publishing.done() or _somebody_waits(session))
        assert publishing.result(timeout=10) == 2
    with transaction() as session:
        assert session.scalar(text("select filter_valid from subscription where id = :id"), {"id": mine.id}) is False


def test_the_sweep_waits_for_nobody(world: Any, now: datetime) -> None:
    """A wallet in somebody's hands is left to the trigger that will follow."""
    with transaction() as session:
        a_subscription(session, now, world.provider, world.level, status="inactive", inactive_reason="insufficient_balance")
    with transaction() as holder:
        holder.execute(text("select from wallet where provider_id = :p for update"), {"p": world.provider.id})
        with transaction() as session:
            session.execute(text("set local lock_timeout = '2s'"))
            assert providers.reactivate_funded(session, now=now) == 0
    with transaction() as session:
        assert providers.reactivate_funded(session, now=now) == 1


def test_a_deposit_and_a_pause_at_once_end_paused(world: Any, now: datetime) -> None:
    with transaction() as session:
        poor = a_provider(session, now, balance_cents=0)
        mine = a_subscription(session, now, poor, world.level, status="inactive", inactive_reason="insufficient_balance")

    def deposit() -> None:
        with transaction() as session:
            fund(session, now, poor.id, 10_000)

    def pause() -> None:
        with transaction() as session:
            providers.pause(session, actor=of(poor), subscription_id=mine.id, now=now)

    at_once(deposit, pause)
    with transaction() as session:
        assert session.scalar(text("select status from subscription where id = :id"), {"id": mine.id}) == "paused"


def _somebody_waits(session: Any) -> bool:
    query = "select count(*) from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid))"
    return bool(session.scalar(text(query)))


def _wait_until_somebody_waits(session: Any) -> None:
    eventually(lambda: _somebody_waits(session))
