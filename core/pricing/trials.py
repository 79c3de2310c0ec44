"""Trials of prices: each new listing is priced by the model or by the written rule, drawn by its id, until a test that may be
looked at any time decides (SPEC 10.6, docs/adr/0025). Every company sees the same price of a listing."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import advice, audit
from core.kit.actor import STAFF, SYSTEM, Actor
from core.kit.db import Json
from core.kit.ids import uuid7
from core.pricing.errors import NoModelToTry, NoTrial, TrialInvalid, TrialRunning
from core.pricing.sequential import Bounds, Sums, difference

Arm = Literal["model", "rule"]
LEAST = 50  # listings of each arm whose window is over, before anything is decided
LONGEST = timedelta(days=90)
LESS_SOLD = 0.10  # the guard: a model that surely sells a tenth of all listings less is stopped, whatever it earns
_COLUMNS = (
    "id, name, version, model_percent, window_days, planned, started_by, started_at, ended_at, winner, reason, memo, figures"
)


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial: the version that is tried, which share of listings it prices, and for how many days a listing counts.

    ``winner`` prices from its end on, until another version is in force; ``figures`` are those of its end."""

    id: UUID
    name: str
    version: str
    model_percent: int
    window_days: int
    planned: int
    started_by: UUID
    started_at: datetime
    ended_at: datetime | None
    winner: Arm | None
    reason: str | None
    memo: str
    figures: Json

    def arm_of(self, lead_id: UUID) -> Arm:
        """Which way prices this listing: the same answer every time, and independent of other trials."""
        drawn = int.from_bytes(sha256(f"{self.id}:{lead_id}".encode()).digest()[:8])
        return "model" if drawn % 10_000 < self.model_percent * 100 else "rule"


@dataclass(frozen=True, slots=True)
class Drawn:
    """Which way prices a listing; ``trial`` names the one that drew it, and is empty when an earlier one decided."""

    arm: Arm
    trial: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """One arm: listings drawn, those whose window is over, what these earned each in cents, and the share of them sold."""

    drawn: int
    over: int
    earned_cents: float
    sold: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A trial as it stands: both arms, and model less rule in cents a listing and in share sold, with sure bounds."""

    model: Side
    rule: Side
    earned: Bounds
    sold: Bounds

    @property
    def verdict(self) -> tuple[Arm, str] | None:
        """Who won and why, or ``None`` while it goes on: the stopping rule."""
        if min(self.model.over, self.rule.over) < LEAST:
            return None
        if self.sold.high < -LESS_SOLD:
            return "rule", "guard"
        if self.earned.low > 0:
            return "model", "better"
        return ("rule", "worse") if self.earned.high < 0 else None


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
    champion = advice.in_force(session).get("price", advice.InForce()).champion
    if champion is None:
        raise NoModelToTry
    if not (
        3 <= len(name.strip()) <= 100 and 10 <= model_percent <= 90 and 1 <= window_days <= 30 and 100 <= planned <= 1_000_000
    ):
        raise TrialInvalid
    session.execute(text("select pg_advisory_xact_lock(hashtextextended('price trial', 0))"))
    if running(session) is not None:
        raise TrialRunning
    row = {
        "id": uuid7(), "name": name.strip(), "version": champion.name, "percent": model_percent, "days": window_days,
        "planned": planned, "by": actor.user_id, "now": now,
    }  # fmt: skip
    session.execute(
        text("""insert into price_trial (id, name, version, model_percent, window_days, planned, started_by, started_at)
                values (:id, :name, :version, :percent, :days, :planned, :by, :now)"""),
        row,
    )
    told: Json = {"name": row["name"], "version": champion.name, "model_percent": model_percent, "window_days": window_days}
    audit.record(session, actor, "price_trial.started", entity_type="price_trial", entity_id=row["id"], after=told, now=now)  # type: ignore[arg-type]
    begun = running(session)
    assert begun is not None, "it was just added"
    return begun


def _check(name: str, model_percent: int, window_days: int, planned: int) -> None:
    fits = 3 <= len(name.strip()) <= 100 and 10 <= model_percent <= 90
    if not (fits and 1 <= window_days <= 30 and 100 <= planned <= 1_000_000):
        raise TrialInvalid


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
    champion = advice.in_force(session).get("price", advice.InForce()).champion
    verdict = reading_of(session, trial, now=now).verdict
    if champion is None or champion.name != trial.version:
        return _end(session, SYSTEM, trial, None, "superseded", now=now)
    if verdict is not None:
        return _end(session, SYSTEM, trial, *verdict, now=now)
    return _end(session, SYSTEM, trial, None, "time", now=now) if now - trial.started_at >= LONGEST else None


def trials(session: Session, *, actor: Actor, most: int = 20) -> list[Trial]:
    """All trials, newest first; staff only."""
    actor.require(*STAFF)
    rows = session.execute(text(f"select {_COLUMNS} from price_trial order by id desc limit :most"), {"most": most})  # noqa: S608 -- constants
    return [Trial(*row) for row in rows]


def reading(session: Session, *, actor: Actor, trial_id: UUID, now: datetime) -> Reading:
    """How a trial stands now; staff only. May be looked at as often as anybody likes. Raises ``NoTrial``."""
    actor.require(*STAFF)
    row = session.execute(text(f"select {_COLUMNS} from price_trial where id = :id"), {"id": trial_id}).one_or_none()  # noqa: S608 -- constants
    if row is None:
        raise NoTrial
    trial = Trial(*row)
    return reading_of(session, trial, now=trial.ended_at or now)


def running(session: Session) -> Trial | None:
    """The trial that goes on, if any."""
    row = session.execute(text(f"select {_COLUMNS} from price_trial where ended_at is null")).one_or_none()  # noqa: S608 -- constants
    return None if row is None else Trial(*row)


def arms(session: Session, lead_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, Drawn]:
    """Which way prices these listings, where a trial has a say: those it drew, drawing new ones; after a verdict on the
    version in force, the winner for all."""
    trial = running(session)
    if trial is None:
        verdict = _verdict(session)
        return {} if verdict is None else dict.fromkeys(lead_ids, Drawn(verdict))
    _draw(session, trial, lead_ids, now=now)
    rows = session.execute(
        text("select lead_id, arm from price_trial_listing where trial_id = :trial and lead_id = any (:leads)"),
        {"trial": trial.id, "leads": list(lead_ids)},
    )
    return {row.lead_id: Drawn(row.arm, trial.name) for row in rows}


def _draw(session: Session, trial: Trial, lead_ids: Sequence[UUID], *, now: datetime) -> None:
    fresh = session.scalars(
        text("""select i.lead_id from listing i where i.lead_id = any (:leads) and i.opened_at >= :since and i.state = 'open'
                   and not exists (select from price_trial_listing t where t.lead_id = i.lead_id)"""),
        {"leads": list(lead_ids), "since": trial.started_at},
    ).all()
    if fresh:
        session.execute(
            text("""insert into price_trial_listing (lead_id, trial_id, arm, at) values (:lead, :trial, :arm, :now)
                    on conflict do nothing"""),
            [{"lead": lead, "trial": trial.id, "arm": trial.arm_of(lead), "now": now} for lead in fresh],
        )


def _verdict(session: Session) -> Arm | None:
    """Who won the latest trial of the price model that is in force."""
    arm: Arm | None = session.execute(
        text("""select t.winner from price_trial t
                  join model_role r on r.model = 'price' and r.role = 'champion'
                  join model_version v on v.id = r.version_id and t.version = v.model || '-' || v.number
                 where t.winner is not null order by t.id desc limit 1""")
    ).scalar_one_or_none()
    return arm


# What a listing earned on the marketplace within its window: sales that were not paid back. Counted once the window is over.
_SUMS = text("""
    with each as (
      select t.arm, i.opened_at + make_interval(days => :days) <= cast(:now as timestamptz) as over,
             coalesce(s.cents, 0)::float8 as cents, (s.sales > 0)::int as sold
        from price_trial_listing t join listing i on i.lead_id = t.lead_id
        left join lateral (
          select sum(a.price_cents) as cents, count(*) as sales from assignment a
           where a.lead_id = t.lead_id and a.channel = 'marketplace' and a.refunded_at is null
             and a.assigned_at < i.opened_at + make_interval(days => :days)) s on true
       where t.trial_id = :trial
    )
    select arm, count(*) as drawn, count(*) filter (where over) as n, coalesce(sum(cents) filter (where over), 0) as total,
           coalesce(sum(cents * cents) filter (where over), 0) as squares, coalesce(sum(sold) filter (where over), 0) as sold
      from each group by arm""")


def reading_of(session: Session, trial: Trial, *, now: datetime) -> Reading:
    """How a trial stood at a moment."""
    rows = session.execute(_SUMS, {"trial": trial.id, "days": trial.window_days, "now": now})
    by = {row.arm: row for row in rows}
    sides, earned, sold = {}, {}, {}
    for arm in ("model", "rule"):
        row = by.get(arm)
        earned[arm] = Sums(row.n, row.total, row.squares) if row else Sums(0, 0.0, 0.0)
        sold[arm] = Sums(row.n, float(row.sold), float(row.sold)) if row else Sums(0, 0.0, 0.0)
        sides[arm] = Side(row.drawn if row else 0, earned[arm].n, earned[arm].mean, sold[arm].mean)
    return Reading(
        sides["model"], sides["rule"], difference(earned["model"], earned["rule"], planned=trial.planned),
        difference(sold["model"], sold["rule"], planned=trial.planned),
    )  # fmt: skip


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
    row = session.execute(text(f"select {_COLUMNS} from price_trial where id = :id"), {"id": trial.id}).one()  # noqa: S608 -- constants
    return Trial(*row)


def _finite(told: Json) -> Json:
    """Bounds that know nothing yet are left out: JSON has no infinity."""
    for name in ("earned", "sold"):
        told[name] = {key: value for key, value in told[name].items() if abs(value) != float("inf")}
    return told
