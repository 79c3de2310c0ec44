"""Asking the models in force, from jobs: a champion is loaded once per process, a promotion is seen within a minute, and
whatever fails leaves the written rules in force, counted and logged (SPEC 10.4).

Nothing heavy is imported until a model is in force.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from core import advice, scoring
from core.advice import InForce, Version
from core.kit import metrics
from core.scoring import Case, Kind, Scored

LOOK_AGAIN_S = 30.0
_log = structlog.get_logger(__name__)


class Serving:
    """What this process has loaded. ``clock`` is seconds that only go forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._force: Mapping[str, InForce] = {}
        self._looked: float | None = None
        self._models: dict[UUID, Any] = {}
        self._broken: dict[UUID, float] = {}

    def judge(self, session: Session, case: Case, *, now: datetime) -> dict[Kind, Scored]:
        """Fraud and quality of a lead: by the champions, by the rules where there is none or it fails. Challengers are
        listened to; what both say is written down."""
        rules: dict[Kind, Scored] = {"fraud": scoring.fraud(case.signals), "quality": scoring.quality(case.signals)}
        return {kind: self._ask(session, case, kind, now) or by_rule for kind, by_rule in rules.items()}

    def model(self, session: Session, name: str) -> tuple[Version, Any] | None:
        """The champion of a model with its version, or ``None`` for the written rule."""
        champion = self._in_force(session, name).champion
        loaded = self._load(champion) if champion else None
        return (champion, loaded) if champion and loaded else None

    def _ask(self, session: Session, case: Case, kind: Kind, now: datetime) -> Scored | None:
        force = self._in_force(session, kind)
        answer = None
        for role, version in (("champion", force.champion), ("challenger", force.challenger)):
            scored = self._score(version, case) if version else None
            if version and scored:
                advice.note(session, lead_id=case.lead_id, version_id=version.id, role=role, value=scored.value, now=now)
                answer = scored if role == "champion" else answer
        return answer

    def _score(self, version: Version, case: Case) -> Scored | None:
        served = self._load(version)
        if served is None:
            return None
        try:
            from ml.cases import facts_of

            facts = facts_of(asdict(case.signals), niche=case.niche, market=case.market, source=case.source, at=case.at)
            value, reasons = served.score(facts)
            if not 0 <= value <= (100 if version.model == "quality" else 1):  # nor is NaN
                raise ValueError("no score")
            return Scored(value, reasons, version.name)
        except Exception as error:
            self._fail(version, "answer", error)
            return None

    def _in_force(self, session: Session, name: str) -> InForce:
        if self._looked is None or self._clock() - self._looked >= LOOK_AGAIN_S:
            self._force, self._looked = advice.in_force(session), self._clock()
            wanted = {v.id for force in self._force.values() for v in (force.champion, force.challenger) if v}
            self._models = {key: model for key, model in self._models.items() if key in wanted}
        return self._force.get(name, InForce())

    def _load(self, version: Version) -> Any:
        if version.id in self._models:
            return self._models[version.id]
        if self._clock() < self._broken.get(version.id, float("-inf")):
            metrics.MODEL_FALLBACKS.labels(version.model, "broken").inc()
            return None
        try:
            from ml import registry

            self._models[version.id] = registry.read(version)
            return self._models[version.id]
        except Exception as error:
            self._fail(version, "load", error)
            return None

    def _fail(self, version: Version, step: str, error: Exception) -> None:
        """Whatever a model's file does, intake goes on by the rules; the model is tried again in a minute."""
        self._broken[version.id] = self._clock() + 60.0
        self._models.pop(version.id, None)
        metrics.MODEL_FALLBACKS.labels(version.model, step).inc()
        _log.warning("model_fallback", model=version.name, step=step, error=type(error).__name__)


serving = Serving()
