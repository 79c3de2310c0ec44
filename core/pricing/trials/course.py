"""The course of a trial: started by a person, ended by one, by another version in force, or by what it found."""

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import advice, audit
from core.kit.actor import STAFF, SYSTEM, Actor
from core.kit.db import Json
from core.kit.ids import uuid7
from core.pricing.errors import NoModelToTry, NoTrial, TrialInvalid, TrialRunning
from core.pricing.trials import trial as kept
from core.pricing.trials.reading import Reading, reading_of
from core.pricing.trials.trial import Arm, Trial, running

LONGEST = timedelta(days=90)


def start_trial(
    session: Session,
    *,
    actor: Actor,
    name: str,
    model_percent: int = 50,
    window_days: int = 7,
    planned: int = 1000,
    now: datetime,
) -> Trial:
    """Try the price model in force against the written rule on listings that open from now on; admins and scientists.

    Raises ``NoModelToTry``, ``TrialRunning`` or ``TrialInvalid``.
    """
    actor.require("admin", "scientist")
    champion = _champion(session)
    if champion is None:
        raise NoModelToTry
    wanted: Json = {
        "name": name.strip(), "version": champion.name, "model_percent": model_percent, "window_days": window_days
    }  # fmt: skip
    _check(name.strip(), model_percent, window_days, planned)
    session.execute(text("select pg_advisory_xact_lock(hashtextextended('price trial', 0))"))
    if running(session) is not None:
        raise TrialRunning
    trial_id = _add(session, actor, wanted | {"planned": planned}, now)
    audit.record(session, actor, "price_trial.started", entity_type="price_trial", entity_id=trial_id, after=wanted, now=now)
    return kept.find(session, trial_id)


def stop_trial(session: Session, *, actor: Actor, memo: str, now: datetime) -> Trial:
    """End the running trial without a winner: the model in force prices on. Raises ``NoTrial``."""
    actor.require("admin", "scientist")
    trial = running(session)
    if trial is None:
        raise NoTrial
    return _end(session, actor, trial, None, "stopped", memo=memo, now=now)


def supersede(session: Session, *, actor: Actor, now: datetime) -> None:
    """End the running trial because another version, or the rule, was put in force."""
    trial = running(session)
    if trial is not None:
        _end(session, actor, trial, None, "superseded", now=now)


def judge_running(session: Session, *, now: datetime) -> Trial | None:
    """Look at the running trial and end it when the stopping rule says so, or after 90 days; returns it when it ended."""
    trial = running(session)
    if trial is None:
        return None
    champion = _champion(session)
    verdict = reading_of(session, trial, now=now).verdict
    if champion is None or champion.name != trial.version:
        return _end(session, SYSTEM, trial, None, "superseded", now=now)
    if verdict is not None:
        return _end(session, SYSTEM, trial, *verdict, now=now)
    return _end(session, SYSTEM, trial, None, "time", now=now) if now - trial.started_at >= LONGEST else None


def trials(session: Session, *, actor: Actor, most: int = 20) -> list[Trial]:
    """All trials, newest first; staff only."""
    actor.require(*STAFF)
    return kept.newest(session, most)


def reading(session: Session, *, actor: Actor, trial_id: UUID, now: datetime) -> Reading:
    """How a trial stands now; staff only. May be looked at as often as anybody likes. Raises ``NoTrial``."""
    actor.require(*STAFF)
    trial = kept.find(session, trial_id)
    return reading_of(session, trial, now=trial.ended_at or now)


def _champion(session: Session) -> advice.Version | None:
    return advice.in_force(session).get("price", advice.InForce()).champion


def _check(name: str, model_percent: int, window_days: int, planned: int) -> None:
    named = 3 <= len(name) <= 100
    if not (named and 10 <= model_percent <= 90 and 1 <= window_days <= 30 and 100 <= planned <= 1_000_000):
        raise TrialInvalid


def _add(session: Session, actor: Actor, wanted: Json, now: datetime) -> UUID:
    row = wanted | {"id": uuid7(), "by": actor.user_id, "now": now}
    added: UUID = session.execute(
        text("""insert into price_trial (id, name, version, model_percent, window_days, planned, started_by, started_at)
                values (:id, :name, :version, :model_percent, :window_days, :planned, :by, :now) returning id"""),
        row,
    ).scalar_one()
    return added


def _end(
    session: Session, actor: Actor, trial: Trial, winner: Arm | None, reason: str, *, memo: str = "", now: datetime
) -> Trial:
    figures = json.dumps(_finite(asdict(reading_of(session, trial, now=now))))
    session.execute(
        text("""update price_trial set ended_at = :now, winner = :winner, reason = :reason, memo = :memo,
                  figures = cast(:figures as jsonb) where id = :id and ended_at is null"""),
        {"id": trial.id, "winner": winner, "reason": reason, "memo": memo.strip(), "figures": figures, "now": now},
    )
    told: Json = {"winner": winner, "reason": reason}
    audit.record(
        session, actor, "price_trial.ended", entity_type="price_trial", entity_id=trial.id, after=told, memo=memo or None, now=now
    )
    return kept.find(session, trial.id)


def _finite(told: Json) -> Json:
    """Bounds that know nothing yet are left out: JSON has no infinity."""
    for name in ("earned", "sold"):
        told[name] = {key: value for key, value in told[name].items() if abs(value) != float("inf")}
    return told
