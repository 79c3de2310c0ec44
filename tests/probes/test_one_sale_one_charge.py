"""Probes 1 and 2: the same lead distributed twice or at once is charged once per sale, and its cap holds across runs."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import text

from core import distribution
from core.kit.db import transaction
from tests.at_once import together
from tests.core.distribution.crowd import WORKERS, assign, claim, dealt_out, distribute, sales
from tests.core.distribution.world import a_world

CHARGES = "select count(*), count(distinct reference_id), sum(amount_cents)::bigint from transfer where kind = 'lead_charge'"


def charges() -> tuple[int, int, int]:
    """How many charges there are, of how many sales, of how many cents."""
    with transaction() as session:
        return tuple(session.execute(text(CHARGES)).one())  # type: ignore[return-value]


def test_several_workers_on_one_lead_sell_it_once(pool: ThreadPoolExecutor, now: datetime) -> None:
    with transaction() as session:
        world = a_world(session, now)
        world.level(3)
        world.buyers(6)
        lead = world.lead().id
    runs = together(pool, [lambda: distribute(lead, now)] * WORKERS)
    # A worker that comes when the lead is done makes a run that finds nothing to add.
    assert sorted({run.id: run.assigned for run in runs}.values())[-1:] == [3] and {run.turn for run in runs} == {1}
    assert sales().total() == 3 and charges() == (3, 3, 7500)


def test_one_run_carried_out_by_several_workers_charges_once(pool: ThreadPoolExecutor, now: datetime) -> None:
    """The job came twice: everybody carries out the very same run."""
    with transaction() as session:
        world = a_world(session, now)
        world.level(3)
        world.buyers(6)
        lead = world.lead().id
    run = claim(lead, now)
    assert {view.assigned for view in together(pool, [lambda: assign(run, now)] * WORKERS)} == {3}
    assert max(sales().values()) == 1 and charges() == (3, 3, 7500)


def test_the_cap_holds_across_runs_of_today_and_tomorrow(pool: ThreadPoolExecutor, now: datetime) -> None:
    """Each run finds buyers that the one before did not have; five leads, seven runs each, three at a time."""
    with transaction() as session:
        world = a_world(session, now, cap=4)
        for _ in range(3):
            world.buyers(1, world.level(3))
        waiting = [world.lead().id for _ in range(5)]
    dealt_out(pool, waiting, now)
    assert sales().total() == 5 * 3
    with transaction() as session:
        world.session = session
        for level in world.levels:
            world.buyers(3, level)

    def again(moment: datetime) -> None:
        for lead in waiting:
            with suppress(distribution.LeadNotDistributable):  # sold out by then
                distribute(lead, moment)

    for day in (0, 1):
        together(pool, [lambda moment=now + timedelta(days=day): again(moment)] * 3)  # type: ignore[misc]
    with transaction() as session:
        per_lead = session.execute(text("select count(*) from assignment group by lead_id")).scalars().all()
    assert per_lead == [4] * 5 and charges() == (20, 20, 20 * 2500)
