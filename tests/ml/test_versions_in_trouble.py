"""Versions when things go wrong: promoted twice, taking turns, a file gone, a run that the store lost, figures that are none."""

import pickle
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import advice, pricing, scoring
from core.advice import Comparison, InForceAlready, Version
from core.kit import config
from core.kit.actor import SYSTEM
from core.kit.ids import uuid7
from core.pricing import Estimate, Line
from core.scoring import Case, Signals
from ml import registry, tracking
from ml.cases import FACTS, from_exchange, from_world
from ml.drift import drift
from ml.errors import BrokenModel
from ml.registry import Trained
from ml.served import Served
from ml.serving import Serving
from ml.tabular import Table
from ml.world import make_people
from tests import builders
from tests.ml import worlds

BETTER = Comparison("auc", 0.9, 0.8, "the written rule", "x")


@dataclass
class Copied:
    """A model in one line: copied text is fraud."""

    by: str = "copied_text"

    def predict(self, table: Table) -> NDArray[np.float64]:
        said: NDArray[np.float64] = np.clip(np.nan_to_num(table[self.by].numbers) / 5, 0.01, 0.99)
        return said


def made(session: Session, now: datetime, *, model: Any = None, figures: dict[str, Any] | None = None) -> Version:
    served = model or Served("fraud", Copied(), {})  # type: ignore[arg-type]
    run = tracking.log_run("fraud", name="one", parameters={}, figures={}, model=served, registered="hotleads-fraud")
    file = tracking.sha256(pickle.dumps(served))
    trained = Trained("fraud", run, file, "s", figures or {})
    return registry.enter(session, actor=SYSTEM, trained=trained, cut_off=now, now=now)


def promote(session: Session, version: Version, now: datetime) -> Version:
    return advice.promote(session, actor=SYSTEM, version_id=version.id, comparison=BETTER, now=now)


def back(session: Session, now: datetime) -> str | None:
    champion = advice.in_force(session)["fraud"].champion
    assert champion is not None
    found = registry.roll_back(session, actor=SYSTEM, model="fraud", memo="", standing=champion.id, now=now)
    return found and found.name


def lose(version: Version) -> None:
    """The file goes, here and in the store."""
    for file in config.settings().home.rglob("*.pkl"):
        if file.stem == version.sha256 or version.run_id in str(file):
            file.unlink()


def test_promoting_the_champion_again_is_refused_and_leaves_the_way_back(
    session: Session, now: datetime, tracking_home: Path
) -> None:
    version = made(session, now)
    promote(session, version, now)
    with pytest.raises(InForceAlready, match="fraud-1 is in use already"):
        promote(session, version, now)
    assert back(session, now) is None


def test_versions_that_took_turns_lead_back_to_the_written_rule(session: Session, now: datetime, tracking_home: Path) -> None:
    one, two = made(session, now), made(session, now)
    for each in (one, two, one):
        promote(session, each, now)
    assert [back(session, now) for _ in range(3)] == ["fraud-2", "fraud-1", None]


def test_a_store_that_lost_the_run_does_not_stand_in_the_way_of_going_back(
    session: Session, now: datetime, tracking_home: Path
) -> None:
    one, two = made(session, now), made(session, now)
    promote(session, one, now)
    promote(session, two, now)
    with tracking.client() as tracker:
        tracker.delete_registered_model("hotleads-fraud")
    assert back(session, now) == "fraud-1"
    assert advice.in_force(session)["fraud"].champion is not None


def test_a_champion_whose_file_is_gone_can_be_replaced(session: Session, now: datetime, tracking_home: Path) -> None:
    worlds.enter(session, from_world(make_people(9, leads=500), seed=9), now, most=400)
    gone = made(session, now, model=Served("fraud", Copied("ip_leads_hour"), {}))  # type: ignore[arg-type]
    promote(session, gone, now)
    fresh = made(session, now)
    lose(gone)
    told = registry.compare(session, actor=SYSTEM, version_id=fresh.id, now=now)
    assert told.standing_name == "the written rule (the file of fraud-1 can't be used)"
    lose(fresh)
    with pytest.raises(BrokenModel, match="Train it again"):
        registry.compare(session, actor=SYSTEM, version_id=fresh.id, now=now)
    session.execute(text("update model_version set cut_off = :then"), {"then": now - timedelta(days=57)})
    with pytest.raises(BrokenModel):
        drift(session, actor=SYSTEM, model="fraud", now=now)


def test_a_figure_that_is_none_does_not_lose_the_version(session: Session, now: datetime, tracking_home: Path) -> None:
    figures = {"model": {"auc": 0.8}, "slices": {"source": {"form": {"auc": float("nan"), "rows": 120}}}}
    version = made(session, now, figures=figures)
    assert version.figures["slices"]["source"]["form"] == {"auc": None, "rows": 120}


@dataclass
class Nonsense:
    """A model that answers, but not with a probability."""

    said: float

    def predict(self, table: Table) -> NDArray[np.float64]:
        return np.full(len(table["niche"].values), self.said)


@pytest.mark.parametrize("said", [float("nan"), 1.5, -0.1])
def test_what_is_no_probability_is_no_score(said: float, session: Session, now: datetime, tracking_home: Path) -> None:
    lead = builders.a_lead(session, now, builders.a_niche(session, now), builders.a_market(session, now))
    promote(session, made(session, now, model=Served("fraud", Nonsense(said), dict.fromkeys(FACTS))), now)  # type: ignore[arg-type]
    case = Case(lead.id, "roofing", "austin", "form", now, Signals(copied_text=3))
    assert Serving().judge(session, case, now=now)["fraud"].version == scoring.VERSION
    assert advice.log(session, actor=SYSTEM, model="fraud") == []


def test_people_who_were_erased_are_not_one_person(session: Session, now: datetime) -> None:
    worlds.enter(session, from_world(make_people(9, leads=300), seed=9), now, most=6)
    session.execute(text("update contact set email_key = null"))
    cases = from_exchange(session, actor=SYSTEM, until=now)
    assert len(set(cases.groups.tolist())) == 6


def test_a_worker_that_has_not_heard_of_a_way_back_sets_no_prices(session: Session, now: datetime) -> None:
    niche = builders.a_niche(session, now)
    builders.a_level(session, now, niche, price_cents=5000)
    lead = builders.a_lead(session, now, niche, builders.a_market(session, now), slots=3, quality=70)
    session.execute(
        text("insert into listing (lead_id, opened_at, closes_at) values (:l, :now, :end)"),
        {"l": lead.id, "now": now, "end": now + timedelta(days=30)},
    )
    more = {"run_id": str(uuid7()), "sha256": "0" * 64, "snapshot": "s", "cut_off": now, "figures": {}}
    version = advice.register(session, actor=SYSTEM, model="price", now=now, **more)
    promote(session, version, now)
    advice.roll_back(session, actor=SYSTEM, model="price", memo="", standing=version.id, now=now)
    pricing.forget_suggestions(session)
    told = Estimate(lead.id, (Line("typical", "Typical", 9_999),), "price-1")
    pricing.suggest(session, [told], now=now)  # half a minute late
    pricing.reprice(session, [lead.id], now=now)
    receipt = session.execute(text("select receipt from listing where lead_id = :l"), {"l": lead.id}).scalar_one()
    assert receipt["version"] == "rule-1"
