"""The search benchmark runs as the command does, small."""

from sqlalchemy import Engine

from tests.benchmarks.search import KINDS, run


def test_the_benchmark_tells_what_the_contract_names(database: Engine) -> None:
    told: list[str] = []
    figures = run(scale=400, progress=told.append)
    assert {"name", "scale", "machine", "limit", "ratio", "ratio_of", "plans"} <= set(figures) and told
    assert (figures["name"], figures["scale"]) == ("search", 400)
    for kind in KINDS:
        assert 0 < figures[f"{kind}_p50_ms"] <= figures[f"{kind}_p95_ms"]
        assert figures["limit"][f"{kind}_p95_ms"] > 0 and figures["plans"][kind]
    assert figures["ratio"] == max(figures["ratios"].values()) and "prepared" in figures["limit"]["command"]
