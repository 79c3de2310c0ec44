"""How good the fraud model is, beside the written rule and, in a made-up world, beside the oracle."""

from typing import Any

from ml.cases import Cases
from ml.fraud.features import KIND
from ml.judging import judge
from ml.tabular import Blend


def evaluate(model: Blend, cases: Cases) -> dict[str, Any]:
    """Measures on cases that the model has not seen: ``model``, ``rule``, ``oracle``, and by slice."""
    return judge(model, cases, KIND)
