"""Trials of prices: drawn by the listing, decided by a test that may be looked at any time, held by guards (SPEC 10.6)."""

from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import advice, ledger, pricing
from core.advice import Comparison
from core.kit.actor import SYSTEM, Actor
from core.kit.errors import Forbidden
from core.kit.ids import uuid7
from core.pricing import Estimate, Line, NoModelToTry, NoTrial, Sums, Trial, TrialInvalid, TrialRunning, difference
from tests import builders
from tests.builders import Market, Niche

ANALYST = Actor(uuid7(), "analyst")


def champion(session: Session, now: datetime) -> str:
    more = {"run_id": "r", "sha256": "0" * 64, "snapshot": "s", "cut_off": now, "figures": {}}
    made = advice.register(session, actor=SYSTEM, model="price", now=now, **more)  # type: ignore[arg-type]
    better = Comparison("auc", 0.9, 0.8, "the written rule", "x")
    return advice.promote(session, actor=SYSTEM, version_id=made.id, comparison=better, now=now).name


def place(session: Session, now: datetime) -> tuple[Niche, Market]:
    niche = builders.a_niche(session, now)
    builders.a_level(session, now, niche, price_cents=5000)
    return niche, builders.a_market(session, now)


def listed(session: Session, now: datetime, where: tuple[Niche, Market], version: str = "") -> UUID:
    lead = builders.a_lead(session, now, *where, slots=3, quality=70)
    session.execute(
        text("insert into listing (lead_id, opened_at, closes_at) values (:l, :now, :end)"),
        {"l": lead.id, "now": now, "end": now + timedelta(days=30)},
    )
    if version:
        pricing.suggest(session, [Estimate(lead.id, (Line("typical", "Typical", 7_000),), version)], now=now)
    return lead.id


def receipt(session: Session, lead: UUID) -> dict[str, object]:
    found: dict[str, object] = session.execute(text("select receipt from listing where lead_id = :l"), {"l": lead}).scalar_one()
    return found


def start(session: Session, now: datetime, **more: int) -> Trial:
    return pricing.start_trial(session, actor=SYSTEM, name="First trial", now=now, **more)


def test_bounds_hold_at_every_look_when_there_is_no_difference() -> None:
    rng, wrong, trials = np.random.default_rng(11), 0, 200
    for _ in range(trials):
        arm = rng.random(600) < 0.5
        earned = np.where(rng.random(600) < 0.4, rng.gamma(2.0, 2000.0, 600), 0.0)
        wrong += any(_excludes_zero(earned[:n], arm[:n], 600) for n in range(100, 601, 10))
    assert wrong / trials <= 0.05


def test_a_real_difference_is_found_and_its_sign_is_right() -> None:
    rng, found = np.random.default_rng(12), 0
    for _ in range(40):
        arm = rng.random(2000) < 0.5
        sold = rng.random(2000) < np.where(arm, 0.55, 0.4)
        earned = np.where(sold, 4000.0, 0.0)
        bounds = difference(_sums(earned[arm]), _sums(earned[~arm]), planned=1000)
        assert bounds.high > 0
        found += bounds.low > 0
    assert found >= 36
    assert difference(Sums(0, 0, 0), Sums(9, 9, 9), planned=100).low == float("-inf")


def _sums(values: np.ndarray) -> Sums:  # type: ignore[type-arg]
    return Sums(len(values), float(values.sum()), float((values**2).sum()))


def _excludes_zero(earned: np.ndarray, arm: np.ndarray, planned: int) -> bool:  # type: ignore[type-arg]
    bounds = difference(_sums(earned[arm]), _sums(earned[~arm]), planned=planned)
    return bounds.low > 0 or bounds.high < 0


def test_who_may_start_one_and_when(session: Session, now: datetime) -> None:
    with pytest.raises(NoModelToTry):
        start(session, now)
    champion(session, now)
    with pytest.raises(Forbidden):
        pricing.start_trial(session, actor=ANALYST, name="Mine", now=now)
    with pytest.raises(TrialInvalid):
        start(session, now, model_percent=95)
    trial = start(session, now)
    with pytest.raises(TrialRunning):
        start(session, now)
    with pytest.raises(Forbidden):
        pricing.stop_trial(session, actor=ANALYST, memo="", now=now)
    assert pricing.stop_trial(session, actor=SYSTEM, memo="enough", now=now).reason == "stopped"
    with pytest.raises(NoTrial):
        pricing.stop_trial(session, actor=SYSTEM, memo="", now=now)
    (kept,) = pricing.trials(session, actor=ANALYST)
    assert (kept.id, kept.winner, kept.memo) == (trial.id, None, "enough")


def test_a_listing_keeps_its_arm_and_its_receipt_names_it(session: Session, now: datetime) -> None:
    version, where = champion(session, now), place(session, now)
    before = listed(session, now - timedelta(hours=1), where, version)
    trial = start(session, now)
    leads = [listed(session, now, where, version) for _ in range(40)]
    for _ in range(2):  # priced again, nothing is drawn again
        pricing.reprice(session, [before, *leads], now=now)
    drawn = {lead: trial.arm_of(lead) for lead in leads}
    assert {"model", "rule"} == set(drawn.values())
    company = builders.a_provider(session, now)
    for lead, arm in drawn.items():
        told = receipt(session, lead)
        assert told["trial"] == {"arm": arm, "trial": "First trial"}
        assert told["version"] == (version if arm == "model" else "rule-1")
        assert pricing.quote(session, lead_id=lead, provider_id=company.id, now=now).arm == arm
    assert "trial" not in receipt(session, before) and receipt(session, before)["version"] == version
    now_stands = pricing.reading(session, actor=ANALYST, trial_id=trial.id, now=now)
    assert now_stands.model.drawn + now_stands.rule.drawn == 40 and now_stands.model.over == 0 and now_stands.verdict is None


def test_it_is_decided_by_what_listings_earned_in_their_window_and_the_winner_prices_on(session: Session, now: datetime) -> None:
    version, where = champion(session, now), place(session, now)
    trial = start(session, now)
    leads = [listed(session, now, where) for _ in range(400)]
    pricing.reprice(session, leads, now=now)
    company = builders.a_provider(session, now)
    for number, lead in enumerate(leads):
        worth = 2 if trial.arm_of(lead) == "rule" else 10  # the rule sells every second listing, the model every tenth
        if number % worth == 0:
            sell(session, lead, where[0], company.id, at=now + timedelta(days=1))
        elif number % worth == 1:  # too late: it does not count
            sell(session, lead, where[0], company.id, at=now + timedelta(days=8))
    assert pricing.judge_running(session, now=now + timedelta(days=6)) is None  # no window is over yet
    ended = pricing.judge_running(session, now=now + timedelta(days=7))
    assert ended is not None and (ended.winner, ended.reason) in {("rule", "worse"), ("rule", "guard")}
    assert ended.figures["sold"]["high"] < 0 and ended.figures["rule"]["sold"] == pytest.approx(0.5, abs=0.2)
    later = now + timedelta(days=8)
    fresh = listed(session, later, where, version)
    pricing.reprice(session, [fresh], now=later)
    assert receipt(session, fresh)["version"] == "rule-1" and "trial" not in receipt(session, fresh)
    champion(session, later)  # another version has not lost anything yet
    pricing.suggest(session, [Estimate(fresh, (Line("typical", "Typical", 7_000),), "price-2")], now=later)
    pricing.reprice(session, [fresh], now=later)
    assert receipt(session, fresh)["version"] == "price-2"


def sell(session: Session, lead: UUID, niche: Niche, company: UUID, *, at: datetime) -> None:
    session.execute(
        text("update slot set state = 'sold', provider_id = :p where lead_id = :l and slot_no = 1"), {"p": company, "l": lead}
    )
    builders.fund(session, at, company, 5000)
    sale = uuid7()
    paid = ledger.post(
        session, actor=SYSTEM, debit=ledger.wallet_account(session, company),
        credit=ledger.house_account(session, "revenue", now=at), amount_cents=5000, kind="lead_charge",
        idempotency_key=f"sale:{lead}:{company}", reference_type="assignment", reference_id=sale, now=at,
    )  # fmt: skip
    session.execute(
        text("""insert into assignment
                  (id, lead_id, provider_id, slot_no, channel, niche_id, price_cents, assigned_at, transfer_id)
                values (:id, :l, :p, 1, 'marketplace', :n, 5000, :at, :t)"""),
        {"id": sale, "l": lead, "p": company, "n": niche.id, "at": at, "t": paid.id},
    )


def test_another_model_in_force_ends_the_trial(session: Session, now: datetime) -> None:
    champion(session, now)
    start(session, now)
    champion(session, now)
    ended = pricing.judge_running(session, now=now)
    assert ended is not None and (ended.reason, ended.winner) == ("superseded", None)
