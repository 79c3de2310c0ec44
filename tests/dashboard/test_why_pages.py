"""Pages of why and why not, of what everybody is due, and of replays (SPEC 4.5, 5.7, 5.8)."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from core import distribution
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.outbox import Job
from jobs import replay as work
from tests import builders
from tests.dashboard.conftest import Open, sound, words
from tests.dashboard.test_actions import one
from tests.dashboard.world import World


@pytest.fixture(scope="module")
def lead(world: World) -> UUID:
    """A lead that the world's company and another were sold, traced and posted."""
    now = utc_now()
    with transaction() as session:
        niche, market = session.get_one(builders.Niche, world.niche), session.query(builders.Market).one()
        level = session.get_one(builders.CompetitionLevel, world.levels[1])
        builders.a_subscription(session, now, builders.a_provider(session, now, company_name="Rival Roofing"), level)
        lead = builders.a_lead(session, now, niche, market).id
        turn = distribution.claim_turn(session, lead_id=lead, actor=SYSTEM, now=now + timedelta(milliseconds=1))
        distribution.assign(session, run_id=turn.run_id, actor=SYSTEM, now=now + timedelta(milliseconds=1))
        distribution.trace_runs(session, now=now + timedelta(minutes=1))
    return lead


def test_the_lead_s_page_says_whom_its_run_considered(open_page: Open, lead: UUID) -> None:
    page = open_page("admin", "leads", lead=str(lead), part="Distribution")
    sound(page)
    told = words(page)
    assert "Who was considered, and why" in told and "the run's own record" in told
    (table,) = [element.proto.body for element in page.get("html") if "What would have won it" in element.proto.body]
    assert table.count(">Won</td>") == 2 and ">Passed over</td>" not in table
    assert ">Desert Roofing LLC</td>" in table and ">Rival Roofing</td>" in table


def test_only_the_demo_s_replayed_history_may_differ_quietly(open_page: Open, lead: UUID) -> None:
    with transaction() as session:
        session.execute(text("update distribution_traced set agrees = false"))
    assert "Differs from the run's own record" in words(open_page("admin", "leads", lead=str(lead), part="Distribution"))
    with transaction() as session:
        session.execute(
            text("insert into demo_load (part, seed, size, history_ends, total) values ('homes', 7, 1, :now, 1)"),
            {"now": utc_now() + timedelta(minutes=1)},
        )
    told = words(open_page("admin", "leads", lead=str(lead), part="Distribution"))
    with transaction() as session:
        session.execute(text("delete from demo_load"))
        session.execute(text("update distribution_traced set agrees = true"))
    assert distribution.REPLAYED in told and "Differs from" not in told


def test_the_company_reads_its_own_verdicts_and_share(open_page: Open, world: World, lead: UUID) -> None:
    page = open_page("provider", "subscriptions", sub=str(world.subscription), wish="What you missed")
    sound(page)
    told = words(page)
    assert "Your fair share" in told and "Yours" in told and "Passed by" not in told and "Rival" not in told


@pytest.mark.parametrize("tab", ["Fairness", "Replay"])
def test_a_tab_of_one_niche_has_one_when_the_tab_before_showed_all(open_page: Open, lead: UUID, tab: str) -> None:
    page = open_page("admin", "distribution")
    assert page.selectbox(key="niche").value is None
    page.query_params["dist"] = tab
    page.session_state["dist"] = tab
    sound(page.run())
    assert page.selectbox(key="niche").value and "No niches yet" not in words(page)


def test_the_book_of_fairness_is_drawn(open_page: Open, lead: UUID) -> None:
    page = open_page("admin", "distribution", dist="Fairness")
    sound(page)
    rows = next(frame.value for frame in page.dataframe if "expected" in frame.value)
    assert sorted(rows["received"]) == [1, 1] and "Due and received" in words(page)


def test_a_replay_is_asked_for_carried_out_and_read(open_page: Open, world: World, lead: UUID) -> None:
    page = open_page("admin", "distribution", dist="Replay")
    sound(page)
    page.text_input(key=f"replay-price-{world.levels[1]}").set_value("$50.00")
    next(button for button in page.button if button.label == "Replay").click().run()
    sound(page)
    asked = one("select id, changes from replay_request")
    assert asked.changes == [{"of": "level", "id": str(world.levels[1]), "setting": "price_cents", "value": 5000}]
    with transaction() as session:
        (job_id,) = one("select id from outbox where kind = 'replay.run'")
        job = Job(job_id, "replay.run", str(asked.id), {"request_id": str(asked.id)}, {}, 1, 2, None)
        begun = work.begin(session, job, utc_now())
    # As the job does, without a lease to renew.
    with transaction() as session:
        period = {"since": begun.asked.since, "until": begun.asked.until}
        told = distribution.replay(session, actor=SYSTEM, niche_id=begun.asked.niche_id, changes=begun.asked.changes, **period)
        work.keep(session, job, (begun, told), utc_now())
    page = open_page("admin", "distribution", dist="Replay")
    sound(page)
    assert "of 1 run come out exactly" in words(page) and "$100.00" in words(page)
