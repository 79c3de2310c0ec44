"""Prices by a learned demand: better than the rule where demand is known, explained to the cent, held by the same rails."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import pricing
from core.advice import Version
from core.kit.ids import uuid7
from ml import price
from ml.errors import TooFewRows
from ml.price.evaluate import facts_of
from ml.pricing import estimate_due
from ml.serving import Serving
from ml.world import make_offers
from tests import builders


@pytest.fixture(scope="module")
def curve() -> price.Curve:
    _, offers = make_offers(1, listings=900)
    return price.train(facts_of(offers.facts, offers.age_h), offers.price_cents, offers.bought)


class Fixed(Serving):
    """Serves one model, as if it had been promoted."""

    def __init__(self, model: object, now: datetime) -> None:
        super().__init__()
        self._one = (Version(uuid7(), "price", 4, "r", "0" * 64, "s", now, {}, now, "champion"), model)

    def model(self, session: Session, name: str) -> tuple[Version, object] | None:
        return self._one


def test_it_earns_more_than_the_rule_and_less_than_the_oracle(curve: price.Curve) -> None:
    truth, _ = make_offers(2, listings=200)
    told = price.evaluate(curve, truth)
    assert told["oracle"]["revenue_cents"] > told["model"]["revenue_cents"] > 1.05 * told["rule"]["revenue_cents"]
    assert told["model"]["sell_through"] > told["rule"]["sell_through"]


def test_demand_falls_with_the_price_everywhere(curve: price.Curve) -> None:
    truth, _ = make_offers(3, listings=40)
    prices = np.outer(truth.going_rate_cents, [0.3, 1.0, 3.0, 9.0])
    chances = np.column_stack([curve.chance_of_sale(facts_of(truth), prices[:, n]) for n in range(4)])
    assert (np.diff(chances, axis=1) < 0).all()


def test_parts_sum_to_the_price(curve: price.Curve) -> None:
    truth, _ = make_offers(4, listings=20)
    for suggestion in price.predict(curve, facts_of(truth)):
        assert sum(cents for _, cents in suggestion.parts) == suggestion.cents > 0


def test_prices_that_never_varied_teach_nothing() -> None:
    _, offers = make_offers(1, listings=400)
    with pytest.raises(TooFewRows, match="vary"):
        price.train(facts_of(offers.facts, offers.age_h), offers.facts.going_rate_cents, offers.bought)


def test_an_estimate_is_taken_up_within_the_rails_and_named_on_the_receipt(
    session: Session, now: datetime, curve: price.Curve
) -> None:
    lead = _listing(session, now)
    _in_force(session, now, number=4)
    assert estimate_due(session, now=now, by=Fixed(curve, now)) == 1
    assert estimate_due(session, now=now, by=Fixed(curve, now)) == 0  # it is fresh
    pricing.reprice(session, [lead], now=now)
    row = session.execute(text("select price_cents, receipt from listing where lead_id = :l"), {"l": lead}).one()
    assert row.receipt["version"] == "price-4" and row.receipt["facts"]["slots_sold"] == 0
    assert sum(line["cents"] for line in row.receipt["lines"]) == row.price_cents
    assert row.receipt["floor_cents"] <= row.price_cents <= row.receipt["ceiling_cents"]


def test_what_a_withdrawn_version_said_prices_nothing(session: Session, now: datetime, curve: price.Curve) -> None:
    """A worker may not have heard yet that another version is in force."""
    lead = _listing(session, now)
    _in_force(session, now, number=5)
    assert estimate_due(session, now=now, by=Fixed(curve, now)) == 1
    pricing.reprice(session, [lead], now=now)
    assert session.execute(text("select receipt ->> 'version' from listing")).scalar_one() == "rule-1"


def test_a_stale_or_broken_estimate_leaves_the_rule_in_force(session: Session, now: datetime, curve: price.Curve) -> None:
    lead = _listing(session, now)
    _in_force(session, now, number=4)
    assert estimate_due(session, now=now, by=Fixed(replace(curve, line=None), now)) == 0
    estimate_due(session, now=now - timedelta(days=2), by=Fixed(curve, now))
    pricing.reprice(session, [lead], now=now)
    assert session.execute(text("select receipt ->> 'version' from listing")).scalar_one() == "rule-1"


def _in_force(session: Session, now: datetime, *, number: int) -> None:
    session.execute(
        text("""with v as (
                  insert into model_version
                    (id, model, number, run_id, sha256, snapshot, cut_off, figures, created_by, created_at)
                  values (uuid7(), 'price', :number, 'r', repeat('0', 64), 's', :now, '{}', uuid7(), :now) returning id)
                insert into model_role select 'price', 'champion', id, :now from v"""),
        {"number": number, "now": now},
    )


def _listing(session: Session, now: datetime) -> UUID:
    niche = builders.a_niche(session, now)
    builders.a_level(session, now, niche, price_cents=5000)
    lead = builders.a_lead(session, now - timedelta(days=3), niche, builders.a_market(session, now), slots=3, quality=70)
    session.execute(
        text("insert into listing (lead_id, opened_at, closes_at) values (:l, :a, :e)"),
        {"l": lead.id, "a": now - timedelta(days=3), "e": now + timedelta(days=9)},
    )
    return lead.id
