"""The benchmark of pages runs as the command does, small."""

import pytest
from sqlalchemy import Engine

from tests.benchmarks.pages import PATHS, run


@pytest.mark.long
def test_the_benchmark_tells_what_the_contract_names(database: Engine) -> None:
    told: list[str] = []
    figures = run(scale=700, rounds=1, only="marketplace", sessions=2, think_s=0.2, progress=told.append)
    assert {"name", "scale", "machine", "limit", "ratio", "ratio_of", "load"} <= set(figures) and told
    assert set(figures["pages"]) == {"marketplace"} < set(PATHS)
    page = figures["pages"]["marketplace"]
    for name in ("server_ms", "first_paint_ms", "first_visit_ms", "rerun_ms", "map_moved_ms", "card_lit_ms"):
        assert page[name] > 0, name
    assert figures["limit"]["first_paint_ms"] > 0
    assert (figures["sessions"], figures["session_presses"]) == (2, 6)
    assert 0 < figures["session_p50_ms"] <= figures["session_p95_ms"] and isinstance(figures["session_mb"], float)
