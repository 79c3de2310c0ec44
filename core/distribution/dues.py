"""What each subscription was due of a run, and where it stands: the book of fairness (SPEC 5.7).

Of a level that sells a lead to k of n who could take it, each of the n is due k/n. What a limit, a pause, an empty
wallet, a company's own filter, area or hours, or the house kept away is written beside it and owed by nobody.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.distribution.rules import RULES
from core.kit import metrics
from core.kit.metrics import Reading

# Why somebody was not due anything, by the first rule that refused; the lead they have already is nobody's loss.
_KIND = {
    "filter_invalid": "own_choice",
    "filter": "own_choice",
    "delivery_hours": "own_choice",
    "service_area": "own_choice",
    "provider_inactive": "stopped",
    "wallet_frozen": "stopped",
    "insufficient_balance": "unfunded",
    **{f"cap_{what}_{period}": "capped" for what in ("leads", "spend") for period in ("day", "week", "month")},
}
_STOOD = {"insufficient_balance": "unfunded", "provider_suspended": "stopped", "level_inactive": "stopped"}

_POST = text("""
    insert into fairness_entry as f (subscription_id, level_id, day, kind, leads, amount)
    select t.subscription_id, t.level_id, (r.finished_at at time zone 'UTC')::date, t.kind, 1, t.amount
      from jsonb_to_recordset(cast(:rows as jsonb)) t (subscription_id uuid, level_id uuid, kind text, amount numeric)
      join distribution_run r on r.id = :run
    on conflict (subscription_id, day, kind) do update set leads = f.leads + 1, amount = f.amount + excluded.amount""")
_WORST = text("""
    select coalesce(max(f.deficit), 0) from fairness_standing f
      join subscription s on s.id = f.subscription_id and s.status = 'active'""")


@dataclass(frozen=True, slots=True)
class Due:
    """One entry: leads, or the part of one, of a kind of ``fairness_entry``."""

    subscription_id: UUID
    level_id: UUID
    kind: str
    amount: float


def dues_of(line: Iterable[Any]) -> Iterator[Due]:
    """The entries of one run from everybody who stood in its lines; a level that sold nothing owes nothing."""
    levels: dict[UUID, list[Any]] = defaultdict(list)
    for row in line:
        levels[row.level_id].append(row)
    for rows in levels.values():
        yield from _of_level(rows)


def post_dues(session: Session, *, run_id: UUID, dues: Sequence[Due]) -> None:
    """Write a run's entries into the day's; the caller sees to it that each run is posted once."""
    rows = [
        {"subscription_id": str(due.subscription_id), "level_id": str(due.level_id), "kind": due.kind, "amount": due.amount}
        for due in dues
    ]
    session.execute(_POST, {"rows": json.dumps(rows), "run": run_id})


def settle_fairness(session: Session, *, now: datetime) -> int:
    """Bring every standing up to date (scheduled by the hour); returns how many the engine goes by from now on."""
    return int(session.execute(text("select settle_fairness(:now)"), {"now": now}).scalar_one())


def worst_deficit(session: Session) -> list[Reading]:
    """The largest deficit of a running subscription, as Prometheus reads it."""
    return [Reading(metrics.WORST_DEFICIT, float(session.execute(_WORST).scalar_one()))]


def _of_level(rows: list[Any]) -> Iterator[Due]:
    sold = sum(row.won for row in rows)
    could = [row for row in rows if not any(row.refuses.values())]
    if not sold:
        return
    share = sold / len(could)
    for row in could:
        yield Due(row.subscription_id, row.level_id, "expected", share)
        if row.won:
            yield Due(row.subscription_id, row.level_id, "received", 1)
        if row.won and row.newcomer and share < 1:
            yield Due(row.subscription_id, row.level_id, "newcomer", 1 - share)
    for row in rows:
        kind = _kept_away(row)
        if kind:
            yield Due(row.subscription_id, row.level_id, kind, sold / (len(could) + 1))


def _kept_away(row: Any) -> str | None:
    first = next((rule.name for rule in RULES if row.refuses[rule.name]), None)
    if first == "subscription_inactive":
        return "paused" if row.standing == "paused" else _STOOD.get(row.seen["inactive_reason"])
    return _KIND.get(first or "")
