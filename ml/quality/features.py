"""What the quality model looks at."""

from ml.cases import Cases
from ml.tabular import Table

KIND = "quality"


def features(cases: Cases) -> Table:
    """Every fact of the moment of decision."""
    return cases.table
