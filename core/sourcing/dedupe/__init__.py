"""Who is the same: in any file of people or businesses, and between a new record and the leads there are (SPEC 2.6, 8.4)."""

from core.sourcing.dedupe.fields import SAMPLE, of_businesses, recognise, values
from core.sourcing.dedupe.fields import Columns as FileColumns
from core.sourcing.dedupe.find import Found, find
from core.sourcing.dedupe.shape import FIELDS, Shape, shape

ADDED = ("cluster_id", "match_probability")

__all__ = ["ADDED", "FIELDS", "SAMPLE", "FileColumns", "Found", "Shape", "find", "of_businesses", "recognise", "shape", "values"]
