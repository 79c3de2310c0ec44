"""The engine under concurrency; books and inventory are checked after each race (SPEC 5.1-5.4)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core import distribution, leads, ledger, providers
from core.kit.actor import SYSTEM
from core.kit.db import transaction
from tests.at_once import together, until_somebody_waits
from tests.core.distribution.crowd import assign, claim, sales
from tests.core.distribution.world import World, a_world, assert_whole

REVOKED = """insert into consent_event (id, lead_id, event, wording, wording_version, at)
             values (uuid7(), :lead, 'revoked', 'no', '1', now())"""


@pytest.fixture
def pool(database: Engine) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool
    with transaction() as session:
        assert_whole(session)


def ids(world: World, count: int, **more: Any) -> list[UUID]:
    return [world.lead(**more).id for _ in range(count)]


def test_niches_that_share_their_buyers_do_not_block_each_other(pool: ThreadPoolExecutor, now: datetime) -> None:
    """Batches hold many wallets at once: they end early rather than wait for each other in a circle."""
    with transaction() as session:
        worlds = [a_world(session, now)]
        worlds += [worlds[0].beside() for _ in range(3)]
        for world in worlds:
            world.level(2)
        for _ in range(6):
            worlds[0].buyer(*(world.levels[0] for world in worlds))
        waiting = [ids(world, 8) for world in worlds]
        # Each line in another order: who locks along the lines would meet whoever comes the other way.
        shuffled = "update subscription set last_received_at = :now - (abs(hashtext(id::text)) % 997) * interval '1 second'"
        session.execute(text(shuffled), {"now": now})

    def drain(mine: list[UUID]) -> int:
        with transaction() as session:
            runs = [turn.run_id for turn in distribution.claim_turns(session, lead_ids=mine, actor=SYSTEM, now=now)]
        commits = 0
        while runs:
            with transaction() as session:
                runs = runs[len(distribution.assign_all(session, run_ids=runs, actor=SYSTEM, now=now)) :]
            commits += 1
        return commits

    commits = together(pool, [lambda mine=mine: drain(mine) for mine in waiting])  # type: ignore[misc]
    assert sales().total() == 4 * 8 * 2 and max(commits) <= 8
    with transaction() as session:
        per_level = session.execute(text("select count(*) from assignment group by level_id, provider_id")).scalars().all()
    assert len(per_level) == 4 * 6 and set(per_level) == {2, 3}


def batch(runs: list[UUID], now: datetime) -> list[UUID]:
    with transaction() as session:
        return [run.lead_id for run in distribution.assign_all(session, run_ids=runs, actor=SYSTEM, now=now)]


def cancel_who_waits(holder: Session) -> None:
    holder.execute(text("set local role none"))  # whoever signed in may cancel its own; the application's role may not
    holder.execute(
        text("""select pg_cancel_backend(l.pid) from pg_locks l join pg_stat_activity a using (pid)
                            where a.datname = current_database() and not l.granted and l.locktype <> 'advisory'""")
    )


def test_a_batch_that_waits_for_a_wallet_is_followed_by_what_was_chosen_meanwhile(
    pool: ThreadPoolExecutor, now: datetime
) -> None:
    with transaction() as session:
        world = a_world(session, now)
        world.level(1)
        first, second, third = world.buyers(3)
        runs = [claim_in(session, lead, now) for lead in ids(world, 3)]
    with transaction() as holder:
        holder.execute(text("select 1 from wallet where provider_id = :p for update"), {"p": second})
        waiting = pool.submit(batch, runs[:2], now)
        until_somebody_waits()
        after_it = pool.submit(assign, runs[2], now)
        until_somebody_waits(2)
        assert not sales()
    assert len(waiting.result()) == 2 and after_it.result().assigned == 1 and sales() == {first: 1, second: 1, third: 1}


def test_a_line_that_is_being_served_whole_is_waited_for(pool: ThreadPoolExecutor, now: datetime) -> None:
    with transaction() as session:
        world = a_world(session, now)
        world.level(2)
        first, second = world.buyers(2)
        runs = [claim_in(session, lead, now) for lead in ids(world, 2)]
    with transaction() as holder:
        holder.execute(text("select 1 from wallet where provider_id = :p for update"), {"p": second})
        chosen = pool.submit(assign, runs[0], now)
        until_somebody_waits()
        later = pool.submit(assign, runs[1], now)
        until_somebody_waits(2)
        assert not later.done()
    assert (chosen.result().assigned, later.result().assigned) == (2, 2) and sales() == {first: 2, second: 2}


def test_a_batch_that_is_undone_leaves_its_places_to_the_next(pool: ThreadPoolExecutor, now: datetime) -> None:
    """One that was chosen and whose sale came to nothing still stands first."""
    with transaction() as session:
        world = a_world(session, now)
        world.level(1)
        first, second, _third = world.buyers(3)
        runs = [claim_in(session, lead, now) for lead in ids(world, 3)]
    with transaction() as holder:
        holder.execute(text("select 1 from wallet where provider_id = :p for update"), {"p": first})
        undone = pool.submit(batch, runs[:1], now)
        until_somebody_waits()
        after_it = pool.submit(assign, runs[1], now)
        until_somebody_waits(2)
        cancel_who_waits(holder)
        with pytest.raises(OperationalError):
            undone.result()
        assert after_it.result().assigned == 1 and sales() == {second: 1}
    assert assign(runs[2], now).assigned == 1 and sales() == {first: 1, second: 1}


def test_a_transaction_may_distribute_twice_while_another_waits_for_it(pool: ThreadPoolExecutor, now: datetime) -> None:
    """It doesn't stand at the door of those who wait for its own end."""
    with transaction() as session:
        world = a_world(session, now)
        world.level(1)
        buyers = world.buyers(3)
        runs = [claim_in(session, lead, now) for lead in ids(world, 3)]
    with transaction() as session:
        distribution.assign(session, run_id=runs[0], actor=SYSTEM, now=now)
        other = pool.submit(assign, runs[1], now)
        until_somebody_waits()
        assert distribution.assign(session, run_id=runs[2], actor=SYSTEM, now=now).assigned == 1
    assert other.result().assigned == 1 and sales() == dict.fromkeys(buyers, 1)


def test_a_cancelled_choice_gives_the_niche_back(pool: ThreadPoolExecutor, now: datetime) -> None:
    with transaction() as session:
        world = a_world(session, now)
        world.level(1)
        (buyer,) = world.buyers(1)
        lead = world.lead().id
        run, other = claim_in(session, lead, now), claim_in(session, world.lead().id, now)
    with transaction() as holder:
        leads.lock(holder, lead)
        choosing = pool.submit(assign, run, now)
        until_somebody_waits()
        cancel_who_waits(holder)
        with pytest.raises(OperationalError):
            choosing.result()
        assert assign(other, now).assigned == 1 and sales() == {buyer: 1}


def test_several_leads_of_a_batch_for_one_wallet_are_counted_together(pool: ThreadPoolExecutor, now: datetime) -> None:
    """Two levels, one buyer of both with money for one lead: the second is told so before anything is written."""
    with transaction() as session:
        world = a_world(session, now)
        world.level(1)
        world.level(1)
        poor = world.buyer(*world.levels, balance_cents=world.levels[0].price_cents).id
        runs = [claim_in(session, lead, now) for lead in ids(world, 2)]
    assert len(batch(runs, now)) == 2
    with transaction() as session:
        balance = session.execute(text("select balance_cents from wallet where provider_id = :p"), {"p": poor}).scalar_one()
    assert sales() == {poor: 1} and balance == 0


def claim_in(session: Session, lead_id: UUID, now: datetime) -> UUID:
    return distribution.claim_turn(session, lead_id=lead_id, actor=SYSTEM, now=now).run_id


def test_a_buyer_whose_money_goes_while_it_is_chosen_is_replaced(pool: ThreadPoolExecutor, now: datetime) -> None:
    with transaction() as session:
        world = a_world(session, now)
        world.level(1)
        spender, next_one = world.buyers(2, balance_cents=5000)
        run = claim_in(session, world.lead().id, now)
    with transaction() as spending:
        ledger.debit_manually(
            spending,
            actor=SYSTEM,
            provider_id=spender,
            amount_cents=2501,
            memo="a memo of the test",
            idempotency_key="1",
            now=now,
        )
        # The engine still sees the old balance, chooses the spender, and has to wait for the wallet.
        choosing = pool.submit(assign, run, now)
        until_somebody_waits()
    assert choosing.result().assigned == 1 and sales() == {next_one: 1}


def test_distribution_waits_for_an_approval_and_sees_it(pool: ThreadPoolExecutor, now: datetime) -> None:
    with transaction() as session:
        world = a_world(session, now)
        world.level(1)
        world.buyers(1)
        lead = world.lead(status="pending_approval", reviewed_at=None).id
    with transaction() as approving:
        leads.approve(approving, actor=SYSTEM, lead_id=lead, now=now)
        claiming = pool.submit(claim, lead, now)
        until_somebody_waits()
    assert assign(claiming.result(), now).assigned == 1


@pytest.mark.parametrize(("act", "error"), [("withdraw", "lead_withdrawn"), ("revoke", "no_consent")])
def test_a_lead_that_ends_while_its_run_waits_is_not_sold(pool: ThreadPoolExecutor, now: datetime, act: str, error: str) -> None:
    with transaction() as session:
        world = a_world(session, now)
        world.level(1)
        world.buyers(1)
        lead = world.lead().id
        run = claim_in(session, lead, now)
    with transaction() as ending:
        leads.lock(ending, lead)
        selling = pool.submit(assign, run, now)
        until_somebody_waits()
        if act == "withdraw":
            leads.withdraw(ending, actor=SYSTEM, lead_id=lead, reason="changed my mind", now=now)
        else:
            ending.execute(text(REVOKED), {"lead": lead})
    assert (selling.result().state, selling.result().error) == ("failed", error)
    assert sales() == {}


def suspend(provider_id: UUID, now: datetime) -> None:
    with transaction() as session:
        providers.set_status(session, actor=SYSTEM, provider_id=provider_id, status="suspended", reason="test", now=now)


def test_a_subscription_paused_while_it_is_chosen_is_replaced(pool: ThreadPoolExecutor, now: datetime) -> None:
    with transaction() as session:
        world = a_world(session, now)
        world.level(1)
        paused, other = world.buyers(2)
        run = claim_in(session, world.lead().id, now)
        subscription = session.execute(text("select id from subscription where provider_id = :p"), {"p": paused}).scalar_one()
    with transaction() as pausing:
        providers.pause(pausing, actor=SYSTEM, subscription_id=subscription, now=now)
        choosing = pool.submit(assign, run, now)
        until_somebody_waits()
    assert choosing.result().assigned == 1 and sales() == {other: 1}


def test_batches_side_by_side_choose_as_if_one_came_after_the_other(pool: ThreadPoolExecutor, now: datetime) -> None:
    """Every run's walk over the past finds what the run wrote down: sales, skips, and how many it looked at (SPEC 5.2, 5.5)."""
    with transaction() as session:
        world = a_world(session, now)
        world.level(1)
        world.level(3)
        for number in range(40):
            wants = {"filter_compiled": f'$."bedrooms" >= {number % 5}'} if number % 2 else {}
            world.buyer(*world.levels, balance_cents=(6000, 100_000)[number % 3 > 0], **wants)
        waiting = [world.lead(facts={"bedrooms": number % 6}).id for number in range(64)]
        turns = distribution.claim_turns(session, lead_ids=waiting, actor=SYSTEM, now=now)
    shares = [[turn.run_id for turn in turns[start::4]] for start in range(4)]

    def drain(runs: list[UUID]) -> None:
        while runs:
            runs = runs[len(batch(runs[:6], now)) :]

    together(pool, [lambda mine=mine: drain(mine) for mine in shares])  # type: ignore[misc]
    with transaction() as session:
        while distribution.trace_runs(session, now=now):
            pass
        agrees = session.scalars(text("select agrees from distribution_traced")).all()
    assert len(agrees) == 64 and all(agrees)
