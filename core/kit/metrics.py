"""Prometheus metrics, each defined once (SPEC 13.3). Several processes share counts through a directory.

Counters and histograms count what a process did. ``STATE`` are gauges of the exchange itself, read from the
database when they are asked for: they are the same whichever process answers.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

# Few and round, and statuses by class: every route of every process has its own set, and a scrape reads them all.
HTTP_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)

LEADS_SUBMITTED = Counter("hotleads_leads_submitted_total", "Leads accepted at intake.", ["niche"])
SOURCE_LAST_LEAD = Gauge(
    "hotleads_source_last_lead_timestamp_seconds", "When a source last sent a lead.", ["source"], multiprocess_mode="mostrecent"
)
LEADS_APPROVED = Counter("hotleads_leads_approved_total", "Leads approved by review.", ["niche"])
ASSIGNMENTS = Counter("hotleads_assignments_total", "Leads delivered to providers.", ["channel"])
SKIPS = Counter("hotleads_distribution_skips_total", "Candidates passed over by a run.", ["reason"])
BAD_LEADS = Counter("hotleads_bad_leads_total", "Leads reported as bad by providers.", ["reason"])
REFUNDS = Counter("hotleads_refunds_total", "Assignments whose price was given back.")
BILLING_FAILURES = Counter("hotleads_billing_failures_total", "Charges that the ledger refused.")
LEDGER_DRIFTS = Counter("hotleads_ledger_drifts_total", "Wallets that reconciliation found to differ.", ["outcome"])
JOBS = Counter("hotleads_jobs_total", "Outbox rows handled.", ["kind", "outcome"])
MODEL_FALLBACKS = Counter(
    "hotleads_model_fallbacks_total", "Times a written rule answered because a model could not.", ["model", "why"]
)
REPLICA_READS = Counter("hotleads_replica_reads_total", "Reads that a replica might answer, by who did.", ["by"])
DISTRIBUTION_SECONDS = Histogram("hotleads_distribution_seconds", "Duration of one distribution run.")
INBOX_SECONDS = Histogram("hotleads_inbox_seconds", "Duration of an inbox query.")
BILLING_SECONDS = Histogram("hotleads_billing_seconds", "Duration of a ledger transfer.")
HTTP_SECONDS = Histogram("hotleads_http_seconds", "Duration of a request.", ["method", "route", "status"], buckets=HTTP_BUCKETS)
for _outcome in ("corrected", "frozen"):
    LEDGER_DRIFTS.labels(_outcome)  # stands at zero from the start, so that the first one is seen as a rise


class StateGauge(NamedTuple):
    """A gauge of the exchange: name, sentence, labels."""

    name: str
    sentence: str
    labels: tuple[str, ...] = ()


QUEUE_DEPTH = StateGauge("hotleads_queue_depth", "Jobs that are due and not taken.", ("kind",))
QUEUE_OLDEST = StateGauge("hotleads_queue_oldest_due_seconds", "How long the oldest due job of a kind has waited.", ("kind",))
DEAD_LETTERS = StateGauge("hotleads_dead_letters", "Jobs that used up their tries, by kind.", ("kind",))
SCHEDULE_FAILING = StateGauge("hotleads_schedule_failing", "1 when the latest run of a scheduled job failed.", ("schedule",))
RELAY_QUIET = StateGauge("hotleads_relay_quiet_seconds", "Time since the schedule last added a job.")
ZERO_STREAK = StateGauge("hotleads_zero_assignment_streak", "Leads in a row that the latest runs sold to nobody.")
WORST_DEFICIT = StateGauge("hotleads_fairness_worst_deficit_leads", "Leads that the running subscription worst served is owed.")
LEDGER_DRIFT = StateGauge("hotleads_ledger_drift_cents", "Cents by which frozen wallets differ from their transfers.")
VERIFY_FAILED = StateGauge("hotleads_verification_failed_checks", "Checks that did not hold when everything was verified last.")
HEALTH = StateGauge("hotleads_health", "1 when a part answers and works, 0 when it does not.", ("check",))
REPLICA_UP = StateGauge("hotleads_replica_up", "1 when the replica answers and follows the primary.")
REPLICA_LAG_SECONDS = StateGauge("hotleads_replica_lag_seconds", "How old the replica's rows are at most.")
REPLICA_LAG_BYTES = StateGauge("hotleads_replica_lag_bytes", "Bytes of the primary's log that the replica has not replayed.")
STATE = (
    QUEUE_DEPTH, QUEUE_OLDEST, DEAD_LETTERS, SCHEDULE_FAILING, RELAY_QUIET, ZERO_STREAK, WORST_DEFICIT, LEDGER_DRIFT,
    VERIFY_FAILED, HEALTH, REPLICA_UP, REPLICA_LAG_SECONDS, REPLICA_LAG_BYTES,
)  # fmt: skip


class Reading(NamedTuple):
    """What a gauge of the exchange says now, for one set of label values."""

    gauge: StateGauge
    value: float
    labels: tuple[str, ...] = ()


def after_commit(session: Session, record: Callable[[float], None], amount: float = 1) -> None:
    """Call ``record(amount)`` once this transaction has committed; a rollback, of a savepoint too, forgets it.

    ``metrics.after_commit(session, metrics.LEADS_APPROVED.labels(niche.slug).inc)``
    """
    session.info.setdefault("metrics", []).append((session.get_nested_transaction(), record, amount))


def lead_submitted(session: Session, *, niche: str, source: str) -> None:
    """Count a lead taken in, and the moment its source was heard of, once it is committed."""
    after_commit(session, LEADS_SUBMITTED.labels(niche).inc)
    after_commit(session, lambda _: SOURCE_LAST_LEAD.labels(source).set_to_current_time())


def leads_submitted(session: Session, *, niche: str, source: str, leads: int) -> None:
    """``lead_submitted`` for a batch of one source."""
    after_commit(session, LEADS_SUBMITTED.labels(niche).inc, leads)
    after_commit(session, lambda _: SOURCE_LAST_LEAD.labels(source).set_to_current_time())


def exposition(readings: Iterable[Reading] = (), *, shared_directory: str | None = None) -> bytes:
    """All metrics in the text format, merged over processes when they share ``PROMETHEUS_MULTIPROC_DIR``."""
    if shared_directory:
        counted = CollectorRegistry()
        _Written(counted, path=shared_directory)  # type: ignore[no-untyped-call]
    else:
        counted = REGISTRY
    state = CollectorRegistry()
    state.register(_State(tuple(readings)))
    return generate_latest(counted) + generate_latest(state)


class _Written(MultiProcessCollector):
    """Counts of all processes, but of one that starts just now: its file is empty for a moment, and could not be read."""

    def collect(self) -> Iterable[Metric]:
        """Every metric of the files that hold something."""
        written = [str(file) for file in Path(self._path).glob("*.db") if file.stat().st_size]
        merged: Iterable[Metric] = self.merge(written, accumulate=True)  # type: ignore[no-untyped-call]
        return merged


class _State(Collector):
    """Readings as Prometheus wants them: one family per gauge."""

    def __init__(self, readings: tuple[Reading, ...]) -> None:
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        """Every gauge that was read, in the order of ``STATE``."""
        for gauge in STATE:
            mine = [reading for reading in self._readings if reading.gauge is gauge]
            if mine:
                family = GaugeMetricFamily(gauge.name, gauge.sentence, labels=gauge.labels)
                for reading in mine:
                    family.add_metric(reading.labels, reading.value)
                yield family


@event.listens_for(Session, "after_commit")
def _record(session: Session) -> None:
    if session.in_nested_transaction():
        return  # a savepoint was released; what it did may still be rolled back
    for _, record, amount in session.info.pop("metrics", ()):
        record(amount)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, over: SessionTransaction) -> None:
    """Drop what was noted inside the savepoint that was rolled back, or everything."""
    noted = session.info.get("metrics")
    if not noted:
        return
    if over.parent is None:
        session.info.pop("metrics")
    else:
        noted[:] = [note for note in noted if not _within(note[0], over)]


def _within(savepoint: SessionTransaction | None, over: SessionTransaction) -> bool:
    while savepoint is not None:
        if savepoint is over:
            return True
        savepoint = savepoint.parent
    return False
