"""The webhook benchmark runs as the command does, small: real gunicorn, real signatures, workers, pgbench beside it."""

import pytest
from sqlalchemy import Engine

from tests.benchmarks.webhooks import run


@pytest.mark.long
def test_the_benchmark_tells_what_the_contract_names(database: Engine) -> None:
    told: list[str] = []
    figures = run(scale=200, progress=told.append, connections="8", seconds=1)
    named = {"name", "scale", "machine", "deliveries_per_s", "p50_ms", "p95_ms", "ledger_ok", "limit", "ratio", "ratio_of"}
    assert named <= set(figures) and told
    assert figures["ledger_ok"] is True, figures["differences"]
    sent = figures["deliveries"]
    assert sum(sent.values()) == sum(figures["statuses"].values()) >= 200
    assert figures["statuses"] == {"200": sent["genuine"] + sent["repeated"], "401": sent["forged"]}
    assert figures["limit"]["transactions_per_s"] > 0 and "pgbench" in figures["limit"]["command"]
