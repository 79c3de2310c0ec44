"""The benchmark of the reports measures what it says, at a size that tells nothing about speed."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.benchmarks import reports

KEYS = {
    "kpi_cold_ms", "kpi_warm_ms", "funnel_cold_ms", "inbox_p95_ms", "inbox_search_p95_ms", "export_5000_s", "export_rss_mb",
    "name", "scale", "machine", "limit", "ratio", "ratio_of",
}  # fmt: skip


@pytest.mark.long
def test_its_figures_belong_together(database: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOTLEADS_HOME", str(tmp_path))
    monkeypatch.setattr(reports, "RUNS", 1)
    monkeypatch.setattr(reports, "INBOX_CALLS", 12)
    steps: list[str] = []
    told = reports.run(progress=steps.append, scale=400)
    assert told.keys() >= KEYS and steps
    assert 1000 < told["sales"] < 1600 and told["export_rows"] == 400
    assert all(told[key] > 0 for key in KEYS if key.endswith(("_ms", "_s", "_mb")))
