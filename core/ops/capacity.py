"""What a day of so many leads takes: cores, connections and disk, from measured costs (docs/scaling.md).

The costs are processor time, which says more of the code than of the machine's other guests; ``hotleads bench capacity``
measures them anew and says how far this model is off.
"""

from dataclasses import dataclass
from math import ceil

from core.kit.errors import Invalid

DAY_S = 86_400
BUSY = 0.5  # a core that is asked for more than this of its time makes people wait
GB = 1e9


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of processor time of one piece of work, by who spends it, and bytes that it leaves on the disk."""

    web_ms: float = 0.0
    worker_ms: float = 0.0
    database_ms: float = 0.0
    bytes: int = 0


# Twice what `hotleads bench capacity --scale 4000` gave on 29 November 2026 on the quickest of four machines (D in
# docs/performance.md), since the others take about twice as long for the same work. A lead's web time is the form's route; its
# later jobs (score, letters) are not in it, nor are pages in a browser.
COSTS = {
    "lead": Cost(web_ms=1.8, database_ms=1.3, bytes=5_800),
    "sale": Cost(worker_ms=0.07, database_ms=0.55, bytes=2_850),
    "search": Cost(web_ms=2.0, database_ms=0.8),
    "inbox": Cost(web_ms=1.8, database_ms=0.7),
}


# What a day may be asked to be; beyond it nothing that was measured says anything.
BOUNDS: dict[str, tuple[float, float]] = {
    "leads": (1, 100_000_000),
    "sales_per_lead": (0, 1_000),
    "searches_per_lead": (0, 10_000),
    "inbox_per_sale": (0, 10_000),
    "peak": (1, 1_000),
}


class DayOutOfBounds(Invalid):
    """A day that no exchange has."""

    def __init__(self, name: str) -> None:
        least, most = BOUNDS[name]
        words = name.replace("_", " ")
        sentence = f"Give {words} between {least:,} and {most:,}."
        super().__init__("capacity.bounds", sentence, fields={name: sentence})


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the exchange; ``peak`` is how much busier its busiest minutes are than the mean.

    Raises ``DayOutOfBounds``.
    """

    leads: int
    sales_per_lead: float = 3.0
    searches_per_lead: float = 10.0
    inbox_per_sale: float = 5.0
    peak: float = 4.0

    def __post_init__(self) -> None:
        for name, (least, most) in BOUNDS.items():
            if not least <= getattr(self, name) <= most:  # also for what is no number
                raise DayOutOfBounds(name)

    def counts(self) -> dict[str, float]:
        """How often each piece of work is done."""
        sales = self.leads * self.sales_per_lead
        inbox = sales * self.inbox_per_sale
        return {"lead": self.leads, "sale": sales, "search": self.leads * self.searches_per_lead, "inbox": inbox}


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the day's peak needs. Cores are busy to one half then; disk is without backups and the archived log."""

    leads_per_s: float
    web_cores: float
    worker_cores: float
    database_cores: float
    web_processes: int
    worker_processes: int
    connections: int
    disk_gb_per_year: float
    next_step: str


def capacity(day: Day, *, pool: int = 10) -> Capacity:
    """The need of a day; ``pool`` is ``HOTLEADS_DATABASE_POOL``."""
    counts = day.counts()
    cores = {part: _cores(counts, part, day.peak) for part in ("web_ms", "worker_ms", "database_ms")}
    web, workers = max(2, ceil(cores["web_ms"] / BUSY)), max(2, ceil(cores["worker_ms"] / BUSY))
    # Each process has a pool for the house and one for companies; a thread holds one connection at a time.
    connections = web * min(2 * pool, 8) + workers * 2
    written = sum(count * COSTS[kind].bytes for kind, count in counts.items())
    return Capacity(
        leads_per_s=round(day.leads * day.peak / DAY_S, 2),
        web_cores=round(cores["web_ms"] / BUSY, 2),
        worker_cores=round(cores["worker_ms"] / BUSY, 2),
        database_cores=round(cores["database_ms"] / BUSY, 2),
        web_processes=web,
        worker_processes=workers,
        connections=connections,
        disk_gb_per_year=round(written * 365 / GB, 1),
        next_step=_next(cores, connections, counts, day.peak),
    )


def cpu_ms(counts: dict[str, float], part: str) -> float:
    """Processor time that so much work takes of one part, in milliseconds."""
    return float(sum(count * getattr(COSTS[kind], part) for kind, count in counts.items()))


def _cores(counts: dict[str, float], part: str, peak: float) -> float:
    return cpu_ms(counts, part) / 1000 * peak / DAY_S


def _next(cores: dict[str, float], connections: int, counts: dict[str, float], peak: float) -> str:
    """The steps of docs/scaling.md that this day asks for."""
    if sum(cores.values()) <= 2 * BUSY:
        return "one machine with two cores"
    searches = _cores({"search": counts["search"]}, "database_ms", peak)
    steps = {
        "several hosts for web and workers": cores["web_ms"] + cores["worker_ms"] > 8 * BUSY,
        "PgBouncer before the database": connections > 200,
        "a read replica for searches and reports": cores["database_ms"] > 2 * BUSY and searches > cores["database_ms"] / 3,
    }
    return "; ".join(step for step, asked in steps.items() if asked) or "a larger machine, or the database on one of its own"
