"""Enrichment as a job: before the score, outside transactions, within the day's budget also when many ask at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text

from core.kit import config
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.outbox import enqueue
from jobs import work
from tests.builders import a_lead, a_market, a_niche
from tests.core.sourcing.enrichment.conftest import language_model  # noqa: F401
from tests.peers.language_model import GOOD, LanguageModel


def some_leads(count: int) -> list[str]:
    """Leads that wait for their score, each with words of its own."""
    now = utc_now()
    with transaction() as session:
        market, niche = a_market(session, now), a_niche(session, now)
        made = [
            a_lead(session, now, niche, market, status="pending_approval", form_data={"details": f"House {n} for sale"}).id
            for n in range(count)
        ]
        for lead_id in made:
            enqueue(session, "lead.score", key=str(lead_id), now=now, payload={"lead_id": str(lead_id)})
    return [str(lead_id) for lead_id in made]


def ready(kind: str) -> list[str]:
    with transaction() as session:
        rows = session.execute(text("select id from outbox where kind = :kind and state = 'ready' order by id"), {"kind": kind})
        return [str(row.id) for row in rows]


def test_the_service_is_asked_before_the_score(database: Engine, language_model: LanguageModel) -> None:  # noqa: F811
    some_leads(1)
    seen: list[int] = []

    def answer(_asked: object) -> object:
        with transaction() as session:  # nobody holds the lead's row meanwhile
            session.execute(text("select 1 from lead for update nowait"))
            open_ones = "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in%'"
            seen.append(session.execute(text(open_ones)).scalar_one())
        return GOOD

    language_model.answer = answer
    (score,) = ready("lead.score")
    assert work.work(score) == "done"
    (enrich,) = ready("lead.enrich")
    assert work.work(enrich) == "done" and seen == [0]
    with transaction() as session:
        lead = session.execute(text("select facts, quality from lead")).one()
        assert lead.facts["stated_intent"] == "sell" and lead.quality is not None
        assert session.execute(text("select count(*) from enrichment where made_by = 'model'")).scalar_one() == 1


def test_a_service_that_is_down_stops_no_lead(database: Engine, language_model: LanguageModel) -> None:  # noqa: F811
    some_leads(1)
    language_model.way = "down"
    for kind in ("lead.score", "lead.enrich"):
        for row in ready(kind):
            assert work.work(row) == "done"
    with transaction() as session:
        assert session.execute(text("select quality from lead")).scalar_one() is not None
        assert session.execute(text("select made_by, why_rules from enrichment")).one() == ("rules", "unreachable")


def test_many_who_ask_at_once_keep_to_the_budget(
    database: Engine,
    language_model: LanguageModel,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One cent a day, a tenth of a cent for each answer: those who get none do without."""
    monkeypatch.setenv("HOTLEADS_ENRICHMENT_DAILY_BUDGET_CENTS", "1")
    monkeypatch.setenv("HOTLEADS_ENRICHMENT_INPUT_CENTS_PER_MILLION", "100")
    monkeypatch.setenv("HOTLEADS_ENRICHMENT_OUTPUT_CENTS_PER_MILLION", "100")
    config.settings.cache_clear()
    language_model.usage = {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000}
    some_leads(24)
    for row in ready("lead.score"):
        assert work.work(row) == "done"
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work.work, ready("lead.enrich"))) == {"done"}
    with transaction() as session:
        spent = session.execute(text("select spent_microcents from enrichment_day")).scalar_one()
        kinds = dict(session.execute(text("select coalesce(why_rules, 'model'), count(*) from enrichment group by 1")).all())
        counted = session.execute(text("select sum(cost_microcents) from enrichment")).scalar_one()
    assert spent == counted == 100_000 * kinds["model"] <= 1_000_000
    assert kinds["model"] == len(language_model.asked) and set(kinds) == {"model", "over_budget"} and sum(kinds.values()) == 24
