"""The benchmark of intake from sources runs as the command does, small."""

from sqlalchemy import Engine

from tests.benchmarks.ingest import run


def test_the_benchmark_tells_what_the_contract_names(database: Engine) -> None:
    told: list[str] = []
    figures = run(scale=250, existing=200, seconds=1, progress=told.append)
    assert {"machine", "limit", "ratio", "ratio_of", "rss_mb_start", "rss_mb_end"} <= set(figures) and told
    assert (figures["name"], figures["scale"]) == ("ingest", 250)
    assert figures["records_per_s"] > 0 and figures["limit"]["records_per_s"] > 0
    counts = figures["counts"]
    assert counts["fresh"] + counts["duplicates"] == 250 and figures["leads"] == counts["fresh"]
    assert 0 < figures["duplicates_found"] <= figures["duplicates_there"] == 50
