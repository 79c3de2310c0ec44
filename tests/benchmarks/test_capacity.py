"""``hotleads bench capacity`` runs and tells what the contract says."""

import pytest
from sqlalchemy import Engine

from tests.benchmarks import capacity


@pytest.mark.long
def test_it_tells_costs_beside_the_model(database: Engine) -> None:
    told: list[str] = []
    figures = capacity.run(progress=told.append, scale=40)
    assert {"name", "scale", "machine", "limit", "ratio", "ratio_of", "lead", "sale", "search", "inbox", "model"} <= set(figures)
    assert figures["lead"]["python_ms"] > 0 and figures["lead"]["log_bytes"] > 0 and told
