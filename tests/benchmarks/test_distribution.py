"""The benchmark of the engine measures what it says, at a size that tells nothing about speed."""

import pytest
from sqlalchemy import Engine

from tests.benchmarks import distribution

KEYS = {
    "name", "scale", "providers", "niches", "workers", "machine", "leads_per_s", "assignments_per_s", "p50_ms", "p95_ms", "ratio",
    "ratio_of", "commits_per_lead", "assignments_per_lead", "candidates_per_lead", "sound", "limit_assignments_per_s", "limit",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distribution, "LIMIT_SECONDS", 1)


@pytest.mark.long
def test_its_figures_belong_together(database: Engine) -> None:
    steps: list[str] = []
    told = distribution.run(progress=steps.append, scale=200, providers=30, workers=2, niches=2, limit="statement")
    assert told.keys() == KEYS and steps
    assert told["sound"] and (told["providers"], told["niches"], told["workers"]) == (30, 2, 2)
    assert 5 < told["assignments_per_lead"] <= 9 < told["candidates_per_lead"]
    assert told["assignments_per_s"] == pytest.approx(told["leads_per_s"] * told["assignments_per_lead"], rel=0.02)
    assert told["ratio"] == pytest.approx(told["assignments_per_s"] / told["limit_assignments_per_s"], abs=0.001)
    assert 0 < told["commits_per_lead"] <= 2 and told["p50_ms"] <= told["p95_ms"]


def test_the_limit_of_one_assignment_per_transaction(database: Engine) -> None:
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    rate, command = distribution._limit(url, 30, 2, "transaction", print)
    assert rate > 0 and "-c 2" in command and command.endswith("distribution_limit_transaction.sql")


def test_an_unknown_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="transaction or statement"):
        distribution.run(progress=print, limit="guess")
