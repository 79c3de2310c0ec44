"""Model and rules on the same leads: agreement, cost and latency counted by hand (SPEC 8.5)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.sourcing import enrichment
from tests.core.sourcing.enrichment.test_enrich import NewLead, enriched, new_lead  # noqa: F401
from tests.peers.language_model import GOOD, LanguageModel


def test_agreement_cost_and_why(
    session: Session,
    now: datetime,
    new_lead: NewLead,  # noqa: F811
    language_model: LanguageModel,
) -> None:
    enriched(session, new_lead("Selling our 3 bed house for $400,000 within three weeks."), now)
    language_model.answer = lambda _asked: GOOD | {"intent": "buy", "budget_dollars": None}
    enriched(session, new_lead("Selling our 4 bed house for $300,000, no rush."), now)
    language_model.way = "down"
    enriched(session, new_lead("Something else."), now)
    found = enrichment.compare(session, actor=SYSTEM, now=now)
    by_field = {row.field: row for row in found.fields}
    assert (found.enriched, found.by_model, found.compared, found.why_rules) == (3, 2, 2, (("unreachable", 1),))
    assert (by_field["intent"].both, by_field["intent"].same) == (2, 1)
    assert (by_field["urgency"].both, by_field["urgency"].same) == (2, 1)
    budget = by_field["budget_dollars"]
    assert (budget.both, budget.same, budget.rules_only) == (1, 1, 1), "410,000 is within 5 % of 400,000"
    assert (by_field["property.bedrooms"].both, by_field["property.bedrooms"].same) == (2, 1)
    assert by_field["property.year_built"].model_only == 2 and by_field["property.lot_sqft"].neither == 2
    assert found.cost_microcents == found.spent_today_microcents == 2 * (700 * 15 + 120 * 60)
    assert found.model == "stand-in" and found.model_p50_ms is not None and found.rules_p50_us is not None
    assert enrichment.compare(session, actor=SYSTEM, days=1, now=now + timedelta(days=2)).enriched == 0
    first, *_ = enrichment.compared_leads(session, actor=SYSTEM)
    assert (first.made_by, first.why_rules, first.model_answer) == ("rules", "unreachable", None)


def test_the_rest_can_be_read_by_the_model_later(
    session: Session,
    now: datetime,
    new_lead: NewLead,  # noqa: F811
    language_model: LanguageModel,
) -> None:
    language_model.way = "down"
    lead = new_lead()
    enriched(session, lead, now)
    assert enrichment.ask_model_about_rest(session, actor=SYSTEM, now=now) == 1
    queued = session.execute(text("select key from outbox where kind = 'lead.enrich'")).scalars().all()
    assert queued == [str(lead.id)]
    language_model.way = "well"
    enriched(session, lead, now)
    session.execute(text("delete from outbox"))
    assert enrichment.ask_model_about_rest(session, actor=SYSTEM, now=now) == 0


def test_who_may_see_it(session: Session, now: datetime) -> None:
    for verb in (enrichment.compare, enrichment.compared_leads):
        with pytest.raises(Forbidden):
            verb(session, actor=Actor(uuid7(), "provider"), **({"now": now} if verb is enrichment.compare else {}))
    with pytest.raises(Forbidden):
        enrichment.ask_model_about_rest(session, actor=Actor(uuid7(), "analyst"), now=now)
