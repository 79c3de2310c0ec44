"""Whether the leads of now are still like those a model learned from: PSI per fact and of what it says (SPEC 10.6)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from core import advice
from core.kit.actor import STAFF, Actor
from ml import registry
from ml.cases import FACTS, Cases, from_exchange
from ml.measures import psi, psi_of_values

LEAST = 50
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
    """The champion's facts and scores before its cut-off against those after it, the most moved first; staff only.

    Empty without a champion, or while fewer than 50 leads have come since.
    """
    actor.require(*STAFF)
    champion = advice.in_force(session).get(model, advice.InForce()).champion
    if champion is None:
        return []
    cases = from_exchange(session, actor=actor, until=now)
    learned = cases.order <= champion.cut_off.timestamp()
    before, after = cases.take(learned), cases.take(~learned)
    if min(len(before.order), len(after.order)) < LEAST:
        return []
    blend = registry.load(champion).blend
    found = [Drift("score", psi(blend.predict(before.table), blend.predict(after.table)))]
    found += [Drift(name, between(before, after, name)) for name in FACTS]
    return sorted(found, key=lambda each: -each.psi)


def between(before: Cases, after: Cases, name: str) -> float:
    """The stability index of one fact between two sets of cases."""
    one, two = before.table[name], after.table[name]
    if one.kind == "number":
        return psi(one.numbers, two.numbers)
    return psi_of_values(list(one.values), list(two.values))
