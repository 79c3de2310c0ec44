"""What the fraud model looks at."""

from ml.cases import Cases
from ml.tabular import Table

KIND = "fraud"


def features(cases: Cases) -> Table:
    """Every fact of the moment of decision."""
    return cases.table
