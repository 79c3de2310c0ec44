"""Whether the leads of now are still like those a model learned from: PSI per fact and of what it says (SPEC 10.6)."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from core import advice
from core.advice import Version
from core.kit.actor import STAFF, Actor
from core.kit.cache import cached
from ml import pricing_past, registry
from ml.cases import FACTS, Cases, from_exchange
from ml.measures import psi, psi_of_values

LEAST = 50
LOOKED_AT = 20_000  # leads, or days at a price, at most: the latest
KEPT = timedelta(hours=1)
CALENDAR = ("month",)  # it moves by itself, whatever leads are like
Verdict = Literal["steady", "moving", "moved"]


@dataclass(frozen=True, slots=True)
class Drift:
    """One fact, or ``score`` for what the model says: its stability index, and that in a word."""

    name: str
    psi: float

    @property
    def verdict(self) -> Verdict:
        """Below 0.1 steady, from 0.25 moved."""
        return "steady" if self.psi < 0.1 else "moving" if self.psi < 0.25 else "moved"


def drift(session: Session, *, actor: Actor, model: str, now: datetime) -> list[Drift]:
    """The champion's facts and scores before its cut-off against those after it, the most moved first; staff only. Of the
    latest 20,000, kept for an hour.

    Empty without a champion, or while fewer than 50 have come since.
    """
    actor.require(*STAFF)
    champion = advice.in_force(session).get(model, advice.InForce()).champion
    if champion is None:
        return []
    measure = _prices if model == "price" else _leads
    found = cached(
        f"drift:{champion.id}", lambda: [asdict(each) for each in measure(session, actor, champion, now)], now=now, keep=KEPT
    )
    return [Drift(**each) for each in found.value]


def between(before: Cases, after: Cases, name: str) -> float:
    """The stability index of one fact between two sets of cases."""
    one, two = before.table[name], after.table[name]
    if one.kind == "number":
        return psi(one.numbers, two.numbers)
    return psi_of_values(list(one.values), list(two.values))


def _leads(session: Session, actor: Actor, champion: Version, now: datetime) -> list[Drift]:
    cases = from_exchange(session, actor=actor, until=now, most=LOOKED_AT)
    learned = cases.order <= champion.cut_off.timestamp()
    before, after = cases.take(learned), cases.take(~learned)
    if min(len(before.order), len(after.order)) < LEAST:
        return []
    blend = registry.load(champion).blend
    score = Drift("score", registry.working(lambda: psi(blend.predict(before.table), blend.predict(after.table))))
    return _ordered([score, *(Drift(name, between(before, after, name)) for name in FACTS if name not in CALENDAR)])


def _prices(session: Session, actor: Actor, champion: Version, now: datetime) -> list[Drift]:
    """Days at a price: their facts, what was asked against the going rate, and the chance of a sale that the curve gives."""
    days = pricing_past.gather(session, actor=actor, until=now, most=LOOKED_AT)
    before, after = ([day for day in days if (day.at <= champion.cut_off) == learned] for learned in (True, False))
    if min(len(before), len(after)) < LEAST:
        return []
    curve = registry.read(champion)
    one, two = pricing_past.columns(before), pricing_past.columns(after)
    score = Drift("score", psi(pricing_past.chances(curve, before), pricing_past.chances(curve, after)))
    return _ordered([score, *(Drift(name, psi(one[name], two[name])) for name in one)])


def _ordered(found: list[Drift]) -> list[Drift]:
    return sorted(found, key=lambda each: -each.psi)
