"""What was measured, kept as a file, as a table of docs/performance.md, and as what the gate compares with."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.plan import PLAN, Bench, higher_is_better, value

ROOT = Path(__file__).parent.parent.parent
FILE = Path(__file__).with_name("measured.json")
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- make bench: begin -->", "<!-- make bench: end -->"
TOLERANCE, LOOSER = 1.5, 2.5  # how much worse a ratio may be before the gate closes
Row = dict[str, Any]


def row_of(bench: Bench, leads: int, figures: Mapping[str, Any], *, load: float, day: str) -> Row:
    """What is kept of one run: figure, ratio, how its limit was measured, and how busy the machine was as it began."""
    return {
        "name": bench.name,
        "leads": leads,
        "scale": figures["scale"],
        "figure": bench.figure,
        "value": value(figures, bench.figure),
        "ratio": float(figures["ratio"]),
        "ratio_of": figures["ratio_of"],
        "limit": dict(figures["limit"]).get("command") or dict(figures["limit"]).get("what", ""),
        "flush_us": dict(figures.get("machine") or {}).get("fsync_us"),
        "load": round(load, 1),
        "day": day,
    }


def read(file: Path = FILE) -> list[Row]:
    """The rows that are committed."""
    found: list[Row] = json.loads(file.read_text()) if file.exists() else []
    return found


def merged(kept: Sequence[Row], fresh: Sequence[Row]) -> list[Row]:
    """Fresh rows in place of those of the same benchmark and size, in the order of the plan."""
    order = {bench.name: number for number, bench in enumerate(PLAN)}
    rows = {(row["name"], row["leads"]): row for row in (*kept, *fresh)}
    return sorted(rows.values(), key=lambda row: (order[row["name"]], row["leads"]))


def write(rows: Sequence[Row], file: Path = FILE, page: Path = PAGE) -> None:
    """Keep the rows, and their table between the marks of the page."""
    file.write_text(json.dumps(list(rows), indent=1) + "\n")
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{table(rows)}\n\n{END}{after}")


def table(rows: Sequence[Row]) -> str:
    """One line per benchmark and size; how its cost grew since the size before."""
    what = {bench.name: bench.what for bench in PLAN}
    lines = ["| benchmark | what | leads | measured | ratio to its limit | cost since the size before | load, day |"]
    lines.append("| --- | --- | --- | --- | --- | --- | --- |")
    before: Row | None = None
    for row in rows:
        same = before if before is not None and before["name"] == row["name"] else None
        better = "higher" if higher_is_better(row["ratio_of"]) else "lower"
        lines.append(
            f"| {row['name']} | {what[row['name']]} | {row['leads']:,}{_part(row)} | {_said(row)} "
            f"| {row['ratio']:g} ({better} is better) | {growth(same, row) if same else ''} | {row['load']:g}, {row['day']} |"
        )
        before = row
    return "\n".join(lines)


def growth(before: Row, after: Row) -> str:
    """``x 2.1 for x 10``: time by how much work, of rates as of times."""
    rate = after["figure"].endswith("_per_s")
    cost = before["value"] / after["value"] if rate else after["value"] / before["value"]
    # A benchmark may take less than what is asked for, but where it works against so many leads they are its size.
    options = next(bench.options for bench in PLAN if bench.name == after["name"])
    against = options(after["leads"]) != options(before["leads"])
    size = "leads" if against or after["scale"] == before["scale"] else "scale"
    return f"x {cost:.2g} for x {after[size] / before[size]:g}"


def regressions(kept: Sequence[Row], fresh: Sequence[Row]) -> list[str]:
    """A sentence for each ratio that is worse than the committed one by more than its tolerance; times are not compared."""
    known = {(row["name"], row["leads"]): row for row in kept}
    looser = {bench.name for bench in PLAN if bench.looser}
    told = []
    for row in fresh:
        was = known.get((row["name"], row["leads"]))
        if was is None:
            continue
        better, worse = (was, row) if higher_is_better(row["ratio_of"]) else (row, was)
        times = better["ratio"] / worse["ratio"] if worse["ratio"] else math.inf
        if times > (LOOSER if row["name"] in looser else TOLERANCE):
            told.append(
                f"{row['name']} at {row['leads']:,} leads: ratio {row['ratio']:g}, was {was['ratio']:g} ({times:.1f} times worse)"
            )
    return told


def _part(row: Row) -> str:
    return "" if row["scale"] == row["leads"] else f" ({row['scale']:,} of them)" if row["scale"] < row["leads"] else ""


def _said(row: Row) -> str:
    name = row["figure"].rpartition(".")[2]
    for end, unit in (("_per_s", "/s"), ("_ms", " ms")):
        if name.endswith(end):
            return f"{row['value']:,.4g}{unit}"
    return f"{row['value']:g}"
