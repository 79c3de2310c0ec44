"""The steady benchmark runs as the command does, short: real gunicorn, real workers, real kills."""

import pytest
from sqlalchemy import Engine

from tests.benchmarks.steady import run


@pytest.mark.long
def test_the_benchmark_tells_what_the_contract_names(database: Engine) -> None:
    told: list[str] = []
    figures = run(scale=200, progress=told.append, minutes=0.2, rate=20, every=4)
    named = {
        "name",
        "scale",
        "machine",
        "requests",
        "errors",
        "p50_ms",
        "p95_ms",
        "p99_ms",
        "kills",
        "limit",
        "ratio",
        "ratio_of",
    }
    assert named <= set(figures) and told
    assert (figures["name"], figures["requests"], figures["lost"], figures["twice"]) == ("steady", 240, 0, 0)
    assert figures["kills"]["web"] and figures["kills"]["jobs"]
