"""The table of ``make bench`` and its gate: what grows, what is worse, and that the committed table is that of the file."""

from pathlib import Path
from typing import Any

import pytest

from cli import bench
from tests.benchmarks import kept
from tests.benchmarks.plan import PLAN, SIZES, higher_is_better, value

HIGHER, LOWER = "rate to its limit; higher is better", "p95 to its limit; lower is better"


def a_row(name: str = "search", leads: int = 10_000, ratio: float = 2.0, ratio_of: str = LOWER, **more: Any) -> kept.Row:
    row = {"name": name, "leads": leads, "scale": leads, "figure": "radius_p95_ms", "value": 5.0, "ratio": ratio}
    return row | {"ratio_of": ratio_of, "limit": "x", "flush_us": 100, "load": 0.5, "day": "29 Nov"} | more


def test_every_benchmark_is_in_the_plan() -> None:
    assert {each.name for each in PLAN} == set(bench.names()), "a new benchmark gets a line in tests/benchmarks/plan.py"


def test_a_size_is_what_is_asked_for_or_as_much_as_is_worth_it() -> None:
    commands = {each.name: each.command(SIZES[-1]) for each in PLAN}
    assert commands["search"] == ("hotleads", "bench", "search", "--scale", "1000000", "--json")
    assert commands["intake"][3:5] == ("--scale", "10000")
    assert commands["ingest"][3:7] == ("--scale", "20000", "--existing", "1000000")


def test_what_would_be_the_same_run_again_is_run_once() -> None:
    ran = {each.name: [leads for leads in SIZES if each.differs(leads, SIZES)] for each in PLAN}
    assert ran["search"] == ran["ingest"] == [10_000, 100_000, 1_000_000]
    assert ran["distribution"] == [10_000, 100_000] and ran["intake"] == ran["dedupe"] == [10_000]
    assert next(each for each in PLAN if each.name == "intake").differs(1_000_000, [1_000_000]), "alone it is run at any size"


def test_cost_grows_alike_for_rates_and_times() -> None:
    assert kept.growth(a_row(), a_row(leads=100_000, value=10.0)) == "x 2 for x 10"
    rates = [a_row(figure="leads_per_s", value=each, leads=leads) for each, leads in ((200.0, 10_000), (100.0, 100_000))]
    assert kept.growth(*rates) == "x 2 for x 10"
    assert kept.growth(a_row(), a_row(leads=100_000, scale=20_000, value=10.0)) == "x 2 for x 2"
    assert kept.growth(a_row("ingest"), a_row("ingest", leads=100_000, scale=20_000, value=10.0)) == "x 2 for x 10"


@pytest.mark.parametrize(
    ("ratio_of", "was", "now", "closes"),
    [
        (LOWER, 2.0, 2.9, False),
        (LOWER, 2.0, 3.1, True),
        (LOWER, 2.0, 0.1, False),
        (HIGHER, 0.6, 0.41, False),
        (HIGHER, 0.6, 0.39, True),
    ],
)
def test_the_gate_closes_on_ratios_that_are_much_worse(ratio_of: str, was: float, now: float, closes: bool) -> None:
    told = kept.regressions([a_row(ratio=was, ratio_of=ratio_of)], [a_row(ratio=now, ratio_of=ratio_of, value=99_999.0)])
    assert bool(told) is closes


def test_where_the_limit_waits_for_the_disk_the_gate_is_looser() -> None:
    rows = [a_row("intake", ratio=ratio, ratio_of=HIGHER) for ratio in (0.5, 0.21, 0.19)]
    assert not kept.regressions(rows[:1], rows[1:2]) and kept.regressions(rows[:1], rows[2:])
    assert not kept.regressions([], rows), "a size that was never measured can't be worse"


def test_fresh_rows_take_the_place_of_theirs(tmp_path: Path) -> None:
    page, file = tmp_path / "page.md", tmp_path / "kept.json"
    page.write_text(f"before\n{kept.BEGIN}\nold\n{kept.END}\nafter\n")
    kept.write(kept.merged([a_row(), a_row(leads=100_000)], [a_row(value=7.0), a_row("intake", ratio_of=HIGHER)]), file, page)
    assert [(row["name"], row["leads"]) for row in kept.read(file)] == [
        ("intake", 10_000),
        ("search", 10_000),
        ("search", 100_000),
    ]
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith(f"{kept.END}\nafter\n") and "old" not in text and "| 7 ms |" in text


def test_the_committed_table_is_that_of_the_committed_rows() -> None:
    table = kept.PAGE.read_text().partition(kept.BEGIN)[2].partition(kept.END)[0].strip()
    assert table == kept.table(kept.read())


def test_figures_are_found_by_their_dotted_names() -> None:
    assert value({"pages": {"marketplace": {"first_paint_ms": 3}}}, "pages.marketplace.first_paint_ms") == 3
    assert higher_is_better(HIGHER) and not higher_is_better(LOWER)
