"""From cases to a version in force: train, test on a hold-out, log, register, compare, promote (SPEC 10.5, 10.6)."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import numpy as np
import structlog
from sqlalchemy.orm import Session

from core import advice, pricing
from core.advice import Comparison, Version
from core.kit.actor import Actor
from core.kit.errors import Invalid
from ml import fraud, progress, quality, tracking
from ml.cases import Cases, from_exchange
from ml.errors import BrokenModel, TooFewRows
from ml.judging import by_rule, earlier_and_later
from ml.measures import auc, finite
from ml.served import Served, typical_of

JUDGES = {"fraud": fraud, "quality": quality}
COMPARED = 20_000  # leads at most, the latest, that two versions are asked about while somebody waits
MODELS = ("fraud", "quality", "price", "recommend")
T = TypeVar("T")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Trained:
    """A model that is logged but not yet known to the exchange."""

    model: str
    run_id: str
    sha256: str
    snapshot: str
    figures: dict[str, Any]


def train(cases: Cases, model: str, *, seed: int = 0) -> Trained:
    """Learn from the earlier three quarters, test on the later ones, log the run with the model (no transaction is needed).

    Raises ``TooFewRows`` in words when there is not enough history.
    """
    judge = _judge(model)
    early, late = earlier_and_later(cases)
    with progress.part(f"Learning from {len(early.order):,} leads", 0.05, 0.75):
        blend = judge.train(early, seed=seed)
    with progress.part(f"Testing on {len(late.order):,} later leads", 0.75, 0.9):
        figures = judge.evaluate(blend, _testable(late, model))
    served = Served(model, blend, typical_of(early))
    data = pickle.dumps(served)
    plain = {f"{who}_{key}": figures[who][key] for who in ("model", "rule") for key in ("auc", "brier", "calibration_error")}
    with progress.part("Keeping the run", 0.9, 1.0):
        run_id = tracking.log_run(
            model,
            name=f"{model} until {cases.cut_off[:16]}",
            parameters={"seed": seed, "rows": len(early.order), "origin": cases.origin},
            figures=plain,
            documents={"figures.json": figures, "card.json": card(model, cases, figures)},
            tags={"snapshot": cases.fingerprint, "cut_off": cases.cut_off},
            model=served,
            registered=f"hotleads-{model}",
            example=served.typical,
        )
    return Trained(model, run_id, tracking.sha256(data), cases.fingerprint, figures)


def card(model: str, cases: Cases, figures: dict[str, Any]) -> dict[str, Any]:
    """What a person should know before relying on the model."""
    return {
        "model": model,
        "what_for": {"fraud": "Order review and refuse scripts; never the only reason to refuse a person.",
                     "quality": "Order leads and price listings by how likely they end well."}[model],
        "learned_from": {"origin": cases.origin, "cut_off": cases.cut_off, "snapshot": cases.fingerprint},
        "rows": len(cases.order),
        "not_looked_at": "Contact data, ZIP code or area, and anything that stands for a protected class.",
        "held_out": {key: figures[key] for key in ("model", "rule")},
        "slices": figures["slices"],
        "falls_back_to": "The written rule, when the file is broken or absent.",
    }  # fmt: skip


def gather(session: Session, *, actor: Actor, model: str, until: datetime) -> Callable[[int], Trained]:
    """Read what a model learns from; the answer trains it with a seed, and needs no transaction any more."""
    if model == "price":
        from ml import pricing_past

        past = pricing_past.gather(session, actor=actor, until=until)
        return lambda seed: pricing_past.train(past, until=until, seed=seed)
    if model == "recommend":
        from ml import recommend_past

        heard = recommend_past.gather(session, actor=actor, until=until)
        return lambda seed: recommend_past.train(heard, until=until, seed=seed)
    _judge(model)
    cases = from_exchange(session, actor=actor, until=until)
    return lambda seed: train(cases, model, seed=seed)


def enter(session: Session, *, actor: Actor, trained: Trained, cut_off: datetime, now: datetime) -> Version:
    """Make a trained model the challenger. A figure that can't be told, such as the AUC where all ended alike, is none."""
    return advice.register(
        session, actor=actor, model=trained.model, run_id=trained.run_id, sha256=trained.sha256, snapshot=trained.snapshot,
        cut_off=cut_off, figures=finite(trained.figures), now=now,
    )  # fmt: skip


def retrain(session: Session, *, actor: Actor, model: str, now: datetime, seed: int = 0) -> Version:
    """Train on the exchange's history up to now; the new version is the challenger. Raises ``TooFewRows``."""
    trained = gather(session, actor=actor, model=model, until=now)(seed)
    return enter(session, actor=actor, trained=trained, cut_off=now, now=now)


def compare(session: Session, *, actor: Actor, version_id: UUID, now: datetime) -> Comparison:
    """A version and what is in force on the same hold-out: leads that came after the candidate's cut-off when enough have
    ended, else the latest quarter of the history; by AUC."""
    candidate = advice.version(session, version_id)
    if candidate.model == "price":
        from ml import pricing_past

        return pricing_past.compare(session, actor=actor, version=candidate, now=now)
    if candidate.model == "recommend":
        from ml import recommend_past

        return recommend_past.compare(session, actor=actor, version=candidate, now=now)
    cases = from_exchange(session, actor=actor, until=now, most=COMPARED)
    hold_out = _hold_out(cases, candidate)
    truth = hold_out.labels(candidate.model)
    said = working(lambda: load(candidate).blend.predict(hold_out.table))
    standing, name = standing_of(
        session, candidate, lambda version: load(version).blend.predict(hold_out.table),
        lambda: by_rule(hold_out, candidate.model), rule="the written rule",
    )  # fmt: skip
    return Comparison("auc", auc(truth, said), auc(truth, standing), name, hold_out.fingerprint)


def working(ask: Callable[[], T]) -> T:
    """What a model's file answers; whatever goes wrong with it is said in words (``BrokenModel``)."""
    try:
        return ask()
    except Exception as error:
        raise BrokenModel from error


def standing_of(
    session: Session, candidate: Version, ask: Callable[[Version], T], by_rule: Callable[[], T], *, rule: str
) -> tuple[T, str]:
    """What a candidate is compared with, and its name: the champion, or the rule when there is none. When the champion's file
    fails, the rule is what answers already, so a version can be promoted over it."""
    champion = advice.in_force(session).get(candidate.model, advice.InForce()).champion
    if champion is None or champion.id == candidate.id:
        return by_rule(), rule
    try:
        return working(lambda: ask(champion)), champion.name
    except BrokenModel:
        return by_rule(), f"{rule} (the file of {champion.name} can't be used)"


def promote(
    session: Session, *, actor: Actor, version_id: UUID, override: str | None = None, memo: str = "", now: datetime
) -> Version:
    """Put a version in force when it is better on the hold-out, or ``override`` says why all the same; MLflow's alias follows
    when MLflow can be reached."""
    comparison = compare(session, actor=actor, version_id=version_id, now=now)
    chosen = advice.promote(
        session, actor=actor, version_id=version_id, comparison=comparison, override=override, memo=memo, now=now
    )
    _prices_follow(session, actor, chosen.model, now=now)
    _alias_follows(chosen.model, chosen.run_id)
    return chosen


def roll_back(session: Session, *, actor: Actor, model: str, memo: str, standing: UUID, now: datetime) -> Version | None:
    """Put in force what was before ``standing``; ``None`` is the written rule. Raises ``OtherInForce``, ``NoEarlierVersion``."""
    earlier = advice.roll_back(session, actor=actor, model=model, memo=memo, standing=standing, now=now)
    _prices_follow(session, actor, model, now=now)
    _alias_follows(model, earlier.run_id if earlier else None)
    return earlier


def _alias_follows(model: str, run_id: str | None) -> None:
    """MLflow shows what is in force here, where it is decided: a store that is down or has lost the run never stands in the
    way of going back."""
    try:
        tracking.set_alias(f"hotleads-{model}", "champion", run_id)
    except Exception as error:
        _log.warning("model_alias", model=model, error=type(error).__name__)


def _prices_follow(session: Session, actor: Actor, model: str, *, now: datetime) -> None:
    """Once another price model, or the rule, is in force, nothing that the one before suggested is taken up any more."""
    if model == "price":
        pricing.forget_suggestions(session)
        pricing.supersede(session, actor=actor, now=now)


def load(version: Version) -> Served:
    """A fraud or quality model; raises when its file is absent, is not the one that was registered, or can't be read."""
    served: Served = read(version)
    return served


def read(version: Version) -> Any:
    """``load`` for any model: its hash was written down by us when it was registered. Raises ``BrokenModel``."""
    return working(lambda: pickle.loads(tracking.fetch(version.run_id, version.sha256)))


def _judge(model: str) -> Any:
    if model not in JUDGES:
        raise Invalid("model.unknown", f"There is no model named {model}. There are: {', '.join(MODELS)}.")
    return JUDGES[model]


def _testable(cases: Cases, model: str) -> Cases:
    known = cases.labels(model)
    if np.nansum(known) < 5 or np.nansum(1 - known) < 5:
        raise TooFewRows(f"Too few of the latest leads have an end that is known to test {model} on. Try again in some weeks.")
    return cases


def _hold_out(cases: Cases, candidate: Version) -> Cases:
    known = cases.take(~np.isnan(cases.labels(candidate.model)))
    later = known.take(known.order > candidate.cut_off.timestamp())
    ended = later.labels(candidate.model)
    if min(ended.sum(), len(ended) - ended.sum()) >= 20:
        return later
    _, late = earlier_and_later(cases)
    return _testable(late.take(~np.isnan(late.labels(candidate.model))), candidate.model)


__all__ = ["MODELS", "Trained", "card", "compare", "enter", "gather", "load", "promote", "read", "retrain", "roll_back", "train"]
