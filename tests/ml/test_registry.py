"""Versions of a model: registered as challenger, promoted when better, rolled back; served, and never in the way when broken."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import advice, leads, scoring
from core.advice import Comparison, NoEarlierVersion, OverrideTooShort, WorseThanChampion
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.scoring import Case, Signals
from ml import registry, tracking
from ml.cases import from_world
from ml.errors import BrokenModel, TooFewRows
from ml.serving import Serving
from ml.world import make_people
from tests import builders
from tests.ml import worlds

BETTER = Comparison("auc", 0.9, 0.8, "the written rule", "x")
WORSE = Comparison("auc", 0.7, 0.8, "fraud-1", "x")


@pytest.fixture(scope="module")
def trained(_tracking_home: Path) -> registry.Trained:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOTLEADS_HOME", str(_tracking_home))
        patch.setenv("HOTLEADS_MLFLOW_URL", "")
        registry.tracking.settings.cache_clear()
        done = registry.train(from_world(make_people(1, leads=1200), seed=1), "fraud")
    registry.tracking.settings.cache_clear()
    return done


@pytest.fixture
def version(session: Session, now: datetime, trained: registry.Trained, tracking_home: Path) -> advice.Version:
    return registry.enter(session, actor=SYSTEM, trained=trained, cut_off=now, now=now)


@pytest.fixture
def case(session: Session, now: datetime) -> Case:
    lead = builders.a_lead(session, now, builders.a_niche(session, now), builders.a_market(session, now))
    return Case(
        lead.id,
        "roofing",
        "austin",
        "form",
        now,
        Signals(disposable_domain=True, ip_leads_hour=7, copied_text=3, optional_asked=6),
    )


def test_a_trained_model_is_logged_with_what_it_learned_from(trained: registry.Trained, tracking_home: Path) -> None:
    with tracking.client() as tracker:
        run = tracker.get_run(trained.run_id)
        alias = tracker.get_model_version_by_alias("hotleads-fraud", "challenger")
        files = {file.path for file in tracker.list_artifacts(trained.run_id, "model")}
    assert run.data.tags["snapshot"] == trained.snapshot and alias.run_id == trained.run_id
    assert files == {"model/MLmodel", "model/input_example.json", "model/model.pkl"}
    assert trained.figures["oracle"]["auc"] > trained.figures["model"]["auc"] - 0.03
    assert trained.figures["model"]["brier"] < trained.figures["rule"]["brier"]


def test_a_challenger_is_listened_to_and_decides_nothing(
    session: Session, now: datetime, version: advice.Version, case: Case
) -> None:
    said = Serving().judge(session, case, now=now)
    assert said["fraud"].version == scoring.VERSION
    (noted,) = advice.log(session, actor=SYSTEM, model="fraud")
    assert (noted.role, noted.number, noted.lead_id) == ("challenger", 1, case.lead_id)


def test_a_champion_answers_with_reasons_that_sum_to_its_score(
    session: Session, now: datetime, version: advice.Version, case: Case
) -> None:
    advice.promote(session, actor=SYSTEM, version_id=version.id, comparison=BETTER, now=now)
    said = Serving().judge(session, case, now=now)
    assert said["fraud"].version == "fraud-1" and said["quality"].version == scoring.VERSION
    assert said["fraud"].value > 0.5 and sum(reason.weight for reason in said["fraud"].reasons) == pytest.approx(
        said["fraud"].value
    )
    assert "copied_text" in {reason.code for reason in said["fraud"].reasons}


def test_scoring_stores_what_the_model_said(session: Session, now: datetime, version: advice.Version, case: Case) -> None:
    advice.promote(session, actor=SYSTEM, version_id=version.id, comparison=BETTER, now=now)
    leads.score(session, case.lead_id, judge=Serving().judge, now=now)
    assert scoring.latest(session, case.lead_id)["fraud"].version == "fraud-1"
    kept = session.execute(text("select signals from decision_facts where lead_id = :id"), {"id": case.lead_id}).scalar_one()
    assert "email" not in str(kept).replace("email_leads_day", "") and kept["optional_asked"] >= 0


def test_a_promotion_is_seen_within_a_minute(session: Session, now: datetime, version: advice.Version, case: Case) -> None:
    seconds = [0.0]
    serving = Serving(clock=lambda: seconds[0])
    assert serving.judge(session, case, now=now)["fraud"].version == scoring.VERSION
    advice.promote(session, actor=SYSTEM, version_id=version.id, comparison=BETTER, now=now)
    seconds[0] = 59.0
    assert serving.judge(session, case, now=now)["fraud"].version == "fraud-1"
    advice.roll_back(session, actor=SYSTEM, model="fraud", memo="", standing=version.id, now=now)
    seconds[0] = 119.0
    assert serving.judge(session, case, now=now)["fraud"].version == scoring.VERSION


def test_a_broken_file_never_stops_intake(
    session: Session, now: datetime, version: advice.Version, case: Case, tracking_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    advice.promote(session, actor=SYSTEM, version_id=version.id, comparison=BETTER, now=now)
    session.execute(text("update model_version set sha256 = repeat('0', 64)"))
    before = REGISTRY.get_sample_value("hotleads_model_fallbacks_total", {"model": "fraud", "why": "load"}) or 0.0
    assert Serving().judge(session, case, now=now)["fraud"].version == scoring.VERSION
    assert REGISTRY.get_sample_value("hotleads_model_fallbacks_total", {"model": "fraud", "why": "load"}) == before + 1
    with pytest.raises(BrokenModel):
        registry.load(replace(version, sha256="0" * 64))


def test_a_worse_one_needs_a_written_reason(session: Session, now: datetime, version: advice.Version) -> None:
    promote = {"actor": SYSTEM, "version_id": version.id, "comparison": WORSE, "now": now}
    with pytest.raises(WorseThanChampion, match=r"0\.7000 and fraud-1 0\.8000"):
        advice.promote(session, **promote)
    with pytest.raises(OverrideTooShort):
        advice.promote(session, **promote, override="because")
    assert advice.promote(session, **promote, override="The old one knows nothing of rings.").role == "champion"
    (change,) = advice.changes(session, actor=SYSTEM, model="fraud")
    assert change.override and change.comparison["standing"] == 0.8
    with pytest.raises(Forbidden):
        advice.promote(session, **promote | {"actor": Actor(uuid7(), "analyst")})


def test_rolling_back_goes_to_what_was_before(
    session: Session, now: datetime, trained: registry.Trained, version: advice.Version
) -> None:
    second = registry.enter(session, actor=SYSTEM, trained=trained, cut_off=now, now=now)
    for each in (version, second):
        advice.promote(session, actor=SYSTEM, version_id=each.id, comparison=BETTER, now=now)
    first = registry.roll_back(session, actor=SYSTEM, model="fraud", memo="too many refused", standing=second.id, now=now)
    assert first is not None and first.id == version.id
    again = {"actor": SYSTEM, "model": "fraud", "memo": "", "standing": first.id, "now": now}
    assert registry.roll_back(session, **again) is None
    with pytest.raises(NoEarlierVersion):
        registry.roll_back(session, **again)


def test_of_two_who_roll_back_the_same_version_at_once_one_is_told(
    session: Session, now: datetime, trained: registry.Trained, version: advice.Version
) -> None:
    second = registry.enter(session, actor=SYSTEM, trained=trained, cut_off=now, now=now)
    for each in (version, second):
        advice.promote(session, actor=SYSTEM, version_id=each.id, comparison=BETTER, now=now)
    asked = {"actor": SYSTEM, "model": "fraud", "memo": "", "standing": second.id, "now": now}
    first = registry.roll_back(session, **asked)
    assert first is not None and first.id == version.id
    with pytest.raises(advice.OtherInForce, match=r"fraud-1 is in use"):
        registry.roll_back(session, **asked)
    force = advice.in_force(session)["fraud"].champion
    assert force is not None and force.id == version.id, "one step back, not two"


def test_champion_and_challenger_are_compared_on_the_same_leads(session: Session, now: datetime, version: advice.Version) -> None:
    worlds.enter(session, from_world(make_people(9, leads=500), seed=9), now, most=400)
    told = registry.compare(session, actor=SYSTEM, version_id=version.id, now=now)
    assert told.standing_name == "the written rule" and 0.5 < told.standing <= 1 and 0.5 < told.candidate <= 1


def test_too_little_history_is_refused_in_words(session: Session, now: datetime, tracking_home: Path) -> None:
    with pytest.raises(TooFewRows):
        registry.retrain(session, actor=SYSTEM, model="quality", now=now)
