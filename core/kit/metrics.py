"""Prometheus metrics, each defined once (SPEC 13.3). Several processes share them through a directory."""

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

LEADS_SUBMITTED = Counter("hotleads_leads_submitted_total", "Leads accepted at intake.", ["niche"])
LEADS_APPROVED = Counter("hotleads_leads_approved_total", "Leads approved by review.", ["niche"])
ASSIGNMENTS = Counter("hotleads_assignments_total", "Leads delivered to providers.", ["channel"])
SKIPS = Counter("hotleads_distribution_skips_total", "Candidates passed over by a run.", ["reason"])
BILLING_FAILURES = Counter("hotleads_billing_failures_total", "Charges that the ledger refused.")
JOBS = Counter("hotleads_jobs_total", "Outbox rows handled.", ["kind", "outcome"])
DISTRIBUTION_SECONDS = Histogram("hotleads_distribution_seconds", "Duration of one distribution run.")
INBOX_SECONDS = Histogram("hotleads_inbox_seconds", "Duration of an inbox query.")
BILLING_SECONDS = Histogram("hotleads_billing_seconds", "Duration of a ledger transfer.")
HTTP_SECONDS = Histogram("hotleads_http_seconds", "Duration of a request.", ["method", "route", "status"])
QUEUE_DEPTH = Gauge("hotleads_queue_depth", "Outbox rows due and not taken.", multiprocess_mode="mostrecent")
DEAD_LETTERS = Gauge("hotleads_dead_letters", "Outbox rows that used up their tries.", multiprocess_mode="mostrecent")


def exposition(shared_directory: str | None = None) -> bytes:
    """All metrics in the text format, merged over processes when they share ``PROMETHEUS_MULTIPROC_DIR``."""
    if not shared_directory:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=shared_directory)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
