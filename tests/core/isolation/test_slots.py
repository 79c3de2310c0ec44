"""Of another company's hold nothing is freed or taken before it runs out, and everything as before afterwards (SPEC 9.2)."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from core import marketplace
from core.kit import tenant
from core.kit.actor import Actor
from core.kit.db import transaction
from core.kit.own_rows import OthersRow
from core.kit.tenant import acting
from tests.core.distribution.world import assert_whole
from tests.core.marketplace.world import a_market

TAKE = text("update slot set provider_id = :p where lead_id = :lead and state = 'held'")
FREE = text("""
    update slot set state = 'free', provider_id = null, expires_at = null, quote = null, held_at = null, extended_at = null
     where lead_id = :lead""")


@pytest.fixture
def held(database: Engine, now: datetime) -> tuple[UUID, Actor, Actor]:
    """A lead with one slot, which the first company holds, and a second company."""
    with transaction() as session:
        market = a_market(session, now)
        lead, first, second = market.listed(slots=1).id, market.buyer(), market.buyer()
    with acting(first) as session:
        marketplace.hold(session, actor=first, lead_id=lead, now=now)
    return lead, first, second


@pytest.mark.parametrize("forgetful", [TAKE, FREE])
def test_a_query_that_forgets_to_ask_is_refused(held: tuple[UUID, Actor, Actor], forgetful: object, now: datetime) -> None:
    lead, first, second = held
    with pytest.raises(OthersRow), acting(second) as session:
        session.execute(forgetful, {"lead": lead, "p": second.provider_id})  # type: ignore[call-overload]
    with acting(first) as session:
        assert len(marketplace.checkout(session, actor=first, idempotency_key="press", now=now).assignment_ids) == 1
        assert_whole(session)


def test_what_a_company_reads_with_gives_nothing_back(held: tuple[UUID, Actor, Actor]) -> None:
    lead, _, second = held
    assert second.provider_id
    for statement in (FREE, text("select give_back_lapsed(:lead, 'infinity')")):
        with pytest.raises(DBAPIError, match="permission denied"), tenant.transaction(second.provider_id) as session:
            session.execute(statement, {"lead": lead})


def test_nobody_is_locked_out_by_a_lapse_of_another_s_making(held: tuple[UUID, Actor, Actor]) -> None:
    lead, first, second = held
    lapse = text("insert into hold_lapse (lead_id, provider_id, lapsed_at) values (:lead, :p, now())")
    with pytest.raises(OthersRow), acting(second) as session:
        session.execute(lapse, {"lead": lead, "p": first.provider_id})


def test_a_hold_that_ran_out_is_given_back_by_whoever_comes_next(held: tuple[UUID, Actor, Actor], now: datetime) -> None:
    lead, first, second = held
    late = now + timedelta(minutes=11)
    with acting(second) as session:
        marketplace.hold(session, actor=second, lead_id=lead, now=late)
    with pytest.raises(marketplace.SlotTaken), acting(first) as session:
        marketplace.hold(session, actor=first, lead_id=lead, now=late)
    with acting(second) as session:
        marketplace.checkout(session, actor=second, idempotency_key="press", now=late)
        assert_whole(session)
    with transaction() as session:
        assert session.execute(text("select provider_id from hold_lapse")).scalars().all() == [first.provider_id]
