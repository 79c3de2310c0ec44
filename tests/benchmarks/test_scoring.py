"""The benchmark of scoring runs, and tells what its contract promises."""

import pytest
from sqlalchemy import Engine

from tests.benchmarks import scoring


@pytest.mark.long
def test_it_tells_what_the_contract_promises(database: Engine) -> None:
    lines: list[str] = []
    figures = scoring.run(progress=lines.append, scale=500)
    assert {"name", "scale", "machine", "score_p95_ms", "recommend_p95_ms", "limit", "ratio"} <= figures.keys()
    assert figures["score_p95_ms"] > 0 and figures["recommend_p95_ms"] > 0 and lines
