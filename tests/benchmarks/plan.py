"""What ``make bench`` measures at so many leads: each benchmark, the size it takes for that, and the figure of its row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SIZES = (10_000, 100_000, 1_000_000)


@dataclass(frozen=True)
class Bench:
    """``cap``: beyond it a run takes hours and tells nothing new. ``looser``: the limit waits for the disk, which drifts."""

    name: str
    what: str
    figure: str  # in the object of the benchmark, with dots
    cap: int | None = None
    options: Callable[[int], tuple[str, ...]] = field(default=lambda _: ())
    looser: bool = False

    def command(self, leads: int) -> tuple[str, ...]:
        """What is typed for so many leads."""
        scale = leads if self.cap is None else min(leads, self.cap)
        return ("hotleads", "bench", self.name, "--scale", str(scale), *self.options(leads), "--json")

    def differs(self, leads: int, sizes: Sequence[int]) -> bool:
        """Whether no smaller one of ``sizes`` is the same command already: beyond its cap a benchmark says nothing new."""
        return self.command(leads) not in {self.command(each) for each in sizes if each < leads}


PLAN = (
    Bench("intake", "requests by HTTP", "requests_per_s", cap=10_000, looser=True),
    Bench("distribution", "sales", "assignments_per_s", cap=100_000, options=lambda _: ("--providers", "1000"), looser=True),
    Bench(
        "ingest",
        "records against so many requests",
        "records_per_s",
        cap=20_000,
        options=lambda leads: ("--existing", str(leads)),
        looser=True,
    ),
    Bench("search", "one radius among so many listings", "radius_p95_ms"),
    Bench("reports", "the KPI page of so many requests and three times the sales", "kpi_cold_ms"),
    Bench("api", "an inbox page by HTTP, 8 connections", "inbox_8.p95_ms"),
    Bench("steady", "100 requests a second while processes are killed", "p95_ms", cap=20_000),
    Bench("scoring", "recommendations among so many listings", "recommend_p95_ms"),
    Bench("webhooks", "deliveries of gateways", "deliveries_per_s", cap=10_000, looser=True),
    Bench("replay", "leads replayed", "leads_per_s", cap=100_000),
    Bench("pages", "the marketplace's first paint", "pages.marketplace.first_paint_ms", options=lambda _: ("--sessions", "10")),
    Bench("dedupe", "pairs found, febrl4 (F1)", "febrl4.f1", cap=10_000),
    Bench("capacity", "processor time of a lead, its sales, searches and inbox pages", "cpu_ms_per_lead", cap=4_000),
    Bench("history", "learning from own leads", "ratio", cap=10_000),
)


def value(figures: Mapping[str, Any], path: str) -> float:
    """A figure by its dotted name; raises ``KeyError`` when the benchmark does not tell it."""
    found: Any = figures
    for step in path.split("."):
        found = found[step]
    return float(found)


def higher_is_better(ratio_of: str) -> bool:
    """As the benchmark says itself."""
    return "lower is better" not in ratio_of
