"""The benchmark of replays measures what it says, at a size that tells nothing about speed."""

from sqlalchemy import Engine

from tests.benchmarks import replay


def test_its_figures_belong_together(database: Engine) -> None:
    steps: list[str] = []
    told = replay.run(progress=steps.append, scale=40, providers=30)
    assert steps and told["leads"] == told["scale"] == 40 and told["identical"]
    assert told["minutes_compared"] > 0 < told["leads_per_s"] and told["revenue_changed"] > 0
