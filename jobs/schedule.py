"""The one schedule: what runs by the clock, once per slot whatever the number of consumers (SPEC 13.1)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from core import (
    audit,
    delivery,
    distribution,
    inbox,
    inventory,
    leads,
    ledger,
    marketplace,
    niches,
    ops,
    passports,
    payments,
    pricing,
    privacy,
    providers,
    reports,
    returns,
    sourcing,
)
from core.kit import outbox
from core.kit.actor import SYSTEM
from core.kit.errors import NotFound
from core.kit.ids import named_uuid7
from core.kit.outbox import Job
from core.sourcing import dedupe
from jobs import embed, notebooks, retrain
from ml.pricing import estimate_due

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
PREFIX = "schedule."
TRIES = 5  # one fewer than other jobs: the last wait, an hour, would keep the next slots from being filled


@dataclass(frozen=True, slots=True)
class Entry:
    """A verb and its rhythm: every so often, counted from midnight UTC of a Monday plus ``offset``."""

    name: str
    every: timedelta
    run: Callable[[Session, datetime], object]
    offset: timedelta = timedelta(0)

    def slot(self, now: datetime) -> datetime:
        """The start of the slot that ``now`` lies in; a slot missed while nobody worked is made up for once."""
        first = MONDAY + self.offset
        return first + (now - first) // self.every * self.every


SCHEDULE = {
    entry.name: entry
    for entry in (
        Entry("seal", timedelta(seconds=10), lambda session, now: audit.seal_new(session, now=now)),
        Entry("extend_passports", timedelta(seconds=10), lambda session, _now: passports.extend(session), timedelta(seconds=5)),
        Entry("sweep_unfinished", timedelta(minutes=1), lambda session, now: distribution.sweep_unfinished(session, now=now)),
        Entry("trace_runs", timedelta(minutes=1), lambda session, now: distribution.trace_runs(session, now=now)),
        Entry("settle_fairness", timedelta(hours=1), lambda session, now: distribution.settle_fairness(session, now=now)),
        Entry("reactivate_funded", timedelta(minutes=5), lambda session, now: providers.reactivate_funded(session, now=now)),
        Entry("apply_due_prices", timedelta(minutes=5), lambda session, now: niches.apply_due_prices(session, now=now)),
        Entry("expire_unconfirmed", timedelta(hours=1), lambda session, now: leads.expire_unconfirmed(session, now=now)),
        Entry("close_stale_listings", timedelta(hours=1), lambda session, now: inventory.close_stale_listings(session, now=now)),
        Entry("charge_plan_fees", timedelta(hours=1), lambda session, now: payments.charge_plan_fees(session, now=now)),
        Entry("escalate_overdue", timedelta(minutes=5), lambda session, now: returns.escalate_overdue(session, now=now)),
        Entry("ask_digests", timedelta(hours=1), lambda session, now: inbox.ask_digests(session, now=now)),
        Entry("sweep_holds", timedelta(minutes=1), lambda session, now: marketplace.sweep_holds(session, now=now)),
        Entry("publish_missing", timedelta(minutes=1), lambda session, now: marketplace.publish_missing(session, now=now)),
        Entry("fold_cells", timedelta(minutes=1), lambda session, _now: marketplace.fold_cells(session)),
        Entry("sweep_webhooks", timedelta(minutes=1), lambda session, now: delivery.sweep(session, now=now)),
        Entry("keep_searches", timedelta(minutes=1), lambda session, _now: marketplace.keep_searches(session)),
        Entry("run_alerts", timedelta(minutes=15), lambda session, now: marketplace.run_alerts(session, now=now)),
        Entry(
            "retrain_models", timedelta(days=7), lambda session, now: retrain.ask_all(session, now), timedelta(days=5, hours=8)
        ),
        Entry("embed_listings", timedelta(minutes=1), lambda session, now: embed.ask(session, now)),
        Entry("estimate_prices", timedelta(minutes=5), lambda session, now: estimate_due(session, now=now)),
        Entry("reprice", timedelta(minutes=5), lambda session, now: pricing.reprice_due(session, now=now)),
        Entry("judge_price_trial", timedelta(hours=1), lambda session, now: pricing.judge_running(session, now=now)),
        Entry("run_sources", timedelta(minutes=1), lambda session, now: sourcing.enqueue_due(session, now=now)),
        Entry("recheck_sold", timedelta(hours=1), lambda session, now: sourcing.recheck_sold(session, now=now)),
        Entry("reconcile", timedelta(days=1), lambda session, now: ledger.reconcile(session, now=now), timedelta(hours=3)),
        Entry("clean_queue", timedelta(days=7), lambda session, now: ops.clean_queue(session, now=now), timedelta(hours=4)),
        Entry("fold_reports", timedelta(minutes=5), lambda session, now: reports.fold(session, now=now)),
        Entry("expire_exports", timedelta(hours=1), lambda session, now: reports.exports.expire(session, now=now)),
        Entry("expire_notebooks", timedelta(hours=1), lambda session, now: notebooks.sweep(session, now=now)),
        Entry("probe_health", timedelta(minutes=1), lambda session, now: ops.request_probe(session, now=now)),
        Entry("meet_new_leads", timedelta(minutes=1), lambda session, now: dedupe.meet_new(session, now=now)),
        Entry(
            "audit_duplicates",
            timedelta(days=1),
            lambda session, now: dedupe.resolve_entities(session, now=now),
            timedelta(hours=2),
        ),
        Entry(
            "keep_months",
            timedelta(days=1),
            lambda session, now: ops.keep_months(session, actor=SYSTEM, now=now),
            timedelta(hours=5),
        ),
        Entry("retention", timedelta(days=1), lambda session, now: privacy.start_retention(session, now=now), timedelta(hours=1)),
        Entry("verify", timedelta(days=7), lambda session, now: _verify(session, now), timedelta(days=6, hours=2)),
    )
}

# These judge by dates alone: they wait until the demo's past has been written to its end.
BY_CALENDAR = {"expire_unconfirmed", "close_stale_listings", "charge_plan_fees", "escalate_overdue", "ask_digests"}


def enqueue_due(session: Session, *, now: datetime, known: Mapping[str, datetime]) -> dict[str, datetime]:
    """Add a row for every slot that has begun and is not ``known``; returns those, to be known once they are committed.

    A slot's row has an id that follows from its name, so a second consumer adds nothing, not even after it is done.
    At most one row per entry is open: a slow or failing one is not piled upon.
    """
    begun = {entry.name: slot for entry in SCHEDULE.values() if known.get(entry.name) != (slot := entry.slot(now))}
    for name, slot in begun.items():
        job_id = named_uuid7(int(slot.timestamp() * 1000), name)
        payload = {"slot": slot.isoformat(), "every_s": int(SCHEDULE[name].every.total_seconds())}
        outbox.enqueue(
            session, PREFIX + name, key="open", now=now, payload=payload, job_id=job_id, priority=3, max_attempts=TRIES
        )
    return begun


def _verify(session: Session, now: datetime) -> object:
    return audit.request_verification(session, actor=SYSTEM, now=now)


def run_scheduled(session: Session, job: Job, *, now: datetime) -> None:
    """Run the verb of a scheduled row."""
    entry = SCHEDULE.get(job.kind.removeprefix(PREFIX))
    if entry is None:
        raise NotFound("schedule.unknown", f"Nothing is scheduled under the name {job.kind}.")
    if not (entry.name in BY_CALENDAR and ops.history_is_loading(session)):
        entry.run(session, now)
