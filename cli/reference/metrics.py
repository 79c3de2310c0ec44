"""Metrics, from ``core/kit/metrics.py``."""

from prometheus_client import Counter, Gauge, Histogram

from cli.reference.markdown import Undocumented, code, page, sentence, table
from core.kit import metrics

SUFFIX = {Counter: "_total", Gauge: "", Histogram: ""}


def metrics_page() -> str:
    """Every metric of ``/metrics``; raises ``Undocumented``."""
    rows = sorted([*counted(), *read()])
    for name, _, _, words in rows:
        if not words.strip("."):
            raise Undocumented(f"{name}: give it a sentence in core/kit/metrics.py")
    return page(
        "Metrics",
        "What `/metrics` tells Prometheus (bearer token, or the worker's port on the inner network; SPEC 13.3). The alerts made "
        "of them are in `deploy/prometheus/alerts.yml`, each with a [runbook](../runbooks/README.md).",
        "core/kit/metrics.py",
        table(("metric", "kind", "labels", "what it counts"), rows),
    )


def counted() -> list[tuple[str, str, str, str]]:
    """What processes count as they work."""
    return [
        (code(each._name + SUFFIX[type(each)]), each._type, ", ".join(each._labelnames), sentence(each._documentation))
        for each in vars(metrics).values()
        if isinstance(each, Counter | Gauge | Histogram)
    ]


def read() -> list[tuple[str, str, str, str]]:
    """What is read from the database when it is asked for."""
    return [(code(gauge.name), "gauge", ", ".join(gauge.labels), sentence(gauge.sentence)) for gauge in metrics.STATE]
