"""Carry the rules out: daily, a portion per transaction, from wherever it stopped (SPEC 13.6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, ops
from core.kit import outbox
from core.kit.actor import SYSTEM, Actor
from core.kit.db import Json
from core.kit.errors import NotFound
from core.privacy.rules import AT_ONCE, RULES, Rule

KIND = "retention"
PAUSE = timedelta(seconds=2)  # between two portions, so that a large clean-up never crowds out the day's work
COUNT_MOST = 100_000


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule as the settings show it; ``due`` stops counting at 100,000."""

    key: str
    title: str
    sentence: str
    table: str
    days: int
    due: int
    capped: bool
    last_removed: int | None
    last_at: datetime | None


def retention_rules(session: Session, *, actor: Actor, now: datetime) -> list[RuleView]:
    """Every rule with what its next run would remove and what its last one did."""
    actor.require("admin", "analyst")
    rows = session.execute(
        text("""select distinct on (after ->> 'rule') after ->> 'rule' as rule, at, cast(after ->> 'removed' as bigint) as removed
                from audit_entry where action = 'retention.removed' order by after ->> 'rule', id desc""")
    )
    last = {row.rule: row for row in rows}
    return [_view(session, rule, last.get(rule.key), now) for rule in RULES.values()]


def start_retention(session: Session, *, now: datetime) -> int:
    """Queue one job per rule; a rule whose last run is still under way is left to it. Returns how many were queued.

    While the demo's history is being written there is nothing to forget: its past is made today.
    """
    if ops.history_is_loading(session):
        return 0
    now = _not_ahead(session, now)
    queued = [
        outbox.enqueue(session, KIND, key=rule.key, now=now, priority=8, payload=_payload(rule.key, now, 0, 0))
        for rule in RULES.values()
        if not _under_way(session, rule.key)
    ]
    return sum(job is not None for job in queued)


def carry_on(session: Session, *, payload: Json, now: datetime) -> int:
    """One portion of a queued run; the next is queued while there is more. Returns how many rows went.

    A portion counts when its transaction commits, so a killed worker repeats at most what was rolled back.
    """
    began, removed, part = datetime.fromisoformat(payload["began"]), payload["removed"], payload["part"] + 1
    gone = remove_portion(session, rule=payload["rule"], began=began, removed=removed, now=now)
    if gone == AT_ONCE:
        key, following = f"{payload['rule']}:{part}", _payload(payload["rule"], began, removed + gone, part)
        outbox.enqueue(session, KIND, key=key, now=now, run_at=now + PAUSE, priority=8, payload=following)
    return gone


def remove_portion(session: Session, *, rule: str, began: datetime, removed: int, now: datetime) -> int:
    """Remove up to ``AT_ONCE`` rows that were due when the run began; the last portion writes the run's sum to the trail."""
    known = RULES.get(rule)
    if known is None:
        raise NotFound("retention.rule", "There is no such rule any more.")
    before = _before(session, known, _not_ahead(session, began))
    gone = known.remove(session, before, AT_ONCE, now)
    if gone < AT_ONCE and removed + gone:
        after = {"rule": rule, "table": known.table, "removed": removed + gone, "older_than": before.isoformat()}
        audit.record(session, SYSTEM, "retention.removed", entity_type="retention", entity_id=None, now=now, after=after)
    return gone


def _not_ahead(session: Session, moment: datetime) -> datetime:
    """The moment, but never a later one than the database's: what is gone is gone, so no worker's clock decides it alone."""
    earlier = text("select least(cast(:moment as timestamptz), clock_timestamp())")
    told: datetime = session.execute(earlier, {"moment": moment}).scalar_one()
    return told


def _payload(rule: str, began: datetime, removed: int, part: int) -> Json:
    return {"rule": rule, "began": began.isoformat(), "removed": removed, "part": part}


def _under_way(session: Session, rule: str) -> bool:
    found = session.execute(
        text(
            "select exists (select from outbox where kind = :kind and payload ->> 'rule' = :rule and state in ('ready', 'taken'))"
        ),
        {"kind": KIND, "rule": rule},
    )
    return bool(found.scalar_one())


def _before(session: Session, rule: Rule, now: datetime) -> datetime:
    return now - timedelta(days=ops.threshold(session, rule.key))


def _view(session: Session, rule: Rule, last: object, now: datetime) -> RuleView:
    due = rule.count(session, _before(session, rule, now), COUNT_MOST + 1)
    return RuleView(
        key=rule.key,
        title=rule.title,
        sentence=ops.THRESHOLDS[rule.key].sentence,
        table=rule.table,
        days=ops.threshold(session, rule.key),
        due=min(due, COUNT_MOST),
        capped=due > COUNT_MOST,
        last_removed=getattr(last, "removed", None),
        last_at=getattr(last, "at", None),
    )
