"""The intake benchmark runs as the command does, small: real gunicorn, real connections, pgbench beside it."""

import pytest
from sqlalchemy import Engine

from tests.benchmarks.intake import run


@pytest.mark.long
def test_the_benchmark_tells_what_the_contract_names(database: Engine) -> None:
    told: list[str] = []
    figures = run(scale=40, progress=told.append, connections="4", seconds=1)
    named = {"name", "scale", "machine", "requests_per_s", "p50_ms", "p95_ms", "errors", "limit", "ratio", "ratio_of"}
    assert named <= set(figures) and told
    assert (figures["name"], figures["scale"], figures["errors"]) == ("intake", 40, 0)
    assert figures["statuses"] == {"201": 40} and figures["stored"] == {"pending_confirmation": 80}
    assert figures["limit"]["transactions_per_s"] > 0 and "pgbench" in figures["limit"]["command"]
