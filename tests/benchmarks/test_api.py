"""The API benchmark runs as the command does, small: every endpoint at every width, none refused."""

import pytest
from sqlalchemy import Engine

from tests.benchmarks.api import ENDPOINTS, run


@pytest.mark.long
def test_the_benchmark_tells_what_the_contract_names(database: Engine) -> None:
    told: list[str] = []
    figures = run(scale=120, progress=told.append, connections="2,4", calls=12)
    assert {"name", "scale", "machine", "limit", "ratio", "ratio_of"} <= set(figures) and told
    assert (figures["name"], figures["scale"], figures["errors"]) == ("api", 120, 0)
    for endpoint in ENDPOINTS:
        for width in (2, 4):
            each = figures[f"{endpoint}_{width}"]
            assert each["requests_per_s"] > 0 and each["p95_ms"] >= each["p50_ms"] > 0
            assert sum(each["statuses"].values()) == 12
    assert set(figures["limit"]) == {"2", "4", "command"}
