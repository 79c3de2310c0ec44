"""Probabilities from any table of facts: columns as they are found, encoded without looking at the answer of the row
itself, two kinds of models whose votes are weighed by how well they do on rows they have not seen."""

from ml.tabular.columns import Column, Kind, Table, column_of
from ml.tabular.encode import Encoder
from ml.tabular.model import Blend

__all__ = ["Blend", "Column", "Encoder", "Kind", "Table", "column_of"]
