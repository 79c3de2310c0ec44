"""What a provider does with a lead it has bought: looks, takes or refuses it, works on it, judges it.

A pure function of who bought what and when, so that a history that was interrupted goes on as it would have.
"""

import math
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from demo.companies import Company
from demo.requests import Request
from demo.rhythm import office_moment
from demo.words import words

Outcome = Literal["contacted", "appointment", "won", "lost"]

# What a won lead is worth, in cents: median and spread (log-normal) by niche.
WORTH = {"home-seller": (980_000, 0.35), "home-buyer": (840_000, 0.35), "roofing": (1_150_000, 0.45), "hvac": (420_000, 0.8)}
EASE = {"home-seller": -2.1, "home-buyer": -2.2, "roofing": -1.4, "hvac": -1.0}  # log-odds of winning an average lead


@dataclass(frozen=True, slots=True)
class Reaction:
    """The steps of one assignment and their moments; a step that was not taken, or not yet, has none."""

    viewed_at: datetime | None = None
    decision: Literal["accepted", "rejected"] | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    outcomes: tuple[tuple[datetime, Outcome, int | None], ...] = ()  # moment, outcome, worth in cents when won
    rated_at: datetime | None = None
    rating: int | None = None
    noted_at: datetime | None = None
    note: str | None = None


def reaction_to(request: Request, company: Company, *, assigned_at: datetime, buyers: int, now: datetime, seed: int) -> Reaction:
    """How ``company`` deals with a request that ``buyers`` companies were given; nothing happens after ``now``."""
    rng = random.Random(f"{seed}:{request.number}:{company.number}")
    viewed = office_moment(rng, assigned_at, timezone=request.timezone, mean_minutes=company.minutes_to_open)
    if rng.random() < 0.06 or viewed > now:
        return Reaction()
    decided = viewed + timedelta(minutes=rng.expovariate(1 / 25))
    if rng.random() < 0.08 or decided > now:
        return Reaction(viewed_at=viewed)
    if rng.random() < _refusal(request, company):
        return _refused(rng, request, viewed, decided, now)
    return _worked_on(rng, request, company, viewed, decided, buyers=buyers, waited=decided - assigned_at, now=now)


def _refusal(request: Request, company: Company) -> float:
    return 0.85 if request.household is None else company.pickiness * (1.25 - request.appeal)


def _refused(rng: random.Random, request: Request, viewed: datetime, decided: datetime, now: datetime) -> Reaction:
    reasons = words("replies")["scripts" if request.household is None else "reasons"]
    rated = decided + timedelta(minutes=rng.uniform(1, 30)) if rng.random() < 0.25 else None
    return Reaction(
        viewed_at=viewed,
        decision="rejected",
        decided_at=decided,
        reason=rng.choice(reasons),
        rated_at=rated if rated and rated <= now else None,
        rating=rng.choice((1, 1, 1, 2, 2)),
    )


def _worked_on(
    rng: random.Random,
    request: Request,
    company: Company,
    viewed: datetime,
    decided: datetime,
    *,
    buyers: int,
    waited: timedelta,
    now: datetime,
) -> Reaction:
    outcomes = _outcomes(rng, request, company, decided, buyers=buyers, waited=waited)
    happened = tuple(step for step in outcomes if step[0] <= now)
    last_at, last, _ = happened[-1] if happened else (decided, "contacted", None)
    noted = last_at + timedelta(minutes=rng.uniform(1, 40)) if happened and rng.random() < 0.25 else None
    rated = last_at + timedelta(hours=rng.uniform(0.1, 30)) if happened and rng.random() < 0.4 else None
    liking = {"contacted": 3.0, "appointment": 3.7, "won": 4.5, "lost": 2.9}[last] + (request.appeal - 0.5) * 2
    return Reaction(
        viewed_at=viewed,
        decision="accepted",
        decided_at=decided,
        outcomes=happened,
        rated_at=rated if rated and rated <= now else None,
        rating=min(5, max(1, round(rng.gauss(liking, 0.7)))),
        noted_at=noted if noted and noted <= now else None,
        note=rng.choice(words("replies")["notes"][last]),
    )


def _outcomes(
    rng: random.Random, request: Request, company: Company, decided: datetime, *, buyers: int, waited: timedelta
) -> list[tuple[datetime, Outcome, int | None]]:
    """Up to two recorded steps; most companies write down only how it ended."""
    if rng.random() < 0.4:
        return []
    ends = decided + timedelta(days=rng.lognormvariate(1.6, 0.7))
    step: Outcome = rng.choice(("contacted", "contacted", "appointment"))
    steps: list[tuple[datetime, Outcome, int | None]] = []
    if rng.random() < 0.2:
        steps.append((decided + (ends - decided) * rng.uniform(0.02, 0.4), step, None))
    if rng.random() < _chance(request, company, buyers=buyers, waited=waited):
        median, spread = WORTH[request.niche]
        return [*steps, (ends, "won", 10_000 * round(median * rng.lognormvariate(0, spread) / 10_000))]
    return [*steps, (ends, "lost", None)] if rng.random() < 0.75 else steps


def _chance(request: Request, company: Company, *, buyers: int, waited: timedelta) -> float:
    """Probability of winning: readier people, quicker calls, better sellers and fewer rivals win more."""
    late = math.log1p(waited / timedelta(minutes=30))
    odds = EASE[request.niche] + 7.0 * (request.appeal - 0.5) + company.skill - 0.3 * late - 0.25 * (buyers - 1)
    return 1 / (1 + math.exp(-odds))
