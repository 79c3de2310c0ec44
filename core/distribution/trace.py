"""One compact row per subscription that a run considered, derived after the sale and never in its way (SPEC 4.5, 5.5).

The walk is the engine's own rules on the past as it is kept (``32_why.sql``). What it finds is held against what the
run wrote down itself, so a trace says of itself whether it can be trusted. A trace that can't be written is told in
the log and tried again; the sale is long done.
"""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exc, text
from sqlalchemy.orm import Session

from core.distribution.dues import Due, dues_of, post_dues
from core.distribution.rules import RULES, looked_at
from core.kit.db import Json
from core.kit.logs import logger

AT_ONCE = 500
LOOK_BACK = timedelta(days=2)
# A subscription that stands still is refused for what made it so, where a rule of that name refuses as well: a wallet that
# was filled a moment before lacks nothing.
_STOOD_FOR = {"insufficient_balance": "insufficient_balance", "provider_suspended": "provider_inactive"}

_UNTRACED = text("""
    select r.id from distribution_run r
     where r.id >= first_id(:since) and r.state = 'finished' and r.finished_at <= :now
       and not exists (select from distribution_traced t where t.run_id = r.id)
     order by r.id limit :most""")
_WALK = text("select * from distribution_walk(:run)")
_RECORD = text("""
    select r.niche_id, r.candidates, r.skips,
           array(select a.subscription_id from assignment a where a.lead_id = r.lead_id and a.run_id = r.id order by a.id) as sold
      from distribution_run r where r.id = :run""")
_KEEP = text("""
    insert into distribution_trace (run_id, subscription_id, level_id, place, verdict, rule, value, threshold, also)
    select :run, t.subscription_id, t.level_id, t.place, t.verdict, t.rule, nullif(t.value, 'null'), nullif(t.threshold, 'null'),
           array(select jsonb_array_elements_text(t.also))
      from jsonb_to_recordset(cast(:rows as jsonb)) t (
             subscription_id uuid, level_id uuid, place integer, verdict text, rule text, value jsonb, threshold jsonb,
             also jsonb)
    on conflict do nothing""")
_DONE = text("""
    insert into distribution_traced (run_id, niche_id, agrees, traced_at) values (:run, :niche, :agrees, :now)
    on conflict do nothing""")
# Of one level, which refuses as a whole, no subscription is told.
_OF_LEVELS = ("level_inactive", "no_slot_left", "exclusive_level", "level_full")


@dataclass(frozen=True, slots=True)
class Considered:
    """One subscription in the line of a run: its place, ``won``, ``refused`` or ``stood_still``, and the first rule that
    refused with what it looked at (money in cents); ``also`` names the other rules that did."""

    subscription_id: UUID
    level_id: UUID
    place: int
    verdict: str
    rule: str | None
    value: Any
    threshold: Any
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """Everybody considered, in turn, and what everybody in the line was due; ``agrees``: the run itself wrote down the
    same sales, skips and number looked at."""

    considered: tuple[Considered, ...]
    dues: tuple[Due, ...]
    agrees: bool
    niche_id: UUID


def trace_runs(session: Session, *, now: datetime) -> int:
    """Trace the finished runs that have none yet, each for itself; returns how many were traced (scheduled)."""
    runs = session.scalars(_UNTRACED, {"since": now - LOOK_BACK, "now": now, "most": AT_ONCE}).all()
    return sum(_traced(session, run_id, now) for run_id in runs)


def walk(session: Session, *, run_id: UUID) -> Walk | None:
    """A finished run's walk, worked out anew from what is kept; ``None`` when there is no such run."""
    run = session.execute(_RECORD, {"run": run_id}).one_or_none()
    if run is None:
        return None
    line = session.execute(_WALK, {"run": run_id}).all()
    found = tuple(_considered(row) for row in line if row.place is not None)
    return Walk(found, tuple(dues_of(line)), _agrees(found, run), run.niche_id)


def _traced(session: Session, run_id: UUID, now: datetime) -> bool:
    try:
        with session.begin_nested():
            found = walk(session, run_id=run_id)
            if found is not None:
                session.execute(_KEEP, {"run": run_id, "rows": json.dumps([_kept(one) for one in found.considered])})
                session.execute(_DONE, {"run": run_id, "niche": found.niche_id, "agrees": found.agrees, "now": now})
                post_dues(session, run_id=run_id, dues=found.dues)
    except exc.DBAPIError as error:
        # The next round tries it again; the other runs of this one go on.
        logger().warning("distribution.trace_failed", run_id=str(run_id), error=type(error.orig).__name__)
        return False
    if found is not None and not found.agrees:
        logger().warning("distribution.trace_differs", run_id=str(run_id))
    return True


def _considered(row: Any) -> Considered:
    refused = [rule for rule in RULES if row.refuses[rule.name]]
    if row.won:
        return Considered(row.subscription_id, row.level_id, row.place, "won", None, None, None, ())
    names = [rule.name for rule in refused]
    first = names[0]
    if first == "subscription_inactive" and (reason := _STOOD_FOR.get(row.seen["inactive_reason"])) in names:
        first = reason
    value, threshold = _looked_at(first, row.seen)
    verdict = "refused" if row.standing == "active" else "stood_still"
    also = tuple(name for name in names if name not in (first, "subscription_inactive"))
    return Considered(row.subscription_id, row.level_id, row.place, verdict, first, value, threshold, also)


def _looked_at(name: str, seen: Json) -> tuple[Any, Any]:
    """Value and threshold of a rule; of a filter, what it asks for, since the lead's own answers stay with the lead."""
    rule = next(rule for rule in RULES if rule.name == name)
    known = looked_at(seen)
    if name == "delivery_hours":
        return seen["market_time"][:16], seen["delivery_hours"]
    return (known[rule.value] if rule.value else None), (known[rule.threshold] if rule.threshold else None)


def _agrees(found: tuple[Considered, ...], run: Any) -> bool:
    """Whether the walk came to what the run wrote down."""
    looked = [one for one in found if one.verdict != "stood_still"]
    skips = Counter(one.rule for one in looked if one.rule)
    written = {reason: count for reason, count in run.skips.items() if reason not in _OF_LEVELS}
    sold = [one.subscription_id for one in found if one.verdict == "won"]
    return (sold, len(looked), dict(skips)) == (list(run.sold), run.candidates, written)


def _kept(one: Considered) -> Json:
    return {
        "subscription_id": str(one.subscription_id),
        "level_id": str(one.level_id),
        "place": one.place,
        "verdict": one.verdict,
        "rule": one.rule,
        "value": one.value,
        "threshold": one.threshold,
        "also": list(one.also),
    }
