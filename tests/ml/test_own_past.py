"""Learning from the exchange's own past: prices that were set, drift since the cut-off, the weekly job."""

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import advice, reports
from core.advice import Comparison
from core.kit.actor import SYSTEM, Actor
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.pricing import Known
from jobs import retrain
from jobs.work import work
from ml import pricing_past, registry
from ml.cases import from_world
from ml.drift import drift
from ml.errors import TooFewRows
from ml.world import make_offers, make_people
from tests import builders
from tests.core.sourcing.test_sources import a_source, allow
from tests.ml import worlds

ANALYST = Actor(uuid7(), "analyst")


def test_demand_is_learned_from_prices_that_were_set(session: Session, now: datetime, tracking_home: Path) -> None:
    _prices(session, now, days=500)
    past = pricing_past.gather(session, actor=SYSTEM, until=now)
    assert len(past) == 500 and 20 < sum(each.bought for each in past) < 400
    trained = pricing_past.train(past, until=now)
    version = registry.enter(session, actor=SYSTEM, trained=trained, cut_off=now, now=now)
    told = registry.compare(session, actor=SYSTEM, version_id=version.id, now=now)
    assert told.figure == "log likelihood" and told.candidate > told.standing  # it knows more than the mean
    promoted = registry.promote(session, actor=SYSTEM, version_id=version.id, now=now)
    assert promoted.role == "champion" and promoted.name == "price-1"


def test_a_day_that_is_not_over_is_not_learned_from(session: Session, now: datetime) -> None:
    _prices(session, now, days=40)
    newest = max(each.at for each in reports.past_prices(session, actor=SYSTEM, until=now))
    assert newest <= now - timedelta(days=1)
    with pytest.raises(Forbidden):
        reports.past_prices(session, actor=Actor(uuid7(), "provider"), until=now)
    with pytest.raises(TooFewRows):
        pricing_past.train([], until=now)


def test_prices_of_a_source_that_may_not_inform_them_are_left_out(session: Session, now: datetime) -> None:
    _prices(session, now, days=3)
    admin = Actor(builders.a_user(session, now).id, "admin")
    for may_price in (True, False):
        source = a_source(session, now, admin, name=f"Prices {may_price}")
        allow(session, now, admin, source.id, may_price=may_price)
        session.execute(
            text("""insert into source_record (source_id, record_id, lead_id, founder, holder, test, said_at, updated_at)
                    select :source, 'one', lead_id, true, 'owner', false, :now, :now from price_history h
                     where not exists (select from source_record r where r.lead_id = h.lead_id) order by lead_id limit 1"""),
            {"source": source.id, "now": now},
        )
    assert len(reports.past_prices(session, actor=SYSTEM, until=now)) == 2


def test_drift_names_what_has_moved(session: Session, now: datetime, tracking_home: Path) -> None:
    cases = from_world(make_people(1, leads=900), seed=1)
    trained = registry.train(cases, "fraud")
    worlds.enter(session, cases, now, most=160, later={"detail_words": 90})
    cut_off = now - timedelta(days=60) + timedelta(minutes=30 * 80)
    assert drift(session, actor=SYSTEM, model="fraud", now=now) == []
    version = registry.enter(session, actor=SYSTEM, trained=trained, cut_off=cut_off, now=now)
    better = Comparison("auc", 0.9, 0.8, "the written rule", "x")
    advice.promote(session, actor=SYSTEM, version_id=version.id, comparison=better, now=now)
    found = drift(session, actor=SYSTEM, model="fraud", now=now)
    verdicts = {each.name: each.verdict for each in found}
    assert found[0].name == "detail_words" and verdicts["detail_words"] == "moved" and "score" in verdicts
    assert verdicts["niche"] == verdicts["disposable_domain"] == "steady"


def test_drift_of_prices(session: Session, now: datetime, tracking_home: Path) -> None:
    _prices(session, now, days=500)
    past = pricing_past.gather(session, actor=SYSTEM, until=now)
    trained, cut_off = pricing_past.train(past, until=now), past[len(past) // 2].at
    version = registry.enter(session, actor=SYSTEM, trained=trained, cut_off=cut_off, now=now)
    better = Comparison("log likelihood", 0.9, 0.8, "knowing the mean alone", "x")
    advice.promote(session, actor=SYSTEM, version_id=version.id, comparison=better, now=now)
    found = drift(session, actor=ANALYST, model="price", now=now)
    assert {each.name for each in found} == {"score", "asked", "quality", "age_h", "slots_sold", "demand", "season"}
    assert found == sorted(found, key=lambda each: -each.psi)


def test_the_latest_alone_where_somebody_waits(session: Session, now: datetime) -> None:
    worlds.enter(session, from_world(make_people(1, leads=300), seed=1), now, most=120)
    whole = reports.past_leads(session, actor=ANALYST, until=now)
    assert [each.at for each in reports.past_leads(session, actor=ANALYST, until=now, most=30)] == [
        each.at for each in whole[-30:]
    ]


def test_the_weekly_job_leaves_a_challenger_or_says_why_not(database: Engine, tracking_home: Path) -> None:
    assert _trained() == ("done", None, "")  # nothing to learn from
    with transaction() as session:
        worlds.enter(session, from_world(make_people(1, leads=900), seed=1), utc_now(), most=700)
    assert _trained() == ("done", 1, "Keeping the run")
    with transaction() as session:
        challenger = advice.in_force(session)["fraud"].challenger
        assert len([each for each in retrain.ask_all(session, utc_now()) if each]) == len(registry.MODELS)  # type: ignore[attr-defined]
    assert challenger is not None and challenger.figures["rule"]["rows"] > 100


def _trained() -> tuple[str, int | None, str]:
    """Ask for the fraud model and do the job: how it stands then, which version came of it, and the last step it told."""
    with transaction() as session:
        retrain.ask(session, model="fraud", now=utc_now())
        job = session.execute(text("select id from outbox where kind = :kind and state = 'ready'"), {"kind": retrain.KIND})
        row = str(job.scalar_one())
    assert work(row) == "done"
    with transaction() as session:
        latest = advice.latest_training(session, actor=ANALYST, model="fraud")
    assert latest is not None
    return latest.state, latest.made, latest.step


def _prices(session: Session, now: datetime, *, days: int) -> None:
    """Days at a price as the world has them: one listing each, with the receipt of its price, bought or not."""
    niche, market, buyer = builders.a_niche(session, now), builders.a_market(session, now), builders.a_provider(session, now)
    _, offers = make_offers(1, listings=days)
    for n in np.random.default_rng(0).permutation(len(offers.bought))[:days].tolist():
        facts = offers.facts
        known = Known(int(facts.going_rate_cents[n]), float(facts.quality[n]), float(offers.age_h[n]), int(facts.slots_sold[n]),
                      float(facts.demand[n]), float(facts.season[n]))  # fmt: skip
        at = now - timedelta(days=60) + timedelta(minutes=n)
        lead = builders.a_lead(session, at, niche, market, slots=1)
        cents = max(int(offers.price_cents[n]), 1)
        receipt = {"facts": asdict(known), "lines": [{"key": "going_rate", "label": "Going rate of the niche", "cents": cents}]}
        values = {"l": lead.id, "at": at, "c": cents, "r": json.dumps(receipt)}
        session.execute(
            text("insert into price_history (lead_id, at, price_cents, receipt) values (:l, :at, :c, cast(:r as jsonb))"), values
        )
        if offers.bought[n]:
            session.execute(
                text("update slot set state = 'sold', provider_id = :p where lead_id = :l"), {"p": buyer.id, "l": lead.id}
            )
            session.execute(
                text("""insert into assignment (id, lead_id, provider_id, slot_no, channel, niche_id, price_cents, assigned_at)
                        values (uuid7(), :l, :p, 1, 'marketplace', :n, 0, :at)"""),
                {"l": lead.id, "p": buyer.id, "n": niche.id, "at": at + timedelta(hours=3)},
            )
