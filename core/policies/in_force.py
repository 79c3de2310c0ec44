"""What holds for a niche in a state at a moment, from memory: intake asks for each request and pays no query for it.

All periods of the exchange are a few hundred rows. They are read again after some seconds, and a policy begins two minutes
after it was added at the earliest, so what is remembered is never behind.
"""

import time
from bisect import bisect_right
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from core.kit.db import engine_of

CACHE_S = 5.0

_PERIODS = text("""
    select niche_id, state, from_at, consent_days, consent_phone, consent_named, list_age_days, resale_days, dedupe_days,
           call_from, call_until, retain_days, policy_ids from policy_period order by niche_id, state, from_at""")


@dataclass(frozen=True, slots=True)
class InForce:
    """The rules of one niche in one state at one moment; ``None`` where no policy speaks. Days, or minutes after midnight."""

    consent_days: int | None = None
    consent_phone: int | None = None
    consent_named: int | None = None
    list_age_days: int | None = None
    resale_days: int | None = None
    dedupe_days: int | None = None
    call_from: int | None = None
    call_until: int | None = None
    retain_days: int | None = None
    policy_ids: tuple[UUID, ...] = ()


NONE = InForce()
_VALUES = [field.name for field in fields(InForce) if field.name != "policy_ids"]
_Periods = dict[tuple[UUID, str], tuple[list[datetime], list[InForce]]]
_seen: WeakKeyDictionary[Any, tuple[float, _Periods]] = WeakKeyDictionary()


def in_force(session: Session, *, niche_id: UUID, state: str, at: datetime) -> InForce:
    """The rules for a niche in a state (two letters) at a moment."""
    starts, rules = _periods(session).get((niche_id, state), ([], []))
    place = bisect_right(starts, at)
    return rules[place - 1] if place else NONE


def changed(session: Session) -> None:
    """This transaction added a policy: it reads past what is remembered, and others read anew once it commits."""
    session.info["policies_changed"] = True


def _periods(session: Session) -> _Periods:
    if session.info.get("policies_changed"):
        return _read(session)
    engine = engine_of(session)
    known = _seen.get(engine)
    if known is None or time.monotonic() - known[0] > CACHE_S:
        known = _seen[engine] = (time.monotonic(), _read(session))
    return known[1]


def _read(session: Session) -> _Periods:
    found: _Periods = {}
    for row in session.execute(_PERIODS):
        starts, rules = found.setdefault((row.niche_id, row.state), ([], []))
        starts.append(row.from_at)
        values = {name: row._mapping[name] for name in _VALUES}
        rules.append(InForce(**values, policy_ids=tuple(row.policy_ids)))
    return found


@event.listens_for(Session, "after_commit")
def _forget(session: Session) -> None:
    if session.info.pop("policies_changed", False):
        _seen.pop(engine_of(session), None)
